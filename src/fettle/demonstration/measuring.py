"""What looks at the shop have measured, as they would have been kept."""

from datetime import datetime, timedelta
from pathlib import Path

from fettle.demonstration.teller import Teller
from fettle.store import partitions

_SQL = Path(__file__).with_name("measured.sql").read_bytes()


async def measure(teller: Teller, trouble: datetime) -> None:
    """Let the last 30 days have been looked at; `trouble` is when checkout went down."""
    now = teller.clock.now()
    async with teller.serving.pool.connection() as connection, connection.transaction():
        await partitions.cover(connection, now - timedelta(days=31), now + timedelta(days=14))
        await connection.execute(_SQL, {"now": now, "trouble": trouble})
