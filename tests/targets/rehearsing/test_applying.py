"""What passed is applied to the tree in use, or it is as it was: to the byte, and proved."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fettle.errors import ActFailed, Refused
from fettle.model.rehearsal import Came, RunState
from fettle.model.update import Ecosystem
from fettle.targets.rehearsing import hashes
from fettle.targets.rehearsing.yard import Yard
from tests.made_packages import Registry, served
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import client, git, wanting, yard_of

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["alpha>=1"]
"""
WORKS = (".venv/bin/python", "-c", "import alpha; assert alpha.WORKS")
FAILS = (".venv/bin/python", "-c", "import alpha; raise SystemExit('it is down')")


async def no_worse() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Live:
    """A project of uv's in use, with its environment, and what its yard is made of."""

    folder: Path
    data: Path
    environ: Mapping[str, str]

    def yard(self, **apply: object) -> Yard:
        """Return its yard, with these settings of how it is applied."""
        whole = {"how": "in-place", **apply}
        return yard_of(self.folder, self.data, self.environ, apply=whole, test=("true",))

    @property
    def state(self) -> tuple[str, ...]:
        """What is in use: its lock, its environment, its commit, and what else git sees."""
        return (
            hashes.of_file(self.folder / "uv.lock"),
            hashes.of_folder(self.folder / ".venv"),
            git(self.folder, "rev-parse", "HEAD"),
            git(self.folder, "status", "--porcelain", "--ignored"),
        )

    def version(self) -> str:
        """Return which alpha is installed."""
        (about,) = (self.folder / ".venv").glob("lib/*/site-packages/alpha-*.dist-info")
        return about.name.removeprefix("alpha-").removesuffix(".dist-info")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        yield live_of(tmp_path, registry)


def live_of(tmp_path: Path, registry: Registry) -> Live:
    """Make a project of uv's that is in use, and has a newer alpha to come to."""
    shop.stock(registry)
    environ = shop.environ(tmp_path / "home", registry)
    folder = shop.repository(tmp_path / "shop", {"pyproject.toml": PYPROJECT})
    client(folder, environ, "uv", "lock", "--upgrade-package", "alpha==1.0.0")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Lock")
    client(folder, {**environ, "UV_LINK_MODE": "copy"}, "uv", "sync", "--frozen")
    return Live(folder, tmp_path / "data", environ)


async def applied(yard: Yard) -> Came:
    """Raise alpha, and apply it in place."""
    wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")
    async with yard.opened("shop", "a1", "apply", tests=False) as bench:
        commit = await bench.commit_of(wanted)
        return await bench.in_place(commit, wanted, "raise alpha", no_worse)


async def test_it_is_in_use_at_once_checked_and_nothing_is_left_beside(live: Live) -> None:
    came = await applied(live.yard(check=WORKS))

    assert (came.state, came.verified) == (RunState.DONE, True), came.says
    assert live.version() == "1.1.0"
    assert git(live.folder, "log", "-1", "--format=%s") == "Raise alpha to 1.1.0"
    assert git(live.folder, "status", "--porcelain") == ""
    names = {path.name for path in live.folder.iterdir()}
    assert names == {".git", ".gitignore", ".venv", "pyproject.toml", "uv.lock"}
    client(live.folder, live.environ, ".venv/bin/python", "-c", "import alpha; assert alpha.WORKS")
    config = (live.folder / ".venv" / "pyvenv.cfg").read_text()
    assert "fettle" not in config, "it was built for the place where it is"


async def test_what_does_not_work_is_taken_back_and_hashes_prove_it(live: Live) -> None:
    before = live.state
    reloaded = live.data.parent / "reloaded"
    script = f"echo $(ls -d .venv/lib/*/*/alpha-*) >>{reloaded}"

    came = await applied(live.yard(check=FAILS, reload=("sh", "-c", script)))

    assert came.state is RunState.RETURNED
    assert "it is down" in came.says
    assert live.state == before
    assert came.before is not None
    assert came.before == came.after
    assert set(came.before.files) == {"uv.lock"}
    assert set(came.before.environments) == {".venv"}
    versions = [line[-15:] for line in reloaded.read_text().splitlines()]
    assert versions == ["1.1.0.dist-info", "1.0.0.dist-info"], "services took what was there before"


async def test_what_is_worse_than_before_is_taken_back_too(live: Live) -> None:
    before = live.state
    wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")

    async def worse() -> Sequence[str]:
        return ["shop gives no answer"]

    async with live.yard().opened("shop", "a1", "apply", tests=False) as bench:
        came = await bench.in_place(await bench.commit_of(wanted), wanted, "raise", worse)

    assert came.state is RunState.RETURNED
    assert "shop gives no answer" in came.says
    assert live.state == before


async def test_a_person_is_called_when_it_cannot_be_brought_back(live: Live) -> None:
    script = "rm -rf .venv.fettle-*; false"

    came = await applied(live.yard(check=("sh", "-c", script)))

    assert came.state is RunState.STRANDED
    assert not came.verified


async def test_without_a_check_nobody_says_that_it_works(live: Live) -> None:
    came = await applied(live.yard())

    assert (came.state, came.verified) == (RunState.DONE, False)


