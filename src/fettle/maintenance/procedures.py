"""What a procedure does, as the settings say it: its steps, and what they work on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from operator import attrgetter
from typing import TYPE_CHECKING

from fettle import unit
from fettle.errors import BadSettings
from fettle.model.remedy import Call
from fettle.model.task import (
    Act,
    ApplyFix,
    AskCheck,
    AskPerson,
    Downtime,
    Procedure,
    RunCommand,
    RunOwn,
    RunSql,
    Task,
    TaskStep,
)

if TYPE_CHECKING:
    from fettle.settings import Settings
    from fettle.settings.tasks import ProcedureSettings, StepSettings

_ON_DATABASES = ("check", "fix", "sql")


@dataclass(frozen=True)
class Targets:
    """The names of what steps may work on."""

    databases: frozenset[str]
    others: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, settings: "Settings") -> "Targets":
        """Return those of the settings."""
        databases = frozenset(one.name for one in settings.database)
        return cls(databases, frozenset(one.name for one in settings.outside))


def procedure_of(given: "ProcedureSettings", at: str, targets: Targets | None) -> Procedure:
    """Return a procedure; without `targets` steps may name any. Raises BadSettings."""
    needs = given.requires_downtime or given.downtime is not None
    steps = [_step(one, f"{at}: {one.name}", targets, needs_downtime=needs) for one in given.steps]
    return Procedure(
        tuple(steps),
        given.estimated_duration,
        needs,
        None if given.downtime is None else Downtime(*given.downtime),
        given.continue_on_error,
    )


def _step(
    given: "StepSettings", at: str, targets: Targets | None, *, needs_downtime: bool
) -> TaskStep:
    act = _act(given, at)
    if targets is not None:
        _check_target(given, at, targets)
    if given.needs_downtime and not needs_downtime:
        raise BadSettings(f"{at}: needs_downtime: the task says of no downtime that it has any")
    needs = needs_downtime if given.needs_downtime is None else given.needs_downtime
    return TaskStep(
        given.name,
        act,
        given.target,
        given.timeout,
        given.retries,
        given.idempotent,
        given.on,
        needs,
    )


def _act(given: "StepSettings", at: str) -> Act:
    if given.check is not None:
        return AskCheck(_unit("check", given.check, unit.checks(), at))
    if given.fix is not None:
        return ApplyFix(_unit("fix", given.fix, unit.fixes(), at))
    if given.http is not None:
        call = given.http
        return Call(call.method, call.url, call.body, call.token, call.secret)
    if given.sql is not None:
        return RunSql(given.sql)
    return AskPerson(given.person) if given.person is not None else RunCommand(given.command)


def _unit(kind: str, given: str, units: Mapping[str, object], at: str) -> str:
    id_ = given.replace("-", "_")
    if id_ not in units:
        raise BadSettings(f"{at}: {kind}: {nobody(kind, given, units)}")
    return id_


def _check_target(given: "StepSettings", at: str, targets: Targets) -> None:
    on_database = given.kind in _ON_DATABASES
    if given.kind == "check" and given.check is not None:
        on_database = unit.checks()[given.check.replace("-", "_")].of_databases
    if given.target is None:
        if given.kind in _ON_DATABASES:
            raise BadSettings(f"{at}: target: it is required where there is a {given.kind}")
        return
    known = targets.databases if on_database else targets.databases | targets.others
    if given.target not in known:
        kind = "database" if on_database else "database, service or dependency"
        raise BadSettings(f"{at}: target: {nobody(kind, given.target, sorted(known))}")


def doable(task: Task) -> bool:
    """Whether this version of Fettle can do a task: it has code for each step that needs some."""
    if not any(isinstance(step.act, RunOwn) for step in task.procedure.steps):
        return True
    return any(one.task.id == task.id and one.runs for one in unit.tasks().values())


def idle(task: Task, settings: "Settings") -> str | None:
    """Return why a task that comes along has nothing to do; None where it has."""
    if not any(isinstance(step.act, RunOwn) for step in task.procedure.steps):
        return None
    own = next((one for one in unit.tasks().values() if one.task.id == task.id), None)
    if own is None or not own.needs or any(_has(settings, name) for name in own.needs):
        return None
    parted = [name.partition(".") for name in own.needs]
    named = " or ".join(f"[[{one}]]{' with ' if dot else ''}{rest}" for one, dot, rest in parted)
    return f"there is nothing for it to do: the settings have no {named}"


def _has(settings: "Settings", name: str) -> bool:
    """Whether the settings have something of that name, or one in which a field is set."""
    section, _, field = name.partition(".")
    found = getattr(settings, section, ())
    return any(attrgetter(field)(one) for one in found) if field else bool(found)


def nobody(kind: str, given: str, known: Collection[str]) -> str:
    """Say that nothing is called so, and what may have been meant."""
    near = get_close_matches(given, known, 1)
    return f"no {kind} is called {given}" + (f"; did you mean {near[0]}?" if near else "")


def plain(id_: str) -> str:
    """Return an id as it is compared: `-` and `_` are equal."""
    return id_.replace("_", "-")
