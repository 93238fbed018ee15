"""What is there already, recognised anew when people write of errors.

Beside everything else, in parts, and bounded: the bugs of applications that were seen last, and of
the issues that go on those that nobody knew or that a page told. Where the answer is another one,
an issue goes on as if it were new: what may begin by itself does, within its bounds.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.flow import digest, recognise
from fettle.flow import error_news as told
from fettle.flow.digest import near
from fettle.flow.knowing import Knowing
from fettle.flow.solving import Solver
from fettle.flow.source_maps import Readable
from fettle.model.error_event import ErrorEvent
from fettle.model.known_error import Recognised
from fettle.model.run import Json
from fettle.store import known_errors, remedies
from fettle.store.known_errors import LatestError, LatestIssue
from fettle.store.pool import Pool
from fettle.store.remedies import Told
from fettle.store.statements import Connection

RUN = "recognise again"
_MOST_ERRORS = 2_000
_MOST_ISSUES = 500
_PART = 25


@dataclass(frozen=True)
class RecognisingAgain:
    """Who recognises anew, and the run of it, to be registered in the engine."""

    pool: Pool
    solver: Solver
    knowing: Knowing

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {RUN: self._run}

    async def _run(self, run: Run, _: Json) -> Json:
        errors = await run.step("errors", self._errors, retries=3)
        return {"errors": errors, "issues": await run.step("issues", self._issues, retries=3)}

    async def _errors(self) -> int:
        """Recognise the latest bugs anew; return of how many the answer is another one."""
        async with self.pool.connection() as connection, connection.transaction():
            await remedies.lock_asking(connection)  # who has relied on this run is done
            await digest.stop(connection)  # and who digests with what was known before
        await self.knowing.look()
        after: LatestError | None = None
        changed = 0
        for _ in range(_MOST_ERRORS // _PART):
            async with self.pool.connection() as connection:
                found = await latest(connection, self.solver, after, _PART)
            changed += await self._keep(found)
            if len(found) < _PART:
                break
            after = found[-1]
        return changed

    async def _keep(self, found: list[LatestError]) -> int:
        new = {}
        for one in found:
            if one.event is None:
                continue
            known = near(await self._recognised(one.event))
            if tuple(known) != one.known:
                new[one.id] = known
        if new:
            async with self.pool.connection() as connection, connection.transaction():
                await known_errors.keep_near(connection, new)
        return len(new)

    async def _recognised(self, event: ErrorEvent) -> Recognised:
        recogniser = self.solver.cures.read()
        return await asyncio.to_thread(recogniser.recognise, *told.as_told(event))

    async def _issues(self) -> int:
        """Recognise issues that go on anew; return of how many the answer is another one."""
        await self.knowing.look()
        async with self.pool.connection() as connection:
            written = await known_errors.listed(connection)
            found = await known_errors.latest_issues(connection, _MOST_ISSUES, live=True)
        asked = [one for one in found if not one.answered or one.known in written]
        return sum([await self._told_anew(one) for one in asked])

    async def _told_anew(self, issue: LatestIssue) -> bool:
        recogniser = self.solver.cures.read()
        found = await asyncio.to_thread(recogniser.recognise, issue.text)
        first = found.matches[0].known.id if found.matches else None
        if found.answered == issue.answered and (first == issue.known or not found.answered):
            return False
        now = self.solver.desk.clock.now()
        async with self.pool.connection() as connection, connection.transaction():
            asked = Told(issue.number, issue.text)
            await remedies.ask(connection, [asked], now)
            await recognise.keep(connection, self.solver, asked, found, now)
        return True


async def latest(
    connection: Connection, solver: Solver, after: LatestError | None, limit: int
) -> list[LatestError]:
    """Return the bugs that were seen last, with the stacks that people wrote."""
    found = await known_errors.latest_errors(connection, after, limit)
    kept = [(one.project, one.event) for one in found if one.event is not None]
    events = iter(await Readable().all(connection, kept, solver.desk.clock.now()))
    return [one if one.event is None else replace(one, event=next(events)) for one in found]


async def begin(connection: Connection, solver: Solver) -> None:
    """Let it begin once the transaction is kept; one run that waits is enough for all changes."""
    await remedies.lock_asking(connection)
    if not await remedies.queued(connection, RUN):
        await solver.engine.start(connection, RUN, None, kind=RUN)
