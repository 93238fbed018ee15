"""Tests that hang, reach out or delete their tree; locks that are broken, registries that lie."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import Refused
from fettle.model.rehearsal import TestsState
from fettle.model.update import Ecosystem
from fettle.targets.rehearsing import workplace
from fettle.targets.rehearsing.workplace import Workplaces
from tests.frontends.cli.calling import fettle
from tests.made_packages import served
from tests.targets.rehearsing import shop
from tests.targets.rehearsing.shop import git, wanting, yard_of
from tests.targets.rehearsing.test_applying import Live, live_of

ALPHA = wanting("uv.lock", Ecosystem.PYPI, "alpha==1.1.0")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        yield live_of(tmp_path, registry)


def left(live: Live) -> set[str]:
    """Return what a rehearsal has left in the data directory, but the cache."""
    return {one.name for one in (live.data / "rehearsals").iterdir() if one.is_dir()} - {"cache"}


async def outcome(
    live: Live,
    script: str,
    **settings: Any,  # noqa: ANN401 - settings
) -> tuple[TestsState, str]:
    """Rehearse alpha with a script as the tests."""
    yard = yard_of(live.folder, live.data, live.environ, test=("sh", "-c", script), **settings)
    before = live.state
    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        trial = await bench.tried(ALPHA)
    assert live.state == before
    assert left(live) == set()
    assert git(live.folder, "worktree", "list").count("\n") == 0
    return trial.state, trial.says


async def test_tests_that_hang_are_ended(live: Live) -> None:
    state, says = await outcome(live, "sleep 99 & trap '' TERM; sleep 99", within="2s")

    assert state is TestsState.FAILED
    assert "took longer than 2 s" in says


async def test_tests_that_need_the_network_fail_and_harm_nobody(live: Live) -> None:
    address = live.environ["UV_DEFAULT_INDEX"]
    state, says = await outcome(
        live, f"python -c 'import urllib.request as r; r.urlopen(\"{address}\")'"
    )

    assert state is TestsState.FAILED
    assert "refused" in says or "unreachable" in says


async def test_tests_may_delete_their_own_tree(live: Live) -> None:
    script = f"chmod 000 .venv/lib; rm -rf {live.folder} /home /tmp ~ 2>/dev/null; mkdir -p x; true"
    state, _ = await outcome(live, script)

    assert state is TestsState.PASSED


async def test_what_tests_write_into_an_environment_comes_into_no_other(live: Live) -> None:
    script = "python -c 'import alpha; assert alpha.WORKS' && echo 'WORKS = False' > {}"
    module = ".venv/lib/python3.*/site-packages/alpha.py"
    spoilt = script.format(f"$(echo {module})")

    first, _ = await outcome(live, spoilt)
    again, says = await outcome(live, spoilt)

    assert (first, again) == (TestsState.PASSED, TestsState.PASSED), says


async def test_a_setup_that_fails_is_told_as_such(live: Live) -> None:
    state, says = await outcome(live, "true", setup=("sh", "-c", "echo no table >&2; exit 1"))

    assert (state, says) == (TestsState.FAILED, "the setup failed: no table")


async def test_a_lock_that_is_broken_or_of_a_newer_tool_is_told(live: Live) -> None:
    for lock, why in (("version = 99\n", "uv"), ("not toml", "uv")):
        (live.folder / "uv.lock").write_text(lock)
        git(live.folder, "commit", "--quiet", "--all", "--message=Break it")

        state, says = await outcome(live, "true")

        assert state is TestsState.UNRAISED
        assert why in says


async def test_a_registry_that_is_gone_is_told(live: Live) -> None:
    gone = {
        **live.environ,
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple/",
        "UV_HTTP_RETRIES": "0",
    }
    state, says = await outcome(Live(live.folder, live.data, gone), "true")

    assert state is TestsState.UNRAISED
    assert "uv cannot lock it" in says


async def test_a_registry_that_lies_about_a_hash_installs_nothing(
    live: Live, tmp_path: Path
) -> None:
    with served() as other:
        shop.stock(other)
        other.add_wheel("alpha", "1.0.0", {"alpha.py": "WORKS = True\nevil = True\n"})
        lock = live.folder / "uv.lock"
        told = lock.read_text().replace(live.environ["UV_DEFAULT_INDEX"][:-8], other.address)
        lock.write_text(told)
        git(live.folder, "commit", "--quiet", "--all", "--message=Move")
        yard = yard_of(live.folder, live.data, {**live.environ, **other.variables}, test=("true",))
        async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
            trial = await bench.tried([])

    assert trial.state is TestsState.UNRAISED
    assert "hash" in trial.says.lower()


async def test_what_cannot_be_rehearsed_is_refused_with_the_reason(
    live: Live, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    for yard, why in (
        (yard_of(live.folder, live.data, live.environ), "nothing says how shop is tested"),
        (yard_of(plain, live.data, live.environ, test=("true",)), "in no git repository"),
        (yard_of(tmp_path / "gone", live.data, live.environ, test=("true",)), "no folder"),
        (
            yard_of(live.folder, live.data, live.environ, test=("true",), database="main"),
            "no database main to copy",
        ),
    ):
        with pytest.raises(Refused, match=why):
            async with yard.opened("shop", "r1", "rehearsal", tests=True):
                raise AssertionError
    assert left(live) == set()


async def test_who_is_interrupted_leaves_nothing_and_the_history_says_so(
    live: Live, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    before = live.state
    settings = f'[[project]]\nname = "shop"\npath = "{live.folder}"\n[project.rehearsal]\n'
    (tmp_path / "fettle.toml").write_text(f'{settings}test = ["sh", "-c", "sleep 60"]\n')
    environ = {**live.environ, **store_environ, "FETTLE_DATA": str(live.data)}
    words = (sys.executable, "-m", "fettle", "update", "rehearse", "shop/uv.lock#alpha==1.1.0")

    process = await asyncio.create_subprocess_exec(  # noqa: TID251
        *words, cwd=tmp_path, env=environ, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    assert b"tests run with what is there" in await process.stderr.readline()
    process.send_signal(signal.SIGINT)
    await process.communicate()
    told = fettle("update", "history", cwd=tmp_path, environ=environ)

    assert process.returncode == 130
    assert left(live) == set()
    assert live.state == before
    assert git(live.folder, "worktree", "list").count("\n") == 0
    assert "shop: rehearsal 1 was cut off" in told.out


async def test_what_is_rehearsed_is_the_tree_as_it_was_when_that_began(live: Live) -> None:
    yard = yard_of(live.folder, live.data, live.environ, test=("test", "!", "-e", "later.txt"))
    began = git(live.folder, "rev-parse", "HEAD")
    async with yard.opened("shop", "r1", "rehearsal", tests=True) as bench:
        (live.folder / "later.txt").write_text("somebody's\n")
        git(live.folder, "add", "--all")
        git(live.folder, "commit", "--quiet", "--message=Meanwhile")
        (live.folder / "pyproject.toml").write_text("somebody's, too\n")
        meanwhile = live.state
        trial = await bench.tried(ALPHA)

    assert trial.state is TestsState.PASSED, trial.says
    assert git(live.folder, "rev-parse", f"{trial.commit}^") == began
    assert live.state == meanwhile


async def test_whoever_works_is_not_among_what_a_sweep_of_another_ends(tmp_path: Path) -> None:
    """A server goes on when what it could not clean up is cleaned up by a command beside it."""
    async with Workplaces(tmp_path / "work").begun("a1", tmp_path, {}):
        pass
    left = workplace.Journal.read(tmp_path / "work" / "a1")
    ours = [pid for pid, _ in left.notes.get("processes", [])]
    assert os.getpid() not in ours
