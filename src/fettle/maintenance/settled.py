"""What the settings say about maintenance: which tasks there are, and when nothing is done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

from fettle import unit
from fettle.errors import BadSettings
from fettle.maintenance.agenda import Agenda
from fettle.maintenance.placed import placed
from fettle.maintenance.procedures import Targets, idle, nobody, plain, procedure_of
from fettle.maintenance.reached import labels
from fettle.model.quantity import say_duration
from fettle.model.task import Downtime, Freeze, Task, rule_by
from fettle.model.window import Window, seconds_of

if TYPE_CHECKING:
    from fettle.settings import Settings
    from fettle.settings.tasks import FreezeSettings, TaskSettings

_LEAST_APART = timedelta(minutes=5)
_SAMPLE = timedelta(days=400)


def agenda_of(settings: "Settings") -> Agenda:
    """Return what is to be done, and when nothing is; raises BadSettings."""
    return _agenda(tasks_of(settings), settings, Targets.of(settings))


def tried_of(settings: "Settings") -> Agenda:
    """Return the same of a file that is tried: the tasks in it alone, whatever targets there are.

    What they do is asked of nobody, so that they need no steps. Raises BadSettings.
    """
    return _agenda(_tied([_own(one, None) for one in settings.task]), settings, None)


def _agenda(tasks: tuple[Task, ...], settings: "Settings", targets: "Targets | None") -> Agenda:
    ids = {plain(one.id): one.id for one in tasks}
    return Agenda(tasks, tuple(_freeze(one, ids, targets) for one in settings.freeze))


def tasks_of(settings: "Settings") -> tuple[Task, ...]:
    """Return the tasks that Fettle brings along, as they are changed, and a team's own.

    Raises BadSettings with the task, the value and what would be right.
    """
    given = {plain(one.id): one for one in settings.task}
    targets = Targets.of(settings)
    databases = tuple(one.name for one in settings.database)
    shipped = [
        replace(one, works_on=databases) if found.on_databases else one
        for found in unit.tasks().values()
        for one in [placed(found.task, partial(labels, settings))]
    ]
    known = {plain(one.id) for one in shipped}
    tasks = [
        _changed(one, given[plain(one.id)], targets) if plain(one.id) in given else one
        for one in shipped
    ]
    tasks += [_own(one, targets) for id_, one in given.items() if id_ not in known]
    return _tied(
        [
            replace(one, written=settings.procedure_of(one.id), idle=idle(one, settings))
            for one in tasks
        ]
    )


def _at(given: "TaskSettings") -> str:
    return f"[[task]] {given.id}"


def _own(given: "TaskSettings", targets: "Targets | None") -> Task:
    at = _at(given)
    if given.window is None:
        raise BadSettings(f"{at}: window: it is required")
    if given.frequency is None and given.rule is None:
        raise BadSettings(
            f"{at}: frequency: it is required, or a rule", remedy='write it like "weekly"'
        )
    task = Task(given.id, given.name or given.id, _window(given))
    return _checked(_with(task, given, targets), at)


def _changed(shipped: Task, given: "TaskSettings", targets: "Targets") -> Task:
    """Return a task that Fettle brings along, with what a team says of it."""
    at = _at(given)
    comes = given.frequency or given.rule
    if given.window is None and comes is not None:
        raise BadSettings(f"{at}: window: it is required where it comes by another rule")
    task = shipped
    if given.window is not None:
        rule = comes is not None
        as_given = given if rule else given.model_copy(update={"frequency": shipped.frequency})
        task = replace(task, window=_window(as_given), frequency=as_given.frequency)
    return _checked(_with(task, given, targets), at)


def _with(task: Task, given: "TaskSettings", targets: "Targets | None") -> Task:
    """Return a task with what is said of it beside when it comes."""
    procedure, excluded = task.procedure, task.excluded
    if given.procedure is not None:
        procedure = procedure_of(given.procedure, _at(given), targets)
    if targets is not None and not procedure.steps:
        raise BadSettings(f"{_at(given)}: procedure.steps: a task has one step at least")
    if given.window is not None:
        excluded = frozenset(given.window.exclude)
    return replace(
        task,
        name=given.name or task.name,
        description=given.description or task.description,
        category=given.category or task.category,
        automation=given.automation or task.automation,
        frequency=given.frequency if given.frequency or given.rule else task.frequency,
        procedure=procedure,
        excluded=excluded,
        depends_on=given.depends_on or task.depends_on,
        enabled=given.enabled,
        on=given.on or task.on,
    )


def _window(given: "TaskSettings") -> Window:
    opening = given.window
    assert opening is not None  # noqa: S101 - who calls has seen to it
    try:
        if given.rule is not None:
            return opening.window(given.rule.filled(opening.weekdays, opening.day_of_month))
        assert given.frequency is not None  # noqa: S101
        return opening.window(*rule_by(given.frequency, opening.weekdays, opening.day_of_month))
    except ValueError as error:
        raise BadSettings(f"{_at(given)}: window: {error}") from None


# What does not go together


def _checked(task: Task, at: str) -> Task:
    """Return a task that can come to its end each time; raises BadSettings."""
    takes, window = task.procedure.estimated_duration, task.window
    if takes > window.duration:
        raise BadSettings(
            f"{at}: window.duration: it is open for {say_duration(window.duration)}, and the task "
            f"takes {say_duration(takes)}",
            remedy="let it be open for longer, or split the task",
        )
    apart, least = _least_apart(window, takes), max(takes, _LEAST_APART)
    if apart is not None and apart < least:
        raise BadSettings(
            f"{at}: rule: it comes again after {say_duration(apart)}; "
            f"{'the task takes' if takes == least else 'the least is'} {say_duration(least)}"
        )
    if task.procedure.downtime is not None:
        _check_downtime(task, task.procedure.downtime, at)
    return task


def _least_apart(window: Window, takes: timedelta) -> timedelta | None:
    """Return the shortest time between two local starts; None where that cannot be too short."""
    if len(window.times) == 1 and takes <= timedelta(days=1):
        return None
    rule = window.rule
    start = seconds_of(datetime(2024, 1, 1, tzinfo=window.zone))
    if rule is not None and rule.since is not None:
        start = seconds_of(datetime.combine(rule.since, time(), window.zone))
    slots = window.slots(start, start + round(_SAMPLE.total_seconds()))
    gaps = [other[0] - one[0] for one, other in pairwise(sorted(slots))]
    return timedelta(seconds=min(gaps)) if gaps else None


def _check_downtime(task: Task, downtime: Downtime, at: str) -> None:
    """Refuse a downtime that does not lie in the window, which is never longer than a week."""
    start, length = _since_midnight(task.window.start), task.window.duration
    begins = (_since_midnight(downtime.start) - start) % timedelta(days=1)
    lasts = (_since_midnight(downtime.end) - _since_midnight(downtime.start)) % timedelta(days=1)
    if begins + lasts > length:
        raise BadSettings(
            f"{at}: procedure.downtime: {downtime.start:%H:%M}-{downtime.end:%H:%M} does not lie "
            f"in the window, which opens at {task.window.start:%H:%M} for {say_duration(length)}"
        )


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _tied(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks with what they depend on by its whole id; raises BadSettings."""
    ids = {plain(one.id): one.id for one in tasks}
    tied = [
        replace(one, depends_on=tuple(_meant(id_, ids, one) for id_ in one.depends_on))
        if one.depends_on
        else one
        for one in tasks
    ]
    try:
        TopologicalSorter({one.id: one.depends_on for one in tied}).prepare()
    except CycleError as error:
        around = " → ".join(reversed(error.args[1]))
        raise BadSettings(f"[[task]]: these wait for one another: {around}") from None
    return tuple(sorted(tied, key=lambda one: one.id))


def _meant(given: str, ids: Mapping[str, str], task: Task) -> str:
    if (id_ := ids.get(plain(given))) is None:
        raise BadSettings(f"[[task]] {task.id}: depends_on: {nobody('task', given, ids.values())}")
    return id_


def _freeze(given: "FreezeSettings", ids: Mapping[str, str], targets: "Targets | None") -> Freeze:
    strange: Iterator[str] = (one for one in given.tasks if plain(one) not in ids)
    if (first := next(strange, None)) is not None:
        raise BadSettings(
            f"[[freeze]] {given.name}: tasks: {nobody('task', first, list(ids.values()))}"
        )
    known = given.targets if targets is None else targets.databases | targets.others
    unknown: Iterator[str] = (one for one in given.targets if one not in known)
    if (nowhere := next(unknown, None)) is not None:
        raise BadSettings(
            f"[[freeze]] {given.name}: targets: {nobody('target', nowhere, sorted(known))}"
        )
    start, end = given.moments
    return Freeze(
        given.name,
        start,
        end,
        frozenset(ids[plain(one)] for one in given.tasks),
        frozenset(given.categories),
        frozenset(given.targets),
    )
