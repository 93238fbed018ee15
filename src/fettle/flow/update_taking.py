"""Updates are taken by the clock: what is worth taking is tried, and what passed is applied.

What is worth taking is what the newest look says: by the policy of the settings, in the windows of
each package, and nothing whose version is quarantined.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fettle.errors import CannotLook, NotFound
from fettle.flow import update_asks, updating
from fettle.flow.update_age import CameOut
from fettle.flow.update_looks import counts, folders
from fettle.flow.updating import LookAt, Updating
from fettle.model.ports import Clock
from fettle.model.ports_rehearsal import Rehearsing, Say
from fettle.model.rehearsal import Verdict, Wanted
from fettle.model.taking import ByClock, Took, Tried
from fettle.model.update import Ecosystem
from fettle.settings import Settings
from fettle.settings.updated import updated
from fettle.store import update_checks, update_watches, updates
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.store.update_checks import WantedUpdates
from fettle.updates.policy import closed, waits_for_window
from fettle.updates.quarantine import why_held
from fettle.updates.references import on_offer
from fettle.updates.settled import policy_of

ACTOR = "task:weekly-updates"
_RAISED = (Ecosystem.PYPI, Ecosystem.NPM, Ecosystem.OCI)


@dataclass(frozen=True)
class TakingByClock:
    """Implements model.taking.Taking, on the machine that the projects are on."""

    pool: Pool
    clock: Clock
    settings: Settings
    rehearsing: Callable[[Say], Rehearsing]
    look: LookAt
    came_out: CameOut | None = None

    @property
    def projects(self) -> Sequence[ByClock]:
        """See Taking."""
        return [ByClock(one.name, one.on) for one in self.settings.project if one.apply.by_clock]

    async def rehearse(self, project: str, say: Say) -> Tried:
        """See Taking."""
        async with self.pool.connection() as connection:
            work = self._work(connection, say)
            await updating.sweep(work)
            wanted = await self._worth_taking(connection, project)
            if not wanted:
                return Tried(project, "nothing is worth taking now")
            done = await updating.rehearse(work, project, wanted)
        judged = done.judged
        assert judged is not None  # noqa: S101 - it has ended
        return Tried(
            project,
            judged.says,
            done.id,
            judged.landed,
            judged.left,
            judged.verdict is not Verdict.UNJUDGED,
        )

    async def apply(self, project: str, rehearsal: str, say: Say) -> Took:
        """See Taking."""
        async with self.pool.connection() as connection:
            work = self._work(connection, say)
            await updating.sweep(work)
            before = await updates.runs(connection, project=project)
            of_it = [one for one in before if one.rehearsal == rehearsal and one.undoes is None]
            # One that was cut off has an end by now: it is not begun a second time.
            run = of_it[0] if of_it else None
            if run is None:
                found = await update_asks.find_rehearsal(connection, rehearsal)
                run = await updating.apply(work, found)
        return Took(project, run.number, run.state, run.verified, run.says or "")

    async def _worth_taking(self, connection: Connection, project: str) -> list[Wanted]:
        now, newest = self.clock.now(), await update_checks.newest(connection)
        if newest is None or not counts(newest.at, now, self.settings):
            since = "" if newest is None else f" since {newest.at:%Y-%m-%d %H:%M} UTC"
            raise CannotLook(
                f"nobody has looked for updates{since}",
                remedy="let a server look for them: [updates] every",
            )
        policy, places = policy_of(self.settings), folders(self.settings)
        kept = await update_checks.updates(connection, WantedUpdates(project=project))
        held = await update_watches.quarantined(connection, project)
        return [
            found.wanted
            for one in (each.update for each in kept)
            if one.package.ecosystem in _RAISED
            and all(waits_for_window(reason) for reason in one.held)
            and not why_held(held, one.package, one.version, one.where)
            and closed(one.package, policy, now) is None
            and (found := on_offer(one, places)) is not None
        ]

    def _work(self, connection: Connection, say: Say) -> Updating:
        projects = updated(self.settings)
        missing = [one.name for one in self.projects if one.name not in projects]
        if missing:
            raise NotFound(f"{missing[0]} is no [[project]]")
        return Updating(
            connection,
            self.rehearsing(say),
            projects,
            self.look,
            self.clock,
            ACTOR,
            say,
            policy_of(self.settings),
            came_out=self.came_out,
        )
