"""A procedure as a run keeps it: what was written when the run began, whatever is edited meanwhile.

What stands in a file is kept as it stands there, with references where secrets are, and read again
by whoever does a step. Of a task that comes along the names of its steps are kept: what they do is
code, of the version that does them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from fettle import unit
from fettle.errors import BadSettings
from fettle.maintenance import placed
from fettle.maintenance.procedures import plain, procedure_of
from fettle.model.task import Procedure, RunOwn, Task, TaskStep
from fettle.settings import tasks
from fettle.settings.references import Absent, References

Frozen = Mapping[str, Any]


@dataclass(frozen=True)
class Thawed:
    """A procedure that was kept, the zone of its downtime, and the variables that are not there."""

    procedure: Procedure
    zone: ZoneInfo
    absent: Sequence[Absent] = ()


def frozen(task: Task) -> Frozen:
    """Return a task's procedure as a run keeps it: JSON without secrets."""
    kept = {"on": task.on, "zone": task.window.zone.key}
    if task.written is not None:
        return {"written": dict(task.written), **kept}
    steps = task.procedure.steps
    return {
        "unit": task.id,
        "steps": [one.name for one in steps],
        "placed": placed.kept(steps),
        **kept,
    }


def sealed(task: Task) -> str:
    """Return what a run of a task would do now, and on what, as a hash: who approves it means that.

    What the variables mean that it refers to is not in it, nor is the code of what comes along.
    """
    written = json.dumps([frozen(task), task.targets], sort_keys=True, ensure_ascii=False)
    return "sha256:" + hashlib.sha256(written.encode()).hexdigest()


def thawed(kept: Frozen, task: str, environ: Mapping[str, str]) -> Thawed:
    """Return the procedure that a run keeps; raises BadSettings for what nobody can read now."""
    meant = References(environ, "the run")
    if "written" in kept:
        given = tasks.procedure_of(kept["written"], meant, task)
        procedure = procedure_of(given, f"[[task]] {task}", None)
    else:
        procedure = _shipped(kept["unit"], kept["steps"], kept.get("placed", {}))
    zone = ZoneInfo(kept.get("zone", "UTC"))
    return Thawed(_on(procedure, kept.get("on")), zone, tuple(meant.absent))


def _shipped(id_: str, names: Sequence[str], at: Mapping[str, Sequence[str | None]]) -> Procedure:
    found = {plain(one.id): one for one in unit.tasks().values()}.get(plain(id_))
    if found is None:
        raise BadSettings(f"no task is called {id_}", remedy="install what brings it along")
    known = {step.name: step for step in found.task.procedure.steps}
    steps = []
    for name in names:
        step, label = at.get(name, (name, None))
        one = known.get(step or name) or TaskStep(step or name, RunOwn())
        steps.append(placed.at(one, label) if name in at else one)
    return replace(found.task.procedure, steps=tuple(steps))


def _on(procedure: Procedure, label: str | None) -> Procedure:
    if label is None:
        return procedure
    return replace(
        procedure, steps=tuple(replace(one, on=one.on or label) for one in procedure.steps)
    )
