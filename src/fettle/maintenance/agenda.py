"""The agenda: the tasks that there are, and the stretches in which nothing is done."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from fettle.errors import NotFound, WrongUsage
from fettle.maintenance.calendar import Calendar, plan
from fettle.maintenance.expected import Expected, expected
from fettle.maintenance.procedures import plain
from fettle.model.task import Freeze, Occurrence, Task
from fettle.model.window import seconds_of

_LOOKS = (timedelta(days=40), timedelta(days=366))
_YEARS = (1970, 2400)
_BEHIND = timedelta(days=7)  # the longest that a window is open


def refuse_impossible(start: datetime, end: datetime, longest: timedelta) -> None:
    """Refuse a stretch that ends before it begins, or that nobody plans; raises WrongUsage."""
    if end <= start:
        raise WrongUsage(f"it ends at {end:%Y-%m-%d %H:%M}, not after {start:%Y-%m-%d %H:%M} UTC")
    if end - start > longest:
        raise WrongUsage(f"a plan is made for {longest.days:,} days at most")
    if not _YEARS[0] <= start.year <= end.year <= _YEARS[1]:
        raise WrongUsage(f"plans are made for the years from {_YEARS[0]} to {_YEARS[1]}")


@dataclass(frozen=True)
class Agenda:
    """Tasks in the order of their ids, and freezes.

    Of those that have nothing to do there is no plan, but where it is `whole`.
    """

    tasks: tuple[Task, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    whole: bool = False

    def find(self, given: str) -> Task:
        """Return the task that an id means, in which `-` and `_` are equal; raises NotFound."""
        ids = {plain(task.id): task for task in self.tasks}
        if (found := ids.get(plain(given))) is None:
            near = get_close_matches(plain(given), ids, 1)
            raise NotFound(
                f"there is no task {given}" + (f"; did you mean {near[0]}?" if near else ""),
                remedy="fettle task list names them all",
            )
        return found

    def about(self, ids: Collection[str]) -> "Agenda":
        """Return what the plan of some tasks rests on: what they wait for, and who shares targets.

        Of others' plans it may leave out what those wait for.
        """
        known = {task.id: task for task in self.tasks}
        wanted = dict.fromkeys(ids)
        ahead = list(wanted)
        for id_ in ahead:
            further = [one for one in known[id_].depends_on if one not in wanted]
            wanted |= dict.fromkeys(further)
            ahead += further
        targets = {target for id_ in wanted for target in known[id_].targets}
        related = (
            task for task in self.tasks if task.id in wanted or not targets.isdisjoint(task.targets)
        )
        return Agenda(tuple(related), self.freezes, whole=True)

    def nexts(self, now: datetime) -> Iterator[tuple[Task, datetime | None]]:
        """Yield each task with when it may begin next."""
        return ((task, self.next_of(task, now)) for task in self.tasks)

    def next_of(self, task: Task, now: datetime) -> datetime | None:
        """Return when a task may begin next, within a year; now where its window is open."""
        calendar = Calendar(self.tasks, self.freezes)
        since = now - task.window.duration
        for days in _LOOKS if task.enabled and task.idle is None else ():
            for slot in task.window.slots(seconds_of(since), seconds_of(now + days)):
                one = Occurrence(task, slot, calendar.reason(task, slot))
                if one.cutoff > now and one.reason is None:
                    return one.start
        return None

    def expected(self, start: datetime, end: datetime) -> Iterator[Expected]:
        """Yield the same as `plan`, each with what it is expected to wait for.

        What began before, and may still be at work, is waited for, too.
        """
        if not any(task.targets or task.depends_on for task in self.tasks):
            yield from map(Expected, self.plan(start, end))
            return
        first = seconds_of(start)
        for one in expected(self.plan(start - _BEHIND, end)):
            if one.occurrence.slot[1] >= first:
                yield one

    def plan(self, start: datetime, end: datetime) -> Iterator[Occurrence]:
        """Yield all occurrences that start at or after `start` and before `end`, in order."""
        planned = plan(self.tasks, start, end, self.freezes)
        if self.whole or not any(task.idle for task in self.tasks):
            return planned
        return (one for one in planned if one.task.idle is None)
