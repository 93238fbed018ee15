"""Traces in logs: kept as errors of the project that is called as the log is.

They are kept in the transaction that keeps the lines around them: both are there, or neither is.
"""

from collections import Counter
from datetime import datetime

from fettle.intake.logs import news
from fettle.intake.logs.errors import Happened
from fettle.store import access, deliveries, errors
from fettle.store.deliveries import Counted
from fettle.store.statements import Connection

_TOO_MANY = "traces: more than [errors] rate of them"


async def keep(connection: Connection, log: str, happened: Happened, now: datetime) -> None:
    """Keep the errors of a log, in the caller's transaction."""
    if happened.events:
        project = await access.keep_project(connection, log)
        await errors.keep(
            connection, [errors.happened(project.id, now, event) for event in happened.events]
        )
    if happened.dropped:
        dropped = Counted(log, news.VENDOR, "dropped", _TOO_MANY)
        await deliveries.count(connection, Counter({dropped: happened.dropped}))
