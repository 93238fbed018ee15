"""What is in the store at this moment, in figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.store import statements
from fettle.store.statements import Connection

_PATIENCE = "SET LOCAL statement_timeout = '3s'"


@dataclass(frozen=True)
class InStore:
    """The figures; `issues_open` are rows of severity, status, number.

    `runs_ended` are those of the last day. `timers_overdue` should have rung five seconds ago.
    """

    deliveries_waiting: int
    deliveries_dead: int
    errors_dead: int
    log_batches_dead: int
    delivery_waits_since: datetime | None
    issues_open: Sequence[tuple[int, str, int]]
    clocks_breached: Mapping[str, int]
    outbox_waiting: int
    outbox_failed: int
    outbox_due_since: datetime | None
    runs: Mapping[str, int]
    runs_ended: Mapping[str, int]
    timers_overdue: int
    workers: int


async def read(connection: Connection, now: datetime, lives_within: timedelta) -> InStore:
    """Read them, within three seconds."""
    async with connection.transaction():
        await connection.execute(_PATIENCE)
        (row,) = await statements.run_planned(connection, "figures", now=now, within=lives_within)
    return InStore(**{**row, "issues_open": [tuple(one) for one in row["issues_open"]]})
