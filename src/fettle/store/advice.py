"""When a language model may be asked, and whether what came of it was written down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fettle.model.advice import Wording
from fettle.store import statements
from fettle.store.statements import Connection

_SPAN = timedelta(minutes=1)
_REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Wish:
    """To ask about an issue, not before `earliest`, and not at all after `latest`."""

    run: UUID
    attempt: int
    issue: int
    earliest: datetime
    latest: datetime


async def reserve(connection: Connection, wish: Wish, most: int) -> datetime | None:
    """Return when to ask, so that it is asked at most so often a minute; None: not at all.

    A wish that was made before is answered as it was. The caller is in a transaction.
    """
    await statements.run(connection, "advice/lock")
    await statements.run(
        connection,
        "advice/reserve",
        run=wish.run,
        attempt=wish.attempt,
        issue=wish.issue,
        earliest=wish.earliest,
        latest=wish.latest,
        span=_SPAN,
        most=most,
    )
    (row,) = await statements.run(connection, "advice/reserved", run=wish.run, attempt=wish.attempt)
    moment: datetime | None = row["ask_at"]
    return moment


async def take(connection: Connection, run: UUID, now: datetime) -> bool:
    """Say that what came of a run is written down; False when it was already.

    True once, in the transaction in which it is.
    """
    taken = await statements.run(connection, "advice/take", run=run, now=now)
    await statements.run(connection, "advice/forget", before=now - _REMEMBERED)
    return bool(taken)


async def waiting(connection: Connection) -> int:
    """Return how many issues wait to be asked about."""
    (row,) = await statements.run(connection, "advice/waiting")
    return int(row["waiting"])


async def being_worded(connection: Connection, issue: int) -> set[Wording]:
    """Return what of an issue the model is asked to put into words, and has not yet."""
    rows = await statements.run(connection, "advice/being_worded", issue=issue)
    return {Wording(row["wording"]) for row in rows}
