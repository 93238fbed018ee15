"""Updates are taken while they are small.

Why it matters:  What is put off comes all at once, and when a weakness is being used: then it is a
    large step that nobody has tried.
Passed when:     What is worth taking was tried on the project's own tests, and what passed was
    applied and works; or nothing is worth taking.
Failed when:     Something that passed could not be applied, or was taken back since it made the
    project worse.
Could not check when:  Nobody has looked for updates lately, a project's tests fail without any
    update, nothing says how it is tested, or whether it works; or what passed is refused just now:
    its tree has moved, or what comes along with it is too young.
Change it:       Which projects: [project.apply] by_clock = true. What is worth taking: [updates].
    A person approves before anything is applied; automation = "full" in a [[task]] with the id
    weekly-updates lets it be applied at once. Another window or time: there, too.
"""

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.maintenance.outcomes import together
from fettle.model.quantity import say_count
from fettle.model.rehearsal import RunState
from fettle.model.taking import Taking, Took, Tried
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, TaskStep, There
from fettle.model.window import Window
from fettle.model.work import Told, Work, failed, passed, unknown
from fettle.unit import task

TRY = "Try the updates that are worth taking"
TAKE = "Apply what passed"

TASK = task(
    __name__,
    name="Weekly updates",
    description="Try what is worth taking on the projects' own tests, and apply what passed",
    frequency=Frequency.WEEKLY,
    category=Category.INFRASTRUCTURE,
    automation=Automation.PARTIAL,
    needs=("project.apply.by_clock",),
    window=Window(
        time(9), ZoneInfo("UTC"), timedelta(hours=6), timedelta(hours=3), weekdays=frozenset({1})
    ),
    procedure=Procedure(
        steps=(
            TaskStep(
                TRY,
                RunOwn(),
                timeout=timedelta(hours=3),
                idempotent=True,
                there=There.PROJECTS,
            ),
            TaskStep(
                TAKE,
                RunOwn(acts=True),
                timeout=timedelta(hours=1),
                idempotent=True,  # what was cut off is brought back, and not begun again
                there=There.PROJECTS,
            ),
        ),
        estimated_duration=timedelta(hours=2),
        continue_on_error=True,  # what one project cannot tell keeps no other from its updates
    ),
)


@TASK.step(TRY)
async def try_(work: Work) -> Told:
    """Try what is worth taking of each project."""
    taking, told = work.tools.taking, []
    for project in (one for one in taking.projects if work.reaches(one.on)):
        await work.say(f"the updates of {project.name}")
        try:
            tried = await taking.rehearse(project.name, work.say)
        except (Refused, CannotLook, ActFailed) as error:
            told.append(unknown(f"{project.name}: {error.reason}", error.remedy))
        else:
            told.append(_tried(tried))
    if not told:
        return passed("no project's updates are taken by the clock here")
    return _joined(told)


@TASK.step(TAKE)
async def take(work: Work) -> Told:
    """Apply what passed of each project."""
    told = []
    for one in _landed(work):
        await work.say(f"{one['project']}: {', '.join(one['landed'])}")
        told.append(await _took(work.tools.taking, one, work))
    return _joined(told) if told else passed("there is nothing that passed")


async def _took(taking: Taking, one: Mapping[str, Any], work: Work) -> Told:
    try:
        took = await taking.apply(str(one["project"]), str(one["rehearsal"]), work.say)
    except Refused as error:  # nothing was changed: the tree has moved, say
        return unknown(f"{one['project']}: {error.reason}", error.remedy)
    except (CannotLook, ActFailed) as error:
        return failed(f"{one['project']}: {error.reason}", error.remedy)
    return _applied(took)


def _tried(tried: Tried) -> Told:
    """Say what trying came to: what does not pass is left out, and no failure of the task."""
    detail: Any = {
        "project": tried.project,
        "rehearsal": tried.rehearsal,
        "landed": list(tried.landed),
        "left": dict(tried.left),
    }
    says = f"{tried.project}: {tried.says}"
    if not tried.judged:
        return unknown(says, "mend its tests: they judge its updates", detail)
    if tried.landed:
        says += f"; to be applied: {say_count(len(tried.landed), 'update')}"
    return passed(says, detail)


def _applied(took: Took) -> Told:
    says = f"{took.project}: run {took.number}, {took.says}"
    if took.state is not RunState.DONE:
        return failed(says, "fettle update history says what it did")
    if not took.verified:
        return unknown(says, "let something say whether it works: [project.apply] check and watch")
    return passed(says)


def _joined(told: Sequence[Told]) -> Told:
    """Return what several projects came to, with what each has left for the next step."""
    whole = together(told, "; ".join(one.says for one in told))
    detail: Any = [one.detail for one in told if one.detail is not None]
    return Told(whole.outcome, whole.says, whole.remedy, detail)


def _landed(work: Work) -> list[Mapping[str, Any]]:
    """Return what earlier steps have landed."""
    kept = cast("Sequence[Mapping[str, Any]]", work.earlier(TRY) or ())
    return [one for one in kept if one["landed"]]
