"""Who reaches a target: the label of the workers that look at it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fettle.settings import Settings
    from fettle.settings.people import ScheduleSettings


def databases_of(schedule: "ScheduleSettings", known: Sequence[str]) -> Sequence[str]:
    """Return the databases of a schedule: all, where it names nothing."""
    return schedule.databases or (() if schedule.targets else known)


def label_of(target: str, settings: "Settings") -> str | None:
    """Return the label of those who reach a target: by the schedules that look at it, else its own.

    None where anybody does, or nothing is called so.
    """
    databases = [one.name for one in settings.database if one.name == target]
    for schedule in settings.schedule:
        if schedule.on is not None and target in (
            *databases_of(schedule, databases),
            *schedule.targets,
        ):
            return schedule.on
    if databases:
        return None
    return next((one.on for one in settings.outside if one.name == target), None)


def looked_at(targets: Sequence[str], settings: "Settings") -> Sequence[str]:
    """Return what a task looks at before and after it acts: its targets, then their machines."""
    machines = [one.host for one in settings.database if one.host and one.name in targets]
    return list(dict.fromkeys((*targets, *machines)))