async def test_a_file_that_changed_meanwhile_stays_as_it_is(live: Live) -> None:
    wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")
    async with live.yard().opened("shop", "a1", "apply", tests=False) as bench:
        commit = await bench.commit_of(wanted)
        with (live.folder / "uv.lock").open("a") as file:
            file.write("# somebody's\n")
        with pytest.raises(ActFailed, match="is not as it is in"):
            await bench.in_place(commit, wanted, "raise alpha", no_worse)

    assert (live.folder / "uv.lock").read_text().endswith("# somebody's\n")
    assert live.version() == "1.0.0"
    assert not list(live.folder.glob(".venv.fettle*"))


async def test_a_branch_that_moved_meanwhile_is_not_moved(live: Live) -> None:
    wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")
    async with live.yard().opened("shop", "a1", "apply", tests=False) as bench:
        commit = await bench.commit_of(wanted)
        git(live.folder, "commit", "--quiet", "--allow-empty", "--message=Meanwhile")
        before = live.state
        with pytest.raises(ActFailed, match="the branch is at"):
            await bench.in_place(commit, wanted, "raise alpha", no_worse)

    assert live.state == before
    assert not list(live.folder.glob(".venv.fettle*"))


async def test_one_thing_is_done_with_a_repository_at_a_time(live: Live) -> None:
    yard = live.yard()
    async with yard.opened("shop", "a1", "apply", tests=False):
        with pytest.raises(Refused, match="is at work on"):
            async with yard.opened("shop", "a2", "apply", tests=False):
                raise AssertionError


async def test_what_is_taken_back_later_is_to_the_byte_what_it_was(live: Live) -> None:
    lock = (live.folder / "uv.lock").read_bytes()
    base = git(live.folder, "rev-parse", "HEAD")
    await applied(live.yard(check=WORKS))
    (live.folder / "app.py").write_text("work = 'goes on'\n")
    git(live.folder, "add", "app.py")
    git(live.folder, "commit", "--quiet", "--message=Go on")
    raised = git(live.folder, "rev-parse", "HEAD~1")

    async with live.yard(check=WORKS).opened("shop", "u1", "undo", tests=False) as bench:
        commit = await bench.reverting(base, raised)
        wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")
        came = await bench.in_place(commit, wanted, "take back", no_worse)

    assert (came.state, came.verified) == (RunState.DONE, True), came.says
    assert (live.folder / "uv.lock").read_bytes() == lock
    assert live.version() == "1.0.0"
    assert (live.folder / "app.py").exists()
    assert git(live.folder, "log", "-1", "--format=%s") == "Take back: Raise alpha to 1.1.0"


async def test_as_a_branch_nothing_in_use_changes(live: Live) -> None:
    before = live.state
    wanted = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")
    async with live.yard(how="commit").opened("shop", "a1", "apply", tests=False) as bench:
        commit = await bench.commit_of(wanted)
        came = await bench.as_branch("fettle/update-1", commit, "Raise alpha", "")
        bench.finished()
        with pytest.raises(Refused, match="there is a branch"):
            await bench.as_branch("fettle/update-1", commit, "Raise alpha", "")

    assert (came.state, came.verified) == (RunState.DONE, True)
    assert live.state == before
    assert git(live.folder, "rev-parse", "fettle/update-1") == commit


_CUT_OFF = """
import asyncio, os, sys
from pathlib import Path
from fettle.targets.rehearsing import applying, swap
from tests.targets.rehearsing.test_applying import Live, applied

def die(*_, **__):
    os.kill(os.getpid(), 9)

at = sys.argv[1]
if at == "exchange":
    swap.exchange = die
elif at == "move":
    swap.Repository.move = die
elif at == "check":
    applying._wrong = die
elif at == "tidy":
    swap.Swap.tidy = die
elif at == "prepare":
    swap.Swap.prepare = die
live = Live(Path(sys.argv[2]), Path(sys.argv[3]), dict(os.environ))
check = (".venv/bin/python", "-c", "import alpha")
asyncio.run(applied(live.yard(check=check)))
"""


@pytest.mark.parametrize("at", ["prepare", "exchange", "move", "check", "tidy"])
async def test_wherever_it_is_killed_the_next_start_finds_the_old_or_the_new(
    live: Live, at: str
) -> None:
    before = live.state
    process = await asyncio.create_subprocess_exec(  # noqa: TID251
        sys.executable, "-c", _CUT_OFF, at, str(live.folder), str(live.data),
        env={**live.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert await process.wait() == -9

    swept = await live.yard().sweep(shop.forgotten)
    again = await live.yard().sweep(shop.forgotten)

    state = {"prepare": RunState.FAILED, "tidy": RunState.DONE}.get(at, RunState.RETURNED)
    assert [(one.id, one.kind, one.came.state) for one in swept] == [("a1", "apply", state)]
    assert again == [], "what was cleaned up is not there a second time"
    if at == "tidy":
        assert live.version() == "1.1.0"
        assert git(live.folder, "status", "--porcelain") == ""
    else:
        assert live.state == before
    assert not list(live.folder.glob(".*fettle*"))
    assert git(live.folder, "worktree", "list").count("\n") == 0
    left = {path.name for path in (live.data / "rehearsals").iterdir() if path.is_dir()}
    assert left == {"cache"}
