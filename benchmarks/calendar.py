"""The calendar of 10,000 tasks, beside dateutil and croniter, which give starts alone."""

import gc
import random
import subprocess
import sys
import tempfile
import time as clock
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from croniter import croniter
from dateutil.rrule import rrulestr

from benchmarks import results
from fettle.maintenance.calendar import plan
from fettle.model.task import Frequency, Procedure, Task, regular
from fettle.model.window import Window

TASKS = 10_000
RUNS = 3
TITLE = "The calendar of 10,000 tasks"
START = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = (
    *("Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin"),
    *("America/New_York", "Europe/Berlin", "Asia/Beirut", "Pacific/Chatham", "Asia/Kathmandu"),
    "UTC",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Asked:
    """When a task comes, as each of them is told; days of the month are 28 at most, for all."""

    frequency: Frequency
    at: time
    zone: str
    weekday: int
    day: int

    def task(self, number: int) -> Task:
        """Return it as a task."""
        days = {
            Frequency.WEEKLY: (frozenset({self.weekday}), None),
            Frequency.MONTHLY: (None, self.day),
        }
        weekdays, day = days.get(self.frequency, (None, None))
        window = Window(
            self.at,
            ZoneInfo(self.zone),
            timedelta(hours=2),
            timedelta(minutes=30),
            weekdays,
            day,
        )
        procedure = Procedure(estimated_duration=timedelta(hours=1))
        name = f"task-{number}"
        return Task(name, name, regular(window, self.frequency), procedure)

    def toml(self, number: int) -> str:
        """Return it as it is written."""
        day = {
            Frequency.WEEKLY: f'day_of_week = "{_DAYS[self.weekday]}"\n',
            Frequency.MONTHLY: f"day_of_month = {self.day}\n",
        }.get(self.frequency, "")
        return (
            f'[[task]]\nid = "task-{number}"\nfrequency = "{self.frequency}"\n[task.window]\n'
            f'start = "{self.at:%H:%M}"\ntimezone = "{self.zone}"\nduration = "2h"\n'
            f'cutoff = "30m"\n{day}[task.procedure]\nestimated_duration = "1h"\n'
            '[[task.procedure.steps]]\nname = "look"\nperson = "look"\n\n'
        )


def asked(frequencies: Sequence[Frequency]) -> list[Asked]:
    chance = random.Random(7)
    return [
        Asked(
            chance.choice(frequencies),
            time(chance.randrange(24), chance.randrange(60)),
            chance.choice(ZONES),
            chance.randrange(7),
            chance.randrange(1, 29),
        )
        for _ in range(TASKS)
    ]


def by_fettle(wanted: Sequence[Asked], end: datetime) -> int:
    tasks = [one.task(number) for number, one in enumerate(wanted)]
    return sum(1 for _ in plan(tasks, START, end))


def by_dateutil(wanted: Sequence[Asked], end: datetime) -> int:
    """Give local times by rrule, and put them on the clock by zoneinfo."""
    many = 0
    last = (end + timedelta(days=1)).strftime("%Y%m%dT%H%M%S")
    for one in wanted:
        zone = ZoneInfo(one.zone)
        days = {
            Frequency.WEEKLY: f";BYDAY={_DAYS[one.weekday][:2].upper()}",
            Frequency.MONTHLY: f";BYMONTHDAY={one.day}",
        }.get(one.frequency, "")
        begin = datetime.combine(START.date() - timedelta(days=1), one.at)
        for local in rrulestr(f"FREQ={one.frequency.upper()}{days};UNTIL={last}", dtstart=begin):
            many += START <= local.replace(tzinfo=zone).astimezone(UTC) < end
    return many


def by_croniter(wanted: Sequence[Asked], end: datetime) -> int:
    """Give moments by croniter, which knows the zone of where it begins."""
    many = 0
    for one in wanted:
        day = one.day if one.frequency is Frequency.MONTHLY else "*"
        weekday = (one.weekday + 1) % 7 if one.frequency is Frequency.WEEKLY else "*"
        begin = (START - timedelta(seconds=1)).astimezone(ZoneInfo(one.zone))
        times = croniter(f"{one.at.minute} {one.at.hour} {day} * {weekday}", begin)
        while times.get_next(datetime) < end:
            many += 1
    return many


def by_command(file: Path, end: datetime) -> int:
    """Let the command read a file and write what is planned, as a program asks for it."""
    command = [sys.executable, "-m", "fettle", "task", "plan", f"--tasks={file}", "--format=json"]
    stretch = [f"--from={START:%Y-%m-%dT%H:%M}Z", f"--to={end:%Y-%m-%dT%H:%M}Z"]
    done = subprocess.run([*command, *stretch], capture_output=True, check=True, cwd=file.parent)
    return done.stdout.count(b'"local"')


def by_reading(file: Path) -> int:
    """Read the file as Python's own library does, for how fast the machine is; no starts."""
    tomllib.loads(file.read_text(encoding="utf-8"))
    return 0


def main() -> None:
    mixed = asked((Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY))
    daily = asked((Frequency.DAILY,))
    month, year = START + timedelta(days=30), START + timedelta(days=365)
    with tempfile.TemporaryDirectory(prefix="fettle-bench-") as folder:
        files = {name: Path(folder, f"{name}.toml") for name in ("mixed", "daily")}
        for wanted, file in ((mixed, files["mixed"]), (daily, files["daily"])):
            text = "".join(one.toml(number) for number, one in enumerate(wanted))
            file.write_text(text, encoding="utf-8")
        before = results.load_before()
        rows = [
            *_rows(
                "30 days",
                {
                    "fettle": lambda: by_fettle(mixed, month),
                    "dateutil 2, with zoneinfo": lambda: by_dateutil(mixed, month),
                    "croniter": lambda: by_croniter(mixed, month),
                    "fettle, each daily": lambda: by_fettle(daily, month),
                    "fettle task plan": lambda: by_command(files["mixed"], month),
                    "fettle task plan, each daily": lambda: by_command(files["daily"], month),
                    "tomllib, the file alone": lambda: by_reading(files["mixed"]),
                },
            ),
            *_rows(
                "a year",
                {
                    "fettle": lambda: by_fettle(mixed, year),
                    "dateutil 2, with zoneinfo": lambda: by_dateutil(mixed, year),
                    "fettle, each daily": lambda: by_fettle(daily, year),
                    "fettle task plan": lambda: by_command(files["mixed"], year),
                },
            ),
        ]
    told = (
        f"{TASKS:,} tasks in {len(ZONES)} zones: daily, weekly and monthly ones, each at its own "
        "minute, or daily ones alone. `fettle task plan` reads them from a file and writes JSON, "
        "start-up included; the others are within a process, `tomllib` too, which reads that file "
        "and nothing more. dateutil and croniter give starts in no order, without ends, states or "
        "reasons; croniter gives a start that comes twice in autumn twice. Promised: 30 days in "
        "under 2 s, a year in under 15 s."
    )
    head = f"| | starts | wall, median of {RUNS} interleaved |"
    peers = [f"{name} {version(name)}" for name in ("python-dateutil", "croniter")]
    results.write(TITLE, [told, "", head, "| --- | --- | --- |", *rows], (*peers, before))


def _rows(stretch: str, ways: Mapping[str, Callable[[], int]]) -> Iterable[str]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, int] = {}
    for _ in range(RUNS):
        for name, way in ways.items():
            gc.collect()
            begun = clock.perf_counter()
            found[name] = way()
            taken[name].append(clock.perf_counter() - begun)
    for name, seconds in taken.items():
        yield f"| {stretch}: {name} | {found[name]:,} | {results.spread(seconds)} |"


if __name__ == "__main__":
    main()
