"""Files are followed by processes that are killed: every line is counted exactly once."""

import asyncio
import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import BadSettings
from fettle.flow.follow import Following, following
from fettle.flow.logs import Learning
from fettle.settings import Settings
from fettle.settings.logs import LogSettings, LogsSettings
from fettle.store import errors, log_places, logs
from fettle.store.logs import Batch
from tests.flow.filing import Filing
from tests.flow.following import start
from tests.intake.logs.hostile import HOSTILE, LONG
from tests.intake.logs.test_following import copy_and_truncate, rename, word, write

KILLS = 4


def follower(filing: Filing, pattern: Path, name: str = "app", on: str | None = None) -> Following:
    """Give a process that follows some files."""
    log = LogSettings(name=name, paths=(str(pattern),), service="shop", on=on)
    return Following(filing.pool, filing.clock, log, 10, str)


async def batches(filing: Filing) -> list[Batch]:
    """Return all that was kept."""
    async with filing.pool.connection() as connection:
        return await logs.waiting(connection, 10_000)


async def seen(filing: Filing) -> "Counter[str]":
    """Return what was kept of which line, and how often."""
    found: Counter[str] = Counter()
    for batch in await batches(filing):
        for kind in batch.digest.kinds:
            found[" ".join(kind.words)] += kind.lines
    return found


