"""Programs of tasks: heard within bounds, and ended with all that they began."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.targets.programs import Programs
from tests.engine.conftest import until

PROGRAMS = Programs({"PATH": "/usr/bin:/bin", "SECRET": "s3cret"})


async def run(*words: str, **environment: str) -> tuple[int, list[str]]:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    return await PROGRAMS.run(words, environment, say), said


async def test_what_a_program_says_comes_line_by_line_with_its_status() -> None:
    status, said = await run("sh", "-c", "echo one; echo two >&2; printf three; exit 3")
    assert (status, sorted(said)) == (3, ["one", "three", "two"])


async def test_a_program_sees_nothing_of_the_workers_secrets() -> None:
    status, said = await run("sh", "-c", "echo $SECRET$GIVEN", GIVEN="this")
    assert (status, said) == (0, ["this"])


async def test_words_are_no_shells(tmp_path: Path) -> None:
    target = tmp_path / "made"
    _, said = await run("echo", f"; touch {target}", "$(id)")
    assert said == [f"; touch {target} $(id)"]
    assert not target.exists()


async def test_a_program_that_there_is_not_cannot_be_looked_at() -> None:
    with pytest.raises(CannotLook, match="no-such-thing is not on this machine"):
        await run("no-such-thing")


_HEARS = """
import asyncio, resource, sys
from fettle.targets.programs import Programs
said = []
async def say(line):
    said.append(line)
def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
async def main():
    programs = Programs({"PATH": "/usr/bin:/bin"})
    await programs.run(["true"], {}, say)
    before = most()
    status = await programs.run(["sh", "-c", sys.argv[1]], {}, say)
    print(status, len(said), most() - before)
asyncio.run(main())
"""


@pytest.mark.parametrize("size", [100_000_000, pytest.param(10**9, marks=pytest.mark.soak)])
@pytest.mark.parametrize("what", ["yes 0123456789", "yes ''", "cat /dev/zero"])
def test_a_program_that_says_a_lot_is_heard_within_bounds(what: str, size: int) -> None:
    words = [sys.executable, "-c", _HEARS, f"{what} | head -c {size}; echo; exit 3"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    status, lines, mebibytes = map(int, told.split())
    assert status == 3
    assert lines <= 501
    assert mebibytes < 20


async def test_a_line_without_an_end_is_cut() -> None:
    status, said = await run("sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end")
    assert status == 0
    assert all(len(line) <= 2000 for line in said)


async def test_a_cancelled_program_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    script = f"sleep 600 & echo $! > {noted}; trap '' TERM; sleep 600"
    task = asyncio.create_task(run("sh", "-c", script))

    async def begun() -> bool:
        return noted.exists() and bool(noted.read_text().strip())

    await until(begun, 20)
    child = int(noted.read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def ended() -> bool:
        return not _lives(child)

    await until(ended, 20)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
