"""gh and glab as they speak, with a forge that is a file; see test_branches."""

# ruff: noqa: T201 - it speaks

import json
import os
import sys
from pathlib import Path
from typing import Any

_PROGRAM = """\
#!{python}
import sys
sys.path.insert(0, {tests!r})
from tests.targets.rehearsing.stand_in_forge import main
sys.exit(main({name!r}, sys.argv[1:]))
"""
_PLACES = {"gh": "pull", "glab": "-/merge_requests"}


def install(folder: Path, home: Path, name: str, **state: object) -> None:
    """Put one into a folder of programs; state is `broken` (what it says), or `merged`."""
    folder.mkdir(exist_ok=True)
    root = str(Path(__file__).parents[3])
    text = _PROGRAM.format(python=sys.executable, tests=root, name=name)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    (home / "forge.json").write_text(json.dumps({"asked": [], "open": {}, **state}))


def forge(home: Path) -> dict[str, Any]:
    """Return what is open there, by branches, and what was asked for."""
    return dict(json.loads((home / "forge.json").read_text()))


def main(name: str, words: list[str]) -> int:
    """Answer a call, in the folder of a repository."""
    kept = Path(os.environ["HOME"]) / "forge.json"
    state = json.loads(kept.read_text())
    state["asked"].append([name, *words])
    try:
        return _answered(name, words, state)
    finally:
        kept.write_text(json.dumps(state))


def _answered(name: str, words: list[str], state: dict[str, Any]) -> int:
    if state.get("broken"):
        print(state["broken"], file=sys.stderr)
        return 4
    options = dict(zip(words[2::2], words[3::2], strict=False))
    match name, words[:2]:
        case ("gh", ["pr", "create"]) | ("glab", ["mr", "create"]):
            branch = options["--head" if name == "gh" else "--source-branch"]
            address = f"https://forge.example/ada/shop/{_PLACES[name]}/{7 + len(state['open'])}"
            if branch in state["open"]:
                return _exists(name, branch, state["open"][branch])
            state["open"][branch] = address
            if name == "gh":
                print(
                    f"Creating pull request for {branch} into main in ada/shop\n", file=sys.stderr
                )
            else:
                print(f"!7 {options['--title']} ({branch})")
            print(address)
        case ("gh", ["pr", "close"]) | ("glab", ["mr", "close"]):
            if state.get("merged"):
                said = "X Pull request #7 can't be closed because it was already merged"
                print(said, file=sys.stderr)
                return 1
            state["open"] = {
                branch: address
                for branch, address in state["open"].items()
                if not address.endswith(f"/{words[2]}")
            }
        case _:
            print(f"unknown command {words}", file=sys.stderr)
            return 1
    return 0


def _exists(name: str, branch: str, address: str) -> int:
    if name == "gh":
        said = f'a pull request for branch "{branch}" into branch "main" already exists:\n{address}'
    else:
        said = f"failed to create merge request: 409 already exists: {address}"
    print(said, file=sys.stderr)
    return 1
