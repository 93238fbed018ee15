"""What fixes make of the issues that their plans hang on, kept; in the caller's transaction."""

from collections.abc import Callable, Sequence

from fettle.flow import tend
from fettle.flow.inquire import Asking
from fettle.flow.tend import Desk
from fettle.model.fix import FixRun, RunStatus
from fettle.model.investigation import Aim
from fettle.model.issue import Entry, Issue, Moved
from fettle.store import fixes, issues
from fettle.store.investigations import Asked
from fettle.store.statements import Connection
from fettle.triage import mended
from fettle.triage.moves import By


async def begun(connection: Connection, desk: Desk, run: FixRun) -> None:
    """Let the issues of a run's plan be fixed."""
    by = By(run.actor, desk.clock.now())
    await _each(connection, desk, run.plan, lambda issue: mended.begun(issue, by, run))


async def ended(connection: Connection, desk: Desk, asking: Asking, run: FixRun) -> None:
    """Tell the issues of a run's plan how it ended; what was done is looked at once more."""
    by = By(run.actor, desk.clock.now())
    told = await _each(connection, desk, run.plan, lambda issue: mended.ended(issue, by, run))
    if run.status is RunStatus.DONE and told:
        aim = Aim(run.target, f"after {run.fix}")
        asked = [Asked(issue.number, aim, mended.ACTOR, anew=True) for issue in told]
        await asking.ask(connection, asked, by.at)


async def decided(
    connection: Connection, desk: Desk, plan: str, event: str, actor: str, text: str
) -> None:
    """Write to the issues of a plan what somebody has decided about it."""
    entry = Entry(event, actor, desk.clock.now(), text, {"plan": plan})
    found = await fixes.issues_of(connection, plan)
    await issues.write_entries(connection, [(number, entry) for number in found])


async def _each(
    connection: Connection, desk: Desk, plan: str, decide: Callable[[Issue], Moved]
) -> Sequence[Issue]:
    """Decide about each issue that a plan hangs on and that goes on; return those."""
    numbers = await fixes.issues_of(connection, plan)
    found = await issues.all_to_change(connection, numbers)
    live = [issue for _, issue in sorted(found.items()) if issue.status.is_live]
    return await tend.keep(connection, desk, [decide(issue) for issue in live])
