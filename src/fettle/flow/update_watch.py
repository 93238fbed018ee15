"""What was applied is watched for a while: a regression is taken back, and its versions are held.

The worker on the project's machine looks, and whoever calls `fettle update watch`; of several one
does, at a time. What cannot be taken back by itself calls a person, and is tried again as long as
the watch lasts.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn, Protocol

from fettle.engine.ledger import AWAY
from fettle.errors import FettleError
from fettle.flow import asked, update_news
from fettle.flow.look_at import Eyes, look_at
from fettle.flow.updating import Bad, LookAt, Updating, become_worse, sweep, undo
from fettle.model.looking import Looking
from fettle.model.ports import Clock
from fettle.model.ports_rehearsal import Rehearsing, Say
from fettle.model.rehearsal import RunState, UpdateRun
from fettle.model.severity import Severity
from fettle.model.target import Target
from fettle.model.update_watch import Quarantined, UpdateWatch, WatchState
from fettle.settings import Settings
from fettle.settings.updated import updated
from fettle.store import access, update_watches, updates
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.updates.watching import IN_A_ROW, closed_late, is_due, is_late, looked

PAUSE_S = 5.0
ACTOR = "watch"

_log = logging.getLogger(__name__)


class Reach(Protocol):
    """What reaches targets and projects (frontends.application.Application does)."""

    @property
    def clock(self) -> Clock:
        """What tells the time."""

    def targets(self, names: Sequence[str], settings: Looking) -> Sequence[Target]:
        """Return targets by their names; raises WrongUsage."""

    def eyes(self, settings: Looking) -> Eyes:
        """Return what looks at them."""

    def rehearsing(self, settings: Settings, say: Say) -> Rehearsing:
        """Return the machine that projects are on."""


def looking(reach: Reach, settings: Settings) -> LookAt:
    """Return what says what is bad of targets: found at high or above, and what does not answer."""

    async def look(names: Sequence[str]) -> Bad:
        bad: dict[str, str] = {}
        for target in reach.targets(names, settings):
            diagnosis = await look_at(
                target,
                reach.eyes(settings),
                lambda one: asked.questions(settings, one),
                reach.clock,
            )
            if diagnosis.unreachable is not None:
                bad[f"{target.name} unreachable"] = f"{target.name}: {diagnosis.unreachable.reason}"
            for found in diagnosis.findings:
                if found.severity >= Severity.HIGH:
                    bad[f"{target.name} {found.key}"] = f"{target.name}: {found.title}"
        return bad

    return look


async def look_once(work: Updating) -> list[UpdateWatch]:
    """Look at all that is watched here and due; return how each stands, also where it is not."""
    seen = []
    for watch in await update_watches.going_on(work.connection, work.rehearsing.machine):
        after: UpdateWatch | None = watch
        if is_late(watch, work.now):
            after = closed_late(watch)
        elif is_due(watch, work.now):
            ours = await update_watches.claim(work.connection, watch, work.now)
            after = ours and await _looked(work, ours)
        if after is not None:
            await update_watches.keep(work.connection, after)
            seen.append(after)
    return seen


async def _looked(work: Updating, watch: UpdateWatch) -> UpdateWatch:
    run = await updates.find_run(work.connection, watch.run)
    if run.state is not RunState.DONE:
        return replace(watch, state=WatchState.ENDED, says="it was taken back meanwhile")
    if run.project not in work.projects:
        says = f"{run.project} is no [[project]] of fettle.toml any more"
        return replace(watch, state=WatchState.ENDED, says=says)
    after = looked(watch, await _worse(work, watch), work.now)
    return await _taken_back(work, run, after) if after.state is WatchState.WORSE else after


async def _worse(work: Updating, watch: UpdateWatch) -> list[str]:
    """Return what is worse than before: what the project's check says, and what targets have."""
    failed = await work.rehearsing.wrong(watch.project)
    names = work.projects[watch.project].apply.watch
    try:
        found = await become_worse(work, names, watch.before)
    except FettleError as error:  # nothing of that name any more, say: that is not the update's
        await work.say(f"{watch.project} cannot be looked at: {error.reason}")
        found = []
    return [*([failed] if failed else []), *found]


