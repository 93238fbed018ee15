"""Which known error new issues are, found out beside their life.

1. Who opens or reopens an issue asks, in the same transaction, with what it was told with. A run of
   the engine takes all who have asked before it began: many issues at once cost one run.
2. Only what is answered for sure is acted on. The line in the timeline, what is known, and the
   remedies that begin or wait become true together, and once. Who is told what was known already
   has no second line.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.flow import solving
from fettle.flow.inquire import New
from fettle.flow.solving import ACTOR, Solver
from fettle.model.issue import Entry
from fettle.model.known_error import ErrorMatch, Recognised
from fettle.model.quantity import say_share
from fettle.model.run import Json
from fettle.model.signal import Signal
from fettle.store import issues, remedies
from fettle.store.pool import Pool
from fettle.store.remedies import Recognition, Told
from fettle.store.statements import Connection

RUN = "recognise"
_LONGEST = 20_000  # characters that are kept of what an issue was told with
_PART = 50


@dataclass(frozen=True)
class Recognising:
    """Who asks, and the run that answers, to be registered in the engine."""

    pool: Pool
    solver: Solver

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {RUN: self._run}

    async def _run(self, run: Run, _: Json) -> Json:
        upto = await run.step("begin", self._begin)
        if upto is None:
            return {"issues": 0}
        return await run.step("recognise", self._recognise, upto, retries=3)

    async def _begin(self) -> str | None:
        """Return up to when was asked; who asks from now on has another run begin."""
        async with self.pool.connection() as connection, connection.transaction():
            await remedies.lock_asking(connection)
            upto = await remedies.newest_waiting(connection)
        return None if upto is None else upto.isoformat()

    async def _recognise(self, upto: str) -> Json:
        before, number = datetime.fromisoformat(upto), 0
        while part := await self._part(before):
            number += part
        return {"issues": number}

    async def _part(self, upto: datetime) -> int:
        async with self.pool.connection() as connection:
            waiting = await remedies.waiting(connection, upto, _PART)
        await self.solver.cures.look()
        recognise = self.solver.cures.read().recognise
        # a long text takes a tenth of a second, and others go on meanwhile
        found = [(one, await asyncio.to_thread(recognise, one.text)) for one in waiting]
        for one, recognised in found:
            async with self.pool.connection() as connection, connection.transaction():
                await keep(connection, self.solver, one, recognised, upto)
        return len(waiting)


async def about(
    connection: Connection, new: Sequence[New], now: datetime, *, solver: Solver
) -> None:
    """Ask which errors new issues are, in the caller's transaction."""
    await remedies.lock_asking(connection)
    idle = not await remedies.queued(connection, RUN)
    await remedies.ask(connection, [Told(one.issue, text_of(one.signal)) for one in new], now)
    if idle:
        await solver.engine.start(connection, RUN, None, kind=RUN)


def text_of(signal: Signal) -> str:
    """Return what an issue's error is told by."""
    title = "" if signal.text.startswith(signal.title) else signal.title
    told = (title, signal.text, *signal.symptoms)
    return "\n".join(part for part in told if part)[:_LONGEST]


async def at_once(
    connection: Connection, solver: Solver, told: Told, now: datetime
) -> Recognition | None:
    """Recognise an issue's error now, because somebody waits for it."""
    await remedies.ask(connection, [told], now)
    return await keep(connection, solver, told, solver.cures.read().recognise(told.text), now)


async def keep(
    connection: Connection, solver: Solver, told: Told, found: Recognised, upto: datetime
) -> Recognition | None:
    """Keep which error an issue is, and let what may begin do so; None when it was done before."""
    now = solver.desk.clock.now()
    issue = await issues.to_change(connection, told.issue)
    first = found.matches[0] if found.matches else None
    known = recognition_of(told, found, now)
    if not await remedies.recognised(connection, [known], upto, now):
        return None
    if first is not None and found.answered and issue.status.is_live:
        said = await issues.entries_of(connection, told.issue, ["recognised"])
        if not said or said[-1].detail.get("error") != first.known.id:
            entry = Entry("recognised", ACTOR, now, _said(first), {"error": first.known.id})
            await issues.write_entries(connection, [(told.issue, entry)])
        await solving.consider(connection, solver, issue, known)
    return known


def recognition_of(told: Told, found: Recognised, at: datetime | None) -> Recognition:
    """Return what was recognised, as it is kept."""
    return Recognition(
        told.issue,
        told.text,
        found.matches[0].known.id if found.matches else None,
        found.answered,
        [_match(one) for one in found.matches],
        at,
    )


def _match(match: ErrorMatch) -> dict[str, object]:
    return {
        "class": match.known.id,
        "confidence": match.confidence,
        "evidence": list(match.evidence),
    }


def _said(match: ErrorMatch) -> str:
    return f"{match.known.title} ({match.known.id}, {say_share(match.confidence)} sure)"
