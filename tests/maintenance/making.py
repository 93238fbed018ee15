"""Tasks for the tests of the calendar."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fettle.maintenance.calendar import plan
from fettle.model.rule_text import rule_of
from fettle.model.task import (
    AskPerson,
    Freeze,
    Frequency,
    Occurrence,
    Procedure,
    Task,
    TaskStep,
    regular,
)
from fettle.model.window import Window


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour …


def clock(text: str) -> time:
    return time.fromisoformat(text)


def hours(many: float) -> timedelta:
    return timedelta(hours=many)


def task(
    id_: str = "care",
    start: str = "03:00",
    comes: Frequency | str = Frequency.DAILY,
    *,
    zone: str = "UTC",
    lasts: float = 2,
    cutoff: float = 0,
    takes: float = 1,
    on: tuple[str, ...] = (),
    days: dict[str, Any] | None = None,
    **more: Any,  # noqa: ANN401 - what else a task has
) -> Task:
    """Make a task: when it comes, for how long its window is open, and what its steps work on."""
    window = Window(clock(start), ZoneInfo(zone), hours(lasts), hours(cutoff), **(days or {}))
    frequency = comes if isinstance(comes, Frequency) else None
    if isinstance(comes, Frequency):
        window = regular(window, comes)
    else:
        window = Window(
            window.start, window.zone, window.duration, window.cutoff, rule=rule_of(comes)
        )
    steps = tuple(TaskStep(f"look at {name}", AskPerson("look"), name) for name in on)
    procedure = Procedure(steps, hours(takes))
    return Task(id_, id_, window, procedure, frequency=frequency, **more)


def planned(
    *tasks: Task, start: datetime, end: datetime, freezes: Sequence[Freeze] = ()
) -> list[tuple[str, str, str | None]]:
    """Return the local time, the start in UTC and the reason of each occurrence."""
    return [shown(one) for one in plan(tasks, start, end, freezes)]


def shown(one: Occurrence) -> tuple[str, str, str | None]:
    return f"{one.local:%Y-%m-%d %H:%M}", f"{one.start:%m-%d %H:%M}", one.reason