async def _taken_back(work: Updating, run: UpdateRun, watch: UpdateWatch) -> UpdateWatch:
    """Take back what made it worse, and hold its versions; where that fails, call a person."""
    try:
        undone = await undo(work, run)
    except FettleError as error:
        says = f"{watch.says}; it is not taken back: {error.reason}"
        if watch.worse == IN_A_ROW:  # once; then it is tried again, and nobody is told anew
            await _tell(work, run, says, taken_back=False)
        return replace(watch, state=WatchState.WATCHING, says=says)
    if undone.state is not RunState.DONE:
        says = f"{watch.says}; it could not be taken back: {undone.says}"
        await _tell(work, run, says, taken_back=False)
        return replace(watch, says=says)
    still = await _worse(work, watch)
    after = "it is the same without it" if still else "it is well without it"
    says = f"{watch.says}; it was taken back, and {after}"
    await _tell(work, run, says, taken_back=True)
    return replace(watch, says=says)


async def _tell(work: Updating, run: UpdateRun, says: str, *, taken_back: bool) -> None:
    """Keep why the versions are held, and tell people."""
    async with work.connection.transaction():
        await work.note(run.id, "worse", says=says, taken_back=taken_back)
        await update_watches.quarantine(work.connection, run, says, work.now)
        signal = update_news.worse(run, says, taken_back=taken_back)
        await update_news.tell(work.connection, signal, work.now)


async def release(work: Updating, given: str, reason: str) -> list[Quarantined]:
    """Let go of versions that are held, for a reason; raises NotFound."""
    async with work.connection.transaction():
        released = await let_go(work.connection, given, work.actor, reason, work.now)
        await access.write_audit(
            work.connection, work.actor, "release updates", given, None, {"why": reason}
        )
        return released


async def let_go(
    connection: Connection, given: str, actor: str, reason: str, now: datetime
) -> list[Quarantined]:
    """Let go of versions that are held, in the caller's transaction; raises NotFound."""
    released = await update_watches.release(connection, given, actor, reason, now)
    for one in released:
        detail = {"version": one.version, "by": actor, "why": reason}
        await updates.write_journal(connection, one.run, "released", detail, now)
        says = f"{one.package.name} {one.version}, by {actor}: {reason}"
        await update_news.tell(connection, update_news.released(one.run, says), now)
    return released


def watching(reach: Reach, settings: Settings, pool: Pool) -> "Watching":
    """Return what looks as long as a worker runs."""

    async def say(line: str) -> None:
        _log.info("%s", line)

    projects = updated(settings)
    look = looking(reach, settings)

    def work(connection: Connection) -> Updating:
        machine = reach.rehearsing(settings, say)
        return Updating(connection, machine, projects, look, reach.clock, ACTOR, say)

    return Watching(pool, work)


@dataclass(frozen=True)
class Watching:
    """What looks as long as a worker runs; `run` does it and is cancelled to stop."""

    pool: Pool
    work: Callable[[Connection], Updating]
    pause_s: float = PAUSE_S

    async def run(self) -> NoReturn:
        """Clean up after those who were cut off, and look, whatever becomes of the store."""
        swept = False
        while True:
            try:
                async with self.pool.connection() as connection:
                    work = self.work(connection)
                    if not swept:
                        await sweep(work)
                        swept = True
                    await look_once(work)
            except AWAY as error:
                swept = False  # what ended meanwhile is kept once it is back
                _log.info("the watch over updates waits for the store: %s", error)
            except FettleError as error:
                _log.warning("updates are not watched just now: %s", error.reason)
            except Exception:  # noqa: BLE001 - the boundary of what goes on for ever
                _log.exception("the watch over updates failed; it goes on")
            await asyncio.sleep(self.pause_s)
