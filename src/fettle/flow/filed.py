"""Signals about watched targets arrive as others do, by a hook of their own."""

from collections.abc import Sequence
from datetime import datetime

from fettle.intake import checked, own
from fettle.model.signal import Signal
from fettle.store import deliveries
from fettle.store.deliveries import Arrived
from fettle.store.statements import Connection


async def file(connection: Connection, signals: Sequence[Signal], now: datetime) -> None:
    """File signals about watched targets, in the caller's transaction."""
    if signals:
        arrived = Arrived(now, checked.HOOK, own.VENDOR, {}, own.written(signals))
        await deliveries.keep(connection, [arrived])
