"""Runs of fixes and their journals, as a worker of the engine keeps them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fettle.model.fix import CutOff, FixRun
from fettle.store import fixes, statements
from fettle.store.failures import told
from fettle.store.pool import Pool
from fettle.store.statements import Connection

Json = Mapping[str, Any]

_ACTS = ("statement", "recovery")


class Overtaken(Exception):
    """Another worker has the run by now: who raised this does nothing more."""


@asynccontextmanager
async def _connected(pool: Pool) -> AsyncIterator[Connection]:
    """Connect to the store; what it refuses rises as StoreError."""
    with told():
        async with pool.connection() as connection:
            yield connection


@dataclass(frozen=True)
class Records:
    """Runs and their journals, as a worker keeps them; implements resolution.mend.Records.

    `fence` is that under which the worker took the engine's run. Nothing is about to be done, and
    no end is kept, once another worker has it: so one that was frozen acts no more.
    """

    pool: Pool
    fence: int

    async def begin_run(self, run: FixRun, steps: Json, undo: Json | None) -> FixRun:
        """See store.fixes.begin_run."""
        async with _connected(self.pool) as connection:
            return await fixes.begin_run(connection, run, steps, undo)

    async def leave_unsure(self, target: str, subject: str) -> None:
        """See store.fixes.leave_unsure."""
        async with _connected(self.pool) as connection:
            await fixes.leave_unsure(connection, target, subject)

    async def end_run(self, run: FixRun) -> None:
        """See store.fixes.end_run."""
        async with _connected(self.pool) as connection:
            await fixes.end_run(connection, run, self.fence)

    async def find_run(self, run: str) -> tuple[FixRun, Json | None]:
        """See store.fixes.find_run."""
        async with _connected(self.pool) as connection:
            return await fixes.find_run(connection, run)

    async def cut_off(self, run: str) -> CutOff:
        """See store.fixes.cut_off."""
        async with _connected(self.pool) as connection:
            return await fixes.cut_off(connection, run)

    def journal(self, run: FixRun) -> "FencedJournal":
        """Return the journal of a run."""
        return FencedJournal(self.pool, run.id, self.fence)


@dataclass(frozen=True)
class FencedJournal:
    """The journal of one run; implements model.ports.Journal."""

    pool: Pool
    run: str
    fence: int

    async def write(self, event: str, detail: Json) -> None:
        """Append an entry; it is on disk when this returns. Raises Overtaken before an act."""
        async with _connected(self.pool) as connection:
            if event not in _ACTS:
                await fixes.write_journal(connection, self.run, event, detail)
                return
            written = await statements.run(
                connection,
                "fixes/write_act",
                run=self.run,
                event=event,
                detail=statements.json(detail),
                fence=self.fence,
            )
        if not written:
            raise Overtaken(f"another worker has run {self.run}")
