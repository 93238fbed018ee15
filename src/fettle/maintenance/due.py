"""What is due now: what may begin, and what was missed and is made up for once, or not at all."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from fettle.maintenance.calendar import Calendar
from fettle.model.task import MADE_UP, MISSED, Blackout, Occurrence, OccurrenceState, Task


@dataclass(frozen=True)
class Due:
    """What is to be done about a task now.

    `begin` may begin, `held` is why it may not yet; `skipped` are those of which it is certain that
    they will not.
    """

    begin: Occurrence | None = None
    held: str | None = None
    skipped: tuple[Occurrence, ...] = ()


def due(
    task: Task,
    calendar: Calendar,
    since: datetime,
    now: datetime,
    blackouts: Iterable[Blackout] = (),
) -> Due:
    """Say what becomes of the slots that started after `since` and have started by `now`.

    However many were missed, one is made up for at most: the last, while its window is open and its
    cutoff has not come. What a blackout holds is not lost before its cutoff.
    """
    # whole seconds that have gone by: a start that is half a second away is not here yet
    slots = task.window.slots(int(since.timestamp() // 1) + 1, int(now.timestamp() // 1) + 1)
    started = [Occurrence(task, slot, calendar.reason(task, slot)) for slot in slots]
    open_ = [one for one in started if one.reason is None and one.start <= now < one.cutoff]
    last = open_[-1] if open_ else None
    held = None if last is None else hold(task.targets, blackouts)
    skipped = tuple(_gone(one, last) for one in started if one is not last)
    return Due(None if held else last, held, skipped)


def hold(targets: Collection[str], blackouts: Iterable[Blackout]) -> str | None:
    """Return what lets nothing begin now that works on these."""
    return next((one.reason for one in blackouts if one.about(targets)), None)


def _gone(one: Occurrence, last: Occurrence | None) -> Occurrence:
    if one.state is OccurrenceState.SKIPPED:
        return one
    return one._replace(reason=MISSED if last is None else MADE_UP)
