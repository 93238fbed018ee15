"""Logs are rotated by a real logrotate, packed, let go of, and whoever lags behind is found."""

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.maintenance.tasks.daily_log_rotation import DELETE, FOLLOW, PACK, ROTATE, TASK
from fettle.model.work import Outcome
from fettle.settings import Settings
from fettle.targets.rotation.logrotate import rotations_of
from fettle.testing import SteppedClock
from tests.maintenance.working import Steps, tools

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
_WRITES = """
import signal, sys
path = sys.argv[1]
file = open(path, "a")
def again(*_):
    global file
    file.close()
    file = open(path, "a")
signal.signal(signal.SIGUSR1, again)
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir(mode=0o755)
    return folder


def steps_of(
    tmp_path: Path,
    rotation: Mapping[str, object],
    followed: Sequence[str] = (),
    program: str = "logrotate",
    log: Sequence[Mapping[str, object]] = (),
) -> Steps:
    """Return the task's steps; of followed paths the store knows the files that are there."""

    async def known(paths: Sequence[str]) -> Collection[tuple[str, str]]:
        return {(path, _file(path)) for path in paths if path in followed}

    given = Settings.model_validate({"rotation": [{"name": "shop", **rotation}], "log": log})
    clock = SteppedClock(datetime.now(UTC), real_s=0.02)
    port = rotations_of(given, clock, os.environ, tmp_path / "remembered", known)
    port = replace(port, program=program)
    return Steps(TASK, tools(rotations=port))


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def _file(path: str) -> str:
    state = Path(path).stat()
    return f"{state.st_dev}:{state.st_ino}"


def fill(path: Path, text: str = "a line\n", days: float = 0) -> Path:
    path.write_text(text * 1000)
    then = time.time() - days * 86_400
    os.utime(path, (then, then))
    return path


def remember_yesterday(tmp_path: Path, *paths: Path) -> None:
    """Let logrotate have seen logs the day before, as a task that comes daily does."""
    remembered = tmp_path / "remembered"
    remembered.mkdir(exist_ok=True)
    before = datetime.now().astimezone() - timedelta(days=2)
    lines = [f'"{path}" {before:%Y-%-m-%-d}-0:0:0' for path in paths]
    (remembered / "state").write_text("logrotate state -- version 2\n" + "\n".join(lines) + "\n")


