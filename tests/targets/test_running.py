"""Programs end in time and leave nothing behind, say no more than is kept, and know no secrets."""

import asyncio
import os
import pwd
import resource
import time
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import ActFailed, CannotLook
from fettle.model.quantity import Bytes
from fettle.targets.running import How, found, run

_LONG = How(timedelta(seconds=20), os.environ)


async def test_a_program_is_run_and_each_line_is_said_as_it_comes() -> None:
    lines: list[str] = []

    async def say(line: str) -> None:
        lines.append(line)

    ended = await run(["sh", "-c", "echo one; echo two >&2; exit 3"], _LONG, say)
    assert (ended.status, ended.output, ended.errors) == (3, b"one\n", b"two\n")
    assert sorted(lines) == ["one", "two"]
    assert ended.last_words == "two"


async def test_who_takes_too_long_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    script = f"trap '' TERM; (while :; do date +%N >{alive}; sleep 0.05; done) & sleep 60"
    with pytest.raises(ActFailed, match="took longer than"):
        await run(["sh", "-c", script], How(timedelta(seconds=0.5), os.environ))
    before = alive.read_text()
    await asyncio.sleep(0.3)
    assert alive.read_text() == before


async def test_a_child_that_has_left_the_group_is_ended_too(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    script = f"setsid sh -c 'while :; do date +%N >{alive}; sleep 0.05; done' & sleep 60"
    with pytest.raises(ActFailed, match="took longer than"):
        await run(["sh", "-c", script], How(timedelta(seconds=1), os.environ))
    before = alive.read_text()
    await asyncio.sleep(0.3)
    assert alive.read_text() == before


async def test_nothing_goes_on_when_whoever_waits_is_cancelled(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    script = f"while :; do date +%N >{alive}; sleep 0.05; done"
    running = asyncio.create_task(run(["sh", "-c", script], _LONG))
    await asyncio.sleep(0.5)
    assert alive.exists()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    before = alive.read_text()
    await asyncio.sleep(0.3)
    assert alive.read_text() == before


async def test_a_child_that_is_left_behind_holds_nobody_up(tmp_path: Path) -> None:
    began = time.monotonic()
    ended = await run(["sh", "-c", "sleep 60 & echo done"], _LONG)
    assert (ended.status, ended.output) == (0, b"done\n")
    assert time.monotonic() - began < 15


async def test_what_is_written_without_end_fills_no_memory() -> None:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    how = How(timedelta(seconds=30), os.environ, most=Bytes(1000))
    ended = await run(["sh", "-c", "yes 0123456789 | head -c 20000000; echo; echo oh no"], how, say)
    assert (len(ended.output), ended.cut) == (1000, True)
    assert said[399:402] == ["0123456789", "… 1,817,683 lines are left out", "0123456789"]
    assert (len(said), said[-1]) == (501, "oh no")


@pytest.mark.soak
@pytest.mark.parametrize("lines", ["", "| tr 'x' '\\n'"], ids=["one line", "empty lines"])
async def test_a_gigabyte_that_is_printed_fills_no_memory(lines: str) -> None:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    how = How(timedelta(minutes=10), os.environ, most=Bytes(0))
    words = ["sh", "-c", f"head -c 1073741824 /dev/zero | tr '\\0' 'x' {lines}; echo; echo last"]
    ended = await run(words, how, say)

    assert (ended.status, said[-1]) == (0, "last")
    assert len(said) <= 501
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 100 * 1024  # KiB


@pytest.mark.parametrize("lines", [1, 399, 400, 401, 500, 501, 502, 5000])
@pytest.mark.parametrize("end", ["", "\\n"], ids=["cut", "ended"])
async def test_the_first_lines_and_the_last_are_said_once_and_in_order(
    lines: int, end: str
) -> None:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    await run(["sh", "-c", f"seq 2 {lines}; printf 'last{end}'"], _LONG, say)
    whole = [*map(str, range(2, lines + 1)), "last"]
    told = [line for line in said if not line.startswith("…")]
    assert told == (whole if lines <= 500 else [*whole[:400], *whole[-100:]])
    assert len(said) - len(told) == (lines > 500)


async def test_a_program_knows_of_our_environment_only_what_it_is_given() -> None:
    environ = {**os.environ, "DATABASE_PASSWORD": "it is a secret", "DNS_TOKEN": "its own"}
    ended = await run(["env"], How(timedelta(seconds=10), environ, handed_on=("DNS_TOKEN",)))
    told = ended.output.decode()
    assert "it is a secret" not in told
    assert "DNS_TOKEN=its own" in told
    assert f"PATH={os.environ['PATH']}" in told


async def test_a_program_that_is_not_there_is_no_error_but_something_to_install() -> None:
    with pytest.raises(CannotLook, match="nowhere-to-be-found is not on this machine") as caught:
        found("nowhere-to-be-found", os.environ, install="apt-get install it")
    assert caught.value.remedy == "apt-get install it"
    with pytest.raises(CannotLook, match="no such file"):
        await run(["/nowhere/to-be-found"], _LONG)


async def test_a_program_reads_a_file_that_it_could_not_open_itself(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("read")
    file.chmod(0o600)
    other = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    how = How(timedelta(seconds=20), {}, user=other, reads=file)
    ended = await run(["/bin/sh", "-c", "cat; id -u"], how)
    who = os.geteuid() if other is None else other.pw_uid
    assert ended.output.decode().splitlines() == [f"read{who}"]
    how = How(timedelta(seconds=20), {}, reads=tmp_path / "gone")
    with pytest.raises(CannotLook, match="gone cannot be read: no such file"):
        await run(["/bin/cat"], how)
