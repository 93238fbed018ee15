"""The calendar: the times that tasks are planned for, and why some of them are skipped.

1. The local times are the windows' (model.window): one that the clocks skip is moved on, one that
   comes twice is the first. Where a time that was moved on begins with the next one, as where a
   whole day is left out or a task comes by the hour, it is skipped: one run does for both.
2. A slot is a task and a local time; it is the same slot whichever stretch is asked for, and has
   the same reason.
3. What lies on an excluded day is skipped, and what would be at work, as long as it is reckoned to
   take, while a freeze holds. Half a procedure before a freeze is what freezes are there to avoid.
4. A task waits for those it depends on: for each one's last slot since its own last one. Where
   that is skipped, so is the task's.

Nothing here knows what time it is: what stands now is asked when something is due (due.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise

from fettle.model.task import Freeze, Occurrence, Task
from fettle.model.window import Slot, local_of, seconds_of

_DAY_S = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# So much is reckoned and put in order at once: a plan of years fits into memory as one of a month.
_STRETCH_S = 31 * _DAY_S
# How a slot is packed into a number. No local time is further from UTC than two days: a day that a
# zone left out, and its offset.
_SHIFT_BITS, _PLACE_BITS = 20, 24
_START_BITS = _SHIFT_BITS + _PLACE_BITS
_NO_SHIFT, _SHIFTS, _PLACES = 1 << 19, (1 << 20) - 1, (1 << 24) - 1


def plan(
    tasks: Iterable[Task], start: datetime, end: datetime, freezes: Sequence[Freeze] = ()
) -> Iterator[Occurrence]:
    """Yield all occurrences that start at or after `start` and before `end`, in order.

    Tasks that are not enabled have none. Those that begin at the same moment come by their ids.
    """
    calendar = Calendar(tasks, freezes)
    first, last = seconds_of(start), seconds_of(end)
    for begin in range(first, last, _STRETCH_S):
        yield from calendar.stretch(begin, min(begin + _STRETCH_S, last))


class Calendar:
    """What tasks and freezes come to."""

    def __init__(self, tasks: Iterable[Task], freezes: Sequence[Freeze] = ()) -> None:
        self._tasks = sorted((task for task in tasks if task.enabled), key=lambda task: task.id)
        self._by_id = {task.id: task for task in self._tasks}
        self._freezes = {task.id: _about(task, freezes) for task in self._tasks} if freezes else {}
        self._plain = [not self._may_be_skipped(task) for task in self._tasks]

    def stretch(self, first: int, last: int) -> Iterator[Occurrence]:
        """Yield the occurrences from `first` until before `last`, in seconds since 1970, in order.

        Those that wait for their turn are numbers, which are kept and put in order at a third of
        what the occurrences themselves would cost: the start, the place of the task in the order of
        the ids, and how far the local time is from UTC.
        """
        waiting: list[int] = []
        for place, task in enumerate(self._tasks):
            mark = (place << _SHIFT_BITS) + _NO_SHIFT
            waiting += [
                (at << _START_BITS) + mark + local - at
                for local, at in task.window.slots(first, last)
            ]
        waiting.sort()
        for packed, following in pairwise([*waiting, 0]):
            at = packed >> _START_BITS
            place = (packed >> _SHIFT_BITS) & _PLACES
            task, slot = self._tasks[place], (at + (packed & _SHIFTS) - _NO_SHIFT, at)
            if packed >> _SHIFT_BITS == following >> _SHIFT_BITS:  # two begin together
                yield Occurrence(task, slot, self.reason(task, slot))
            elif self._plain[place]:
                yield Occurrence(task, slot)
            else:
                yield Occurrence(task, slot, self._stopped(task, slot))

    def reason(self, task: Task, slot: Slot) -> str | None:
        """Return why a slot is skipped; None where it is not."""
        return _doubled(task, slot) or self._stopped(task, slot)

    def _may_be_skipped(self, task: Task) -> bool:
        return bool(task.idle or task.excluded or task.depends_on or self._freezes.get(task.id))

    def _stopped(self, task: Task, slot: Slot) -> str | None:
        return self._held(task, slot) or self._waits_in_vain(task, slot)

    def _held(self, task: Task, slot: Slot) -> str | None:
        if task.idle is not None:
            return task.idle
        if task.excluded and local_of(slot[0]).date() in task.excluded:
            return f"{local_of(slot[0]):%Y-%m-%d} is excluded"
        for name, start, end in self._freezes.get(task.id, ()):
            if slot[1] < end and slot[1] + _length(task) > start:
                return f"frozen: {name}"
        return None

    def _waits_in_vain(self, task: Task, slot: Slot) -> str | None:
        """Return why what a task waits for will not have been done."""
        if not task.depends_on:
            return None
        before = task.window.last_before(slot[1])
        for needed in (self._by_id[id_] for id_ in task.depends_on if id_ in self._by_id):
            last = needed.window.last_before(slot[1] + 1)
            if last is None or (before is not None and last[1] <= before[1]):
                continue
            if reason := self.reason(needed, last):
                return f"it waits for {needed.id}, which is skipped: {reason}"
        return None


def _about(task: Task, freezes: Iterable[Freeze]) -> Sequence[tuple[str, int, int]]:
    return [
        (freeze.name, seconds_of(freeze.start), seconds_of(freeze.end))
        for freeze in freezes
        if freeze.about(task)
    ]


def _doubled(task: Task, slot: Slot) -> str | None:
    together = task.window.slots(slot[1], slot[1] + 1)
    if len(together) < 2 or together[-1] == slot:
        return None
    later = local_of(together[-1][0])
    return f"the clocks skip that time; it would begin with that of {later:%Y-%m-%d %H:%M}"


def _length(task: Task) -> int:
    """Return how long it is reckoned to take, in seconds; a moment at least."""
    return max(1, round(task.procedure.estimated_duration.total_seconds()))