@contextmanager
def process(filing: Filing, pattern: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Give a process that follows, which is killed in the end."""
    running = start(filing.address, str(pattern))
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def until_read(filing: Filing, number: int) -> "Counter[str]":
    """Wait until so many lines were kept."""
    for _ in range(1200):
        found = await seen(filing)
        if found.total() >= number:
            return found
        await asyncio.sleep(0.05)
    return await seen(filing)


@pytest.mark.parametrize("rotate", [rename, copy_and_truncate])
async def test_killed_at_any_moment_each_line_is_counted_once(
    filing: Filing, tmp_path: Path, rotate: Callable[[Path], None]
) -> None:
    path, chance, written = tmp_path / "app.log", random.Random(7), 0
    path.touch()
    first = follower(filing, path)
    await first.once()  # from now on the log is followed from the beginnings of files
    await first.stop()
    for _ in range(KILLS):
        with process(filing, path):
            for part in range(3):
                before = written
                written += chance.randrange(2, 400)
                write(path, range(before, written))
                # what was never seen before it was cut off is nobody's
                await until_read(filing, before + 1)
                await asyncio.sleep(chance.uniform(0, 0.05))
                if part < 2:
                    rotate(path)
        if chance.random() < 0.5:
            rotate(path)  # while nobody is there
    with process(filing, path):
        await until_read(filing, written)
    assert await seen(filing) == Counter(map(word, range(written)))


async def test_of_two_on_a_machine_one_follows_and_the_other_goes_on_behind_it(
    filing: Filing, tmp_path: Path
) -> None:
    path = tmp_path / "app.log"
    write(path, range(3))
    one, two = follower(filing, path), follower(filing, path)
    await one.once()
    write(path, range(10, 14))
    for _ in range(3):
        await asyncio.gather(one.once(), two.once())
    await one.stop()
    write(path, range(20, 23))
    for _ in range(3):
        await two.once()
    found = await seen(filing)
    assert set(found.values()) == {1}
    assert found.keys() >= set(map(word, [*range(10, 14), *range(20, 22)]))
    await two.stop()


async def test_who_was_frozen_keeps_nothing_once_another_follows(
    filing: Filing, tmp_path: Path
) -> None:
    path = tmp_path / "app.log"
    path.touch()
    frozen, other = follower(filing, path), follower(filing, path)
    await frozen.once()
    write(path, range(5))
    await filing.clock.sleep(60)
    await other.once()
    await frozen.once()  # it has read the same lines
    await other.once()
    assert await seen(filing) == Counter(map(word, range(4)))  # the last may go on
    await other.stop()
    await frozen.stop()


async def test_another_machine_has_files_of_its_own(filing: Filing, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.touch()
    here, there = follower(filing, path), follower(filing, path, on="db-host")
    await here.once()
    await there.once()
    write(path, range(2))
    await here.once()
    await there.once()
    assert await seen(filing) == Counter({word(0): 2})
    await here.stop()
    await there.stop()


async def test_a_trace_is_one_error_whoever_is_lost_between_its_lines(
    filing: Filing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "app.log"
    path.touch()
    first = follower(filing, path)
    await first.once()

    def say(*lines: str) -> None:
        with path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    say("2026-01-01 12:00:00 ERROR no card", "Traceback (most recent call last):")
    await first.once()
    await first.stop()
    second = follower(filing, path)
    say('  File "a.py", line 3, in pay', "2026-01-01 12:00:00 INFO served /", "    charge()")
    await second.once()
    say("CardError: token=hunter22", *["2026-01-01 12:00:01 INFO served /"] * 30)

    async def away(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(log_places, "keep", away)
        with pytest.raises(ConnectionResetError):
            await second.once()
    await second.once()
    await second.once()
    async with filing.pool.connection() as connection:
        (event,) = await errors.waiting(connection, 10, 10**6, filing.clock.now())
    read = errors.read(event.body)
    assert (event.project_name, read.message, read.raised[0].value) == (
        *("app", "no card"),
        "token=[secret]",
    )
    assert (await seen(filing))["no card CardError"] == 1
    await second.stop()


async def test_a_trace_that_is_read_late_happened_when_its_file_was_written(
    filing: Filing, tmp_path: Path
) -> None:
    """Else a bug that was resolved since would come back."""
    path = tmp_path / "app.log"
    path.touch()
    first = follower(filing, path)
    await first.once()
    await first.stop()
    path.write_text(
        "2026-01-01 11:20:00 ERROR no card\nTraceback (most recent call last):\n"
        '  File "a.py", line 3, in pay\n    charge()\nCardError: 7\n'
        + "2026-01-01 11:20:01 INFO served /\n"
        * 60
    )
    written = filing.clock.now() - timedelta(minutes=50)
    os.utime(path, (written.timestamp(), written.timestamp()))
    filing.clock.moment += timedelta(hours=1)
    second = follower(filing, path)
    await second.once()
    async with filing.pool.connection() as connection:
        (event,) = await errors.waiting(connection, 10, 10**6, filing.clock.now())
    assert errors.read(event.body).at == written
    await second.stop()


async def test_whatever_is_written_into_a_file_is_learnt(filing: Filing, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.touch()
    following_ = follower(filing, path)
    await following_.once()
    text = b"\n".join((*HOSTILE, LONG, *(b"INFO the end",) * 60)) + b"\n"
    path.write_bytes(text)
    while await following_.once():
        pass
    await following_.stop()
    learning = Learning(filing.pool, filing.clock, LogsSettings())
    while await learning.take():
        pass
    async with filing.pool.connection() as connection:
        (log,) = await logs.sources(connection, None, 10)
        raised = await errors.waiting(connection, 1_000, 10**9, filing.clock.now())
    assert text.count(b"\n") - 60 <= log.source.lines <= text.count(b"\n")
    assert [errors.read(one.body) for one in raised]


async def test_while_nobody_takes_what_was_read_the_files_wait(
    filing: Filing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_WAITING", 1)
    path = tmp_path / "app.log"
    path.touch()
    following_ = follower(filing, path)
    await following_.once()
    write(path, range(2))
    await following_.once()
    write(path, range(2, 4))
    task = asyncio.create_task(following_.run())
    await asyncio.sleep(0.3)
    assert (await seen(filing)).total() == 1
    async with filing.pool.connection() as connection:
        await connection.execute("DELETE FROM log_batch")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    again = follower(filing, path)
    await again.once()
    assert await seen(filing) == Counter(map(word, (1, 2)))
    await again.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings with two logs, one of them on the machine of a label."""
    paths = [str(tmp_path / "*.log")]
    return Settings.model_validate(
        {"log": [{"name": "a", "paths": paths}, {"name": "b", "paths": paths, "on": "db-host"}]}
    )


async def test_a_worker_follows_what_is_on_its_machine(filing: Filing, settings: Settings) -> None:
    def names(*labels: str) -> list[str]:
        return [one.log.name for one in following(settings, labels, filing.pool, filing.clock)]

    assert names() == ["a"]
    assert names("db-host") == ["a", "b"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "a/b", "paths": ["/x"]}, "1 to 80 letters"),
        ({"name": "a", "paths": ["x.log"]}, "does not begin with /"),
        ({"name": "a", "paths": []}, "at least 1 item"),
    ],
)
def test_what_cannot_be_followed_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LogSettings.model_validate(wrong)


async def test_a_label_that_no_worker_can_have_is_refused(filing: Filing) -> None:
    settings = Settings.model_validate({"log": [{"name": "a", "paths": ["/x"], "on": "ü" * 30}]})
    with pytest.raises(BadSettings, match=r"\[\[log\]\] a: on: a label has"):
        list(following(settings, (), filing.pool, filing.clock))
