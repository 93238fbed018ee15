"""A container engine that speaks as podman and docker do, and has no containers."""

# ruff: noqa: T201 - it speaks

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

_PROGRAM = """\
#!{python}
import sys
sys.path.insert(0, {tests!r})
from tests.targets.rehearsing.stand_in_engine import main
sys.exit(main({name!r}, sys.argv[1:]))
"""


def install(folder: Path, home: Path, name: str, images: dict[str, dict[str, Any]]) -> None:
    """Put it into a folder of programs, with the images that its registry has.

    Of each: digest, health (Status of its check), ends (its exit code), says (its log).
    """
    folder.mkdir(exist_ok=True)
    root = str(Path(__file__).parents[3])
    (folder / name).write_text(_PROGRAM.format(python=sys.executable, tests=root, name=name))
    (folder / name).chmod(0o755)
    (home / "engine.json").write_text(json.dumps({"images": images, "containers": {}, "did": []}))


def did(home: Path) -> list[list[str]]:
    """Return what it was asked to do."""
    return list(json.loads((home / "engine.json").read_text())["did"])


def containers(home: Path) -> list[str]:
    """Return the containers that there are."""
    return list(json.loads((home / "engine.json").read_text())["containers"])


def main(name: str, words: list[str]) -> int:
    """Answer a call."""
    kept = Path(os.environ["HOME"]) / "engine.json"
    state = json.loads(kept.read_text())
    state["did"].append(words)
    try:
        return _answered(name, words, state)
    finally:
        _keep(kept, state)


def _keep(kept: Path, state: dict[str, Any]) -> None:
    beside = kept.with_suffix(".new")
    beside.write_text(json.dumps(state))
    beside.replace(kept)


def _answered(name: str, words: list[str], state: dict[str, Any]) -> int:  # noqa: C901
    images, running = state["images"], state["containers"]
    match words:
        case ["info", *_]:
            print('{"host": {}}')
        case ["pull", _, image]:
            if image not in images:
                print(f"Error: initializing source {image}: manifest unknown", file=sys.stderr)
                return 125
            print("1f2e3d")
        case ["image", "inspect", image]:
            named = image.partition("@")[0].rpartition(":")[0] or image.partition("@")[0]
            print(json.dumps([{"RepoDigests": [f"{named}@{images[image]['digest']}"]}]))
        case ["run", *rest]:
            return _run(rest, state)
        case ["inspect", container]:
            image = images[running[container]]
            shown = {"Running": image.get("ends") is None, "ExitCode": image.get("ends") or 0}
            if "health" in image:
                # podman asks by itself only where systemd is; it counts what it was asked
                asked = image["health"] if image.get("asked", 0) > 1 else "starting"
                status = asked if name == "podman" else image["health"]
                shown["Health"] = {"Status": status}
            print(json.dumps([{"Id": container, "State": shown}]))
        case ["healthcheck", "run", container]:
            image = images[running[container]]
            image["asked"] = image.get("asked", 0) + 1
            return 0 if image["health"] == "healthy" else 1
        case ["logs", _, _, container]:
            print(images[running[container]].get("says", ""), file=sys.stderr)
        case ["ps", *_]:
            print("\n".join(running))
        case ["rm", _, _, container]:
            running.pop(container, None)
        case _:
            print(f"Error: unknown command {words}", file=sys.stderr)
            return 125
    return 0


def _run(words: list[str], state: dict[str, Any]) -> int:
    values = ("--name", "--label", "--network", "--pull", "--memory", "--pids-limit",
              "--security-opt", "--env")  # fmt: skip
    options: dict[str, str] = {}
    while words[0].startswith("--"):
        option = words.pop(0)
        options[option] = words.pop(0) if option in values else ""
    image, *command = words
    state["containers"][options["--name"]] = image
    if state["images"][image].get("hangs"):
        kept = Path(os.environ["HOME"]) / "engine.json"
        _keep(kept, state)
        time.sleep(20)
        os._exit(0)  # and nothing is written that was true before
    if command:
        print(state["images"][image].get("says", ""))
        return int(command != state["images"][image].get("check"))
    return 0