@contextmanager
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that writes a log, and begins a new one when it is told to (SIGUSR1)."""
    words = [sys.executable, "-c", _WRITES, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


async def test_logs_are_rotated_packed_and_written_anew(tmp_path: Path, logs: Path) -> None:
    log = fill(logs / "app.log", "today\n")
    fill(logs / "app.log.1", "yesterday\n", days=1)
    remember_yesterday(tmp_path, log)
    steps = steps_of(tmp_path, {"paths": [str(logs / "*.log")]})
    told = await steps.all()
    assert [part.outcome for part in told] == [PASSED] * 4, [part.says for part in told]
    assert told[0].says == "shop: 1 of 1 log rotated"
    assert log.read_text() == ""
    assert (logs / "app.log.1").read_text().startswith("today")
    with gzip.open(logs / "app.log.2.gz", "rt") as packed:
        assert packed.read() == "yesterday\n" * 1000
    assert any("renaming" in line for line in steps.lines)
    # a step that is done again finds nothing to do
    assert (await steps.do(ROTATE)).says == "shop: none of 1 was due"
    assert names_in(logs) == ["app.log", "app.log.1", "app.log.2.gz"]


async def test_what_was_cut_off_while_it_was_packed_is_packed(tmp_path: Path, logs: Path) -> None:
    fill(logs / "app.log")
    fill(logs / "app.log.1", days=1)
    left = fill(logs / "app.log.2", "left\n", days=2)
    left.chmod(0o640)
    (logs / "app.log.2.gz").write_bytes(gzip.compress(left.read_bytes())[:30])
    (logs / ".app.log.2.gz.fettle-half").write_bytes(b"half")
    done = fill(logs / "app.log.3", "done\n", days=3)
    (logs / "app.log.3.gz").write_bytes(gzip.compress(done.read_bytes()))
    told = await steps_of(tmp_path, {"paths": [str(logs / "*.log")]}).do(PACK)
    assert told.outcome is PASSED
    names = ["app.log", "app.log.1", "app.log.2.gz", "app.log.3.gz"]
    assert names_in(logs) == names
    packed = logs / "app.log.2.gz"
    assert gzip.decompress(packed.read_bytes()) == b"left\n" * 1000
    assert packed.stat().st_mode & 0o777 == 0o640
    assert time.time() - packed.stat().st_mtime > 86_400


async def test_logs_that_were_not_packed_until_now_are_and_move_on(
    tmp_path: Path, logs: Path
) -> None:
    log = fill(logs / "app.log", "now\n")
    for number, text in enumerate(("first", "second", "third"), 1):
        fill(logs / f"app.log.{number}", f"{text}\n", days=number)
    remember_yesterday(tmp_path, log)
    told = await steps_of(tmp_path, {"paths": [str(logs / "*.log")]}).do(ROTATE, PACK)
    assert told.outcome is PASSED, told.says
    assert names_in(logs) == ["app.log", "app.log.1", *(f"app.log.{n}.gz" for n in (2, 3, 4))]
    oldest = gzip.decompress((logs / "app.log.4.gz").read_bytes())
    assert oldest == b"third\n" * 1000


async def test_two_different_files_for_one_name_are_both_left(tmp_path: Path, logs: Path) -> None:
    left = fill(logs / "app.log.2", "one\n", days=2)
    fill(logs / "app.log.1", days=1)
    other = logs / "app.log.2.gz"
    other.write_bytes(gzip.compress(b"another"))
    steps = steps_of(tmp_path, {"paths": [str(logs / "*.log")]})
    told = await steps.do(PACK)
    assert told.outcome is FAILED
    assert "app.log.2 is not packed" in told.says
    assert any("is there already, and is another one" in line for line in steps.lines)
    assert (left.exists(), gzip.decompress(other.read_bytes())) == (True, b"another")


async def test_what_is_kept_no_longer_is_deleted_and_nothing_else(
    tmp_path: Path, logs: Path
) -> None:
    fill(logs / "app.log", days=30)  # it is written: age is no reason
    fill(logs / "app.log.1", days=1)
    old = [fill(logs / f"app.log.{number}.gz", days=number) for number in (2, 3, 9, 10)]
    others = [fill(logs / name, days=99) for name in ("notes.txt.3", "app.log.orig", "app.logs")]
    outside = fill(tmp_path / "precious.1", days=99)
    (logs / "link.log.7").symlink_to(outside)
    steps = steps_of(tmp_path, {"paths": [str(logs / "*.log")], "keep": 3, "keep_for": "5d"})
    told = await steps.do(DELETE)
    assert told.outcome is PASSED
    assert [file.exists() for file in old] == [True, True, False, False]
    assert all(file.exists() for file in [*others, outside, logs / "app.log", logs / "link.log.7"])
    assert sum("was deleted" in line for line in steps.lines) == 2


async def test_dated_logs_are_known_by_their_dates(tmp_path: Path, logs: Path) -> None:
    fill(logs / "app.log")
    names = [f"app.log-202611{day:02}" for day in range(1, 6)]
    for day, name in enumerate(names):
        fill(logs / name, days=5 - day)
    steps = steps_of(tmp_path, {"paths": [str(logs / "*.log")], "keep": 2})
    assert (await steps.do(PACK, DELETE)).outcome is PASSED
    assert names_in(logs) == ["app.log", "app.log-20261104.gz", "app.log-20261105"]


async def test_no_folder_is_gone_into_that_a_link_leads_to(tmp_path: Path, logs: Path) -> None:
    (logs / "shop").mkdir()
    fill(logs / "shop" / "app.log.9", days=9)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = fill(elsewhere / "app.log.9", days=9)
    (logs / "evil").symlink_to(elsewhere)
    rotation = {"paths": [str(logs / "*" / "*.log")], "keep_for": "2d"}
    told = await steps_of(tmp_path, rotation).do(DELETE)
    assert kept.exists()
    assert not (logs / "shop" / "app.log.9").exists()
    assert told.outcome is UNKNOWN
    assert "evil is a link that leads out of" in told.says


async def test_what_is_open_is_neither_packed_nor_deleted(tmp_path: Path, logs: Path) -> None:
    fill(logs / "app.log")
    fill(logs / "app.log.1", days=1)
    held = fill(logs / "app.log.2", days=9)
    steps = steps_of(tmp_path, {"paths": [str(logs / "*.log")], "keep_for": "2d"})
    with writer(held):
        os.utime(held, (0, 0))
        assert (await steps.do(PACK)).outcome is FAILED
        told = await steps.do(DELETE)
    assert held.exists()
    assert told.outcome is FAILED
    assert "has it open" in told.says
    assert "(python" in told.says


async def test_who_writes_into_what_was_rotated_is_told_and_found(
    tmp_path: Path, logs: Path
) -> None:
    log = fill(logs / "app.log")
    paths = {"paths": [str(logs / "*.log")]}
    with writer(log) as process:
        remember_yesterday(tmp_path, log)
        told = await steps_of(tmp_path, paths).do(ROTATE, FOLLOW)
        assert told.outcome is FAILED
        assert f"process {process.pid} (python" in told.says
        assert "still writes into" in told.says
        # the same with somebody who tells it: though nothing is to be rotated any more
        tells = {**paths, "after": ["kill", "-USR1", str(process.pid)]}
        told = await steps_of(tmp_path, tells).do(ROTATE, FOLLOW)
        assert told.outcome is PASSED, told.says


async def test_a_log_that_was_deleted_under_its_writer_is_found(tmp_path: Path, logs: Path) -> None:
    log = fill(logs / "app.log")
    with writer(log):
        log.unlink()
        fill(log)
        told = await steps_of(tmp_path, {"paths": [str(logs / "*.log")]}).do(FOLLOW)
    assert told.outcome is FAILED
    assert "still writes into" in told.says


async def test_a_log_that_fettle_follows_is_seen_to_be_followed_on(
    tmp_path: Path, logs: Path
) -> None:
    log = fill(logs / "app.log")
    rotation = {"paths": [str(logs / "*.log")]}
    followed = [{"name": "shop", "paths": [str(logs / "app.log")]}]
    told = await steps_of(tmp_path, rotation, [str(log)], log=followed).do(FOLLOW)
    assert told.outcome is PASSED
    assert "1 file is followed" in told.says
    told = await steps_of(tmp_path, rotation, log=followed).do(FOLLOW)
    assert told.outcome is FAILED
    assert "[[log]] shop does not follow" in told.says


async def test_a_configuration_of_its_own_rules(tmp_path: Path, logs: Path) -> None:
    log = fill(logs / "own.log")
    remember_yesterday(tmp_path, log)
    config = tmp_path / "own.conf"
    config.write_text(f'"{log}" {{\n daily\n rotate 2\n compress\n}}\n')
    config.chmod(0o644)
    state = tmp_path / "remembered" / "state"
    steps = steps_of(tmp_path, {"config": str(config), "state": str(state)})
    told = await steps.all()
    assert [part.outcome for part in told] == [PASSED] * 4, [part.says for part in told]
    assert (logs / "own.log.1.gz").exists()


@pytest.mark.parametrize(
    ("rules", "outcome", "says"),
    [
        ('"{log}" {{\n nonsense\n}}\n', FAILED, "unknown option 'nonsense'"),
        (None, UNKNOWN, "is no file that may be read"),
    ],
)
async def test_rules_that_cannot_be_used_are_told(
    tmp_path: Path, logs: Path, rules: str | None, outcome: Outcome, says: str
) -> None:
    log = fill(logs / "own.log")
    config = tmp_path / "own.conf"
    if rules is not None:
        config.write_text(rules.format(log=log))
        config.chmod(0o644)
    told = await steps_of(tmp_path, {"config": str(config), "state": str(tmp_path / "s")}).do(
        ROTATE
    )
    assert told.outcome is outcome
    assert says in told.says


async def test_a_folder_that_anybody_may_write_is_told_with_what_helps(
    tmp_path: Path, logs: Path
) -> None:
    log = fill(logs / "app.log")
    remember_yesterday(tmp_path, log)
    os.chmod(logs, 0o777)  # noqa: PTH101, S103
    told = await steps_of(tmp_path, {"paths": [str(logs / "*.log")]}).do(ROTATE)
    assert told.outcome is FAILED
    assert "insecure permissions" in told.says
    assert told.remedy == 'name who rotates them: [[rotation]] su = "USER GROUP"'


async def test_nothing_is_called_right_where_nothing_is_rotated(tmp_path: Path, logs: Path) -> None:
    told = await steps_of(tmp_path, {"paths": [str(logs / "*.log")]}).do(ROTATE)
    assert (told.outcome, told.says) == (UNKNOWN, "shop: no log is there")
    empty = Steps(TASK, tools(rotations=type("Empty", (), {"rotations": ()})))
    assert [part.outcome for part in await empty.all()] == [UNKNOWN] * 4
    rotation = {"paths": [str(logs / "*.log")]}
    told = await steps_of(tmp_path, rotation, program="no-such-logrotate").do(ROTATE)
    assert (told.outcome, told.remedy) == (UNKNOWN, "apt-get install logrotate")
