"""Take what waits, in its order, by groups: one takes at a time, whoever it is.

1. What a group comes to is kept in one transaction with its being taken; who dies in the middle has
   done nothing, and the next one begins again.
2. What brings its group down, by a mistake of ours, is found by taking them one by one, and dies
   alone, with the reason. While the store is away nothing dies of it.
3. However long it is reckoned what a group comes to, its transaction stays: as long as the process
   lives.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from fettle.engine.ledger import is_away
from fettle.store.pool import SIGN_S, Pool, thinking
from fettle.store.statements import Connection

_log = logging.getLogger(__name__)


class Numbered(Protocol):
    """Something that waits, under the id by which it is kept."""

    @property
    def id(self) -> int:
        """The id."""


One = TypeVar("One", bound=Numbered)


@dataclass(frozen=True)
class Turn(Generic[One]):
    """Takes a group, in its turn.

    `lock` is the number of the advisory lock of who takes, and `what` they are for the log. Each
    is called in a transaction: `waiting` returns the next group, `take` takes some of it, and
    `bury` keeps what one has died of. Signs of life are given every `sign_s` meanwhile.
    """

    lock: int
    what: str
    waiting: Callable[[Connection], Awaitable[Sequence[One]]]
    take: Callable[[Connection, Sequence[One]], Awaitable[None]]
    bury: Callable[[Connection, One, Exception], Awaitable[None]]
    sign_s: float = SIGN_S

    async def run(self, pool: Pool) -> int:
        """Take a group of what waits; return how many were taken up."""
        async with pool.connection() as connection:
            try:
                return await self._together(connection)
            except Exception as mistake:
                # the boundary: what brought the group down is found
                if is_away(mistake):
                    raise
                _log.exception("a group of %s was not taken; they are taken one by one", self.what)
                return await self._one_by_one(connection)

    async def _together(self, connection: Connection) -> int:
        async with connection.transaction(), thinking(connection, self.sign_s):
            group = await self._next(connection)
            if group:
                await self.take(connection, group)
        return len(group)

    async def _one_by_one(self, connection: Connection) -> int:
        async with connection.transaction(), thinking(connection, self.sign_s):
            group = await self._next(connection)
            for one in group:
                try:
                    async with connection.transaction():
                        await self.take(connection, [one])
                except Exception as mistake:  # the boundary
                    if is_away(mistake):
                        raise
                    _log.exception("number %s of the %s was not taken", one.id, self.what)
                    await self.bury(connection, one, mistake)
        return len(group)

    async def _next(self, connection: Connection) -> Sequence[One]:
        return await self.waiting(connection) if await alone(connection, self.lock) else []


async def alone(connection: Connection, lock: int) -> bool:
    """Whether nobody else takes what this lock is for, before the transaction ends."""
    cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (lock,))
    row = await cursor.fetchone()
    return row is not None and bool(row[0])
