"""How a run of updates ended is kept once, with all that follows, however late it is known."""

from dataclasses import replace
from datetime import datetime

from fettle.flow import update_news
from fettle.model.deploy import Deploy
from fettle.model.rehearsal import Came, HowApplied, RunState, UpdateRun, message_of
from fettle.store import deploys, update_watches, updates
from fettle.store.statements import Connection


async def keep_end(connection: Connection, run: UpdateRun, came: Came, now: datetime) -> Came:
    """Keep how a run ended, with all that follows of it; return it as it is kept."""
    if run.undoes is not None:
        came = _proved(came, await updates.find_run(connection, run.undoes))
    async with connection.transaction():
        if await end(connection, run.id, came, now):
            if came.blamed and run.undoes is None:
                await update_watches.quarantine(connection, run, came.says, now)
            if came.state is RunState.DONE and run.how is HowApplied.IN_PLACE:
                await deploys.mark(connection, _went_live(run, now), now)
    return came


async def end(connection: Connection, id_: str, came: Came, now: datetime) -> bool:
    """Keep how a run ended, and call a person where it could not be brought back.

    False where that was known already.
    """
    async with connection.transaction():
        before = await updates.end_run(connection, id_, came, now)
        if before in {None, came.state}:
            return False
        detail = {"says": came.says, "verified": came.verified}
        await updates.write_journal(connection, id_, str(came.state), detail, now)
        if RunState.STRANDED in {before, came.state}:
            await update_news.tell(connection, update_news.ended(id_, came), now)
    return True


def _went_live(run: UpdateRun, now: datetime) -> Deploy:
    """Return what is in use now as a deploy: what changed is the first suspect of trouble then."""
    title = message_of(run.updates).partition("\n")[0]
    note = title if run.undoes is None else f"Take back: {title}"
    return Deploy(run.project, f"update run {run.number}", now, run.actor, note)


def _proved(came: Came, done: UpdateRun) -> Came:
    """Return what an undoing came to: its files must be to the byte what they were before."""
    if came.state is not RunState.DONE or done.before is None or came.after is None:
        return came
    other = [name for name, was in done.before.files.items() if came.after.files.get(name) != was]
    if other:
        return replace(came, verified=False, says=f"not as they were: {', '.join(other)}")
    return replace(came, verified=True, says="its files are to the byte what they were before")
