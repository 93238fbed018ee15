"""A new image is pulled and run before it is named anew; without an engine that is said."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import ActFailed
from fettle.model.rehearsal import TestsState, Trial, Wanted
from fettle.model.update import Ecosystem, Package
from fettle.targets.rehearsing.raisers.images import renamed
from fettle.targets.rehearsing.yard import Yard
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import Said, git, yard_of
from tests.targets.rehearsing.stand_in_engine import containers, did, install

OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
DOCKERFILE = """\
# shop/web:1.0 is what this is from
FROM --platform=linux/amd64 shop/web:1.0 AS web
RUN echo shop/web:1.0
FROM shop/web:1.0-slim
COPY --from=shop/web:1.0 /x /x
"""
COMPOSE = f"""\
services:
  db:
    image: "localhost:5000/db:16.4@{OLD}"   # kept
    environment: [FROM=localhost:5000/db:16.4]
"""


def wanted(name: str, version: str, where: str, current: str = "1.0") -> Wanted:
    return Wanted("u", Package(Ecosystem.OCI, name), version, where, current)


def test_only_what_names_the_image_is_renamed() -> None:
    raised = renamed(DOCKERFILE, "Dockerfile", wanted("shop/web", "1.1", "Dockerfile:2"), NEW)

    assert raised.splitlines() == [
        "# shop/web:1.0 is what this is from",
        "FROM --platform=linux/amd64 shop/web:1.1 AS web",
        "RUN echo shop/web:1.0",
        "FROM shop/web:1.0-slim",
        "COPY --from=shop/web:1.1 /x /x",
    ]


@pytest.mark.parametrize(
    ("version", "digest", "named"),
    [
        (f"16.4@{NEW}", "", f"16.4@{NEW}"),
        ("16.5", NEW, f"16.5@{NEW}"),
    ],
)
def test_what_is_held_to_a_digest_is_held_to_the_new_one(
    version: str, digest: str, named: str
) -> None:
    one = wanted("localhost:5000/db", version, "compose.yaml: db", f"16.4@{OLD}")
    raised = renamed(COMPOSE, "compose.yaml", one, digest)

    assert raised == COMPOSE.replace(f"16.4@{OLD}", named)
    with pytest.raises(ActFailed, match="holds localhost:5000/db to a digest"):
        renamed(COMPOSE, "compose.yaml", wanted("localhost:5000/db", "16.5", "", "16.4"), "")


def test_what_moves_behind_a_tag_of_the_same_name_changes_no_file() -> None:
    with pytest.raises(ActFailed, match="comes with the next pull"):
        renamed(DOCKERFILE, "Dockerfile", wanted("shop/web", f"1.0@{NEW}", "", "1.0"), "")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def project(tmp_path: Path, home: Path, environ: dict[str, str], **rehearsal: Any) -> Yard:  # noqa: ANN401
    folder = tmp_path / "shop"
    if not folder.exists():
        shop.repository(folder, {"Dockerfile": DOCKERFILE, "compose.yaml": COMPOSE})
    said = Said()
    return yard_of(folder, tmp_path / "data", {**environ, "HOME": str(home)}, say=said,
                   **{"test": ("true",), **rehearsal})  # fmt: skip


async def tried(yard: Yard, one: Wanted) -> Trial:
    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        return await bench.tried([one])


def with_engine(tmp_path: Path, home: Path, name: str = "podman", **image: Any) -> dict[str, str]:  # noqa: ANN401
    images = {"shop/web:1.1": {"digest": NEW, **image}}
    install(tmp_path / "programs", home, name, images)
    return {"PATH": f"{tmp_path / 'programs'}:/usr/bin:/bin"}


WEB = wanted("shop/web", "1.1", "Dockerfile:2")


@pytest.mark.parametrize("engine", ["podman", "docker"])
async def test_a_healthy_image_is_raised_and_its_container_is_gone(
    tmp_path: Path, home: Path, engine: str
) -> None:
    yard = project(tmp_path, home, with_engine(tmp_path, home, engine, health="healthy"))
    trial = await tried(yard, WEB)

    assert trial.state is TestsState.PASSED, trial.says
    assert "FROM --platform=linux/amd64 shop/web:1.1 AS web" in git(
        tmp_path / "shop", "show", f"{trial.commit}:Dockerfile"
    )
    assert containers(home) == []
    (ran,) = [words for words in did(home) if words[0] == "run"]
    assert ran[ran.index("--network") + 1] == "none"
    assert "--memory" in ran
    assert "--volume" not in ran
    assert isinstance(yard.say, Said)
    assert "shop/web:1.1: it is healthy" in yard.say.lines


@pytest.mark.parametrize(
    ("engine", "image", "why"),
    [
        ("docker", {"health": "unhealthy", "says": "no config"}, "is unhealthy: no config"),
        ("podman", {"health": "unhealthy", "says": "no config"}, "is unhealthy: no config"),
        ("podman", {"ends": 1, "says": "no libc"}, "has ended: no libc"),
        ("docker", {"ends": 137, "health": "starting"}, "has ended"),
    ],
)
async def test_what_is_not_well_is_not_raised(
    tmp_path: Path, home: Path, engine: str, image: dict[str, Any], why: str
) -> None:
    environ = with_engine(tmp_path, home, engine, **image)
    trial = await tried(project(tmp_path, home, environ), WEB)

    assert trial.state is TestsState.UNRAISED
    assert why in trial.says
    assert containers(home) == []


async def test_without_a_health_check_the_settings_may_have_one(tmp_path: Path, home: Path) -> None:
    environ = with_engine(tmp_path, home, check=["web", "--version"], says="web 1.1")
    good = await tried(project(tmp_path, home, environ, image_check=("web", "--version")), WEB)
    bad = await tried(project(tmp_path, home, environ, image_check=("web", "--nothing")), WEB)
    plain = await tried(project(tmp_path, home, environ), WEB)

    assert good.state is TestsState.PASSED, good.says
    assert "fails its check: web 1.1" in bad.says
    assert plain.state is TestsState.PASSED, plain.says


async def test_an_image_that_is_gone_is_told(tmp_path: Path, home: Path) -> None:
    yard = project(tmp_path, home, with_engine(tmp_path, home))
    trial = await tried(yard, wanted("shop/web", "9", "Dockerfile:2"))

    assert trial.state is TestsState.UNRAISED
    assert "shop/web:9 cannot be pulled: Error: initializing source" in trial.says


async def test_without_an_engine_it_is_not_tried_and_that_is_said(
    tmp_path: Path, home: Path
) -> None:
    nothing = {"PATH": "/usr/bin:/bin"}
    if any(shutil.which(name, path=nothing["PATH"]) for name in ("podman", "docker")):
        pytest.skip("there is an engine here")
    yard = project(tmp_path, home, nothing)
    trial = await tried(yard, WEB)
    async with yard.opened("shop", "a1", "apply", tests=False) as bench:
        untried = await bench.commit_of([WEB])

    assert trial.state is TestsState.UNRAISED
    assert "images are not tried here: podman is not on this machine" in trial.says
    assert "shop/web:1.1" in git(tmp_path / "shop", "show", f"{untried}:Dockerfile")


_KILLED = """
import asyncio, os, sys
from pathlib import Path
from tests.targets.rehearsing.test_images import WEB, project, tried
tmp = Path(sys.argv[1])
asyncio.run(tried(project(tmp, tmp / "home", {"PATH": os.environ["PATH"]}), WEB))
"""


async def test_the_container_of_somebody_who_was_killed_is_removed(
    tmp_path: Path, home: Path
) -> None:
    environ = with_engine(tmp_path, home, hangs=True)
    project(tmp_path, home, environ)
    killed = subprocess.Popen(  # noqa: ASYNC220 - it is killed
        [sys.executable, "-c", _KILLED, str(tmp_path)],
        env={**os.environ, **environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while not containers(home):
        assert killed.poll() is None
        time.sleep(0.05)  # noqa: ASYNC251 - nothing else is at work
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    swept = await project(tmp_path, home, environ).sweep(shop.forgotten)

    assert [one.kind for one in swept] == ["rehearsal"]
    assert containers(home) == []
