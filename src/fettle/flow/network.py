"""One piece of trouble for many: our own network is gone, or is back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.intake import checked, network
from fettle.model.severity import Severity
from fettle.model.signal import Signal
from fettle.model.watched import Filed, Watched
from fettle.store import watched
from fettle.store.statements import Connection
from fettle.store.watched import Read

_LATELY = timedelta(minutes=2)


async def judge(
    connection: Connection, on: str | None, before: Read, now: datetime, *, away: bool
) -> Sequence[Signal]:
    """Keep that the network of a look's workers is gone, or is back; return what says so, if any.

    `before` is what was known of the look's target, `away` whether it gave no answer. Any look ends
    what has gone: those that had no answer may be watched no more. The caller is in a transaction,
    in which the look was kept.
    """
    told = any(map(checked.is_unanswered, before.watched.firing))
    known = await watched.read(connection, network.name(on))
    filed = known.watched.firing.get(network.KEY)
    if not (away or told or before.away_at or filed):
        return ()
    # what answered before this one did not says nothing of the trouble that began since
    since = before.away_at or now if away and filed is None else now - _LATELY
    found = await watched.away(connection, on, since, checked.UNANSWERED)
    gone = network.is_gone(found.looked_at, len(found.away), already=filed is not None)
    if filed is None and gone:
        signal = network.began(on, found.looked_at, found.away)
        kept = Watched({network.KEY: Filed(signal.title, Severity.HIGH, now)})
    elif filed is not None and not gone and not found.answering:
        signal, kept = network.ended(on, filed.title), replace(known.watched, firing={})
    else:
        return ()
    of = network.name(on), network.KEY
    written = await watched.write(connection, of, kept, known.version, now)
    return () if written is None else (signal,)
