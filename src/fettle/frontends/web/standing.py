"""How a database stood when it was looked at: its pool, locks and slow statements, a line each.

It is read from the listings that every look has, healthy or not (diagnosis.listings).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from fettle.model.quantity import say_count, say_duration

Rows = Sequence[Mapping[str, Any]]


def of_look(document: Mapping[str, Any] | None) -> Sequence[tuple[str, str]]:
    """Return what a look's listings tell; of one that could not be read, why."""
    listings = {} if document is None else {one["name"]: one for one in document["queries"]}
    return [
        (title, _said(listings[name], say))
        for name, (title, say) in _LINES.items()
        if name in listings
    ]


def _said(listing: Mapping[str, Any], say: Callable[[Rows], str]) -> str:
    rows, note = listing["rows"], listing["note"]
    return f"not known: {note}" if note and not rows else say(rows)


def _pool(rows: Rows) -> str:
    (row,) = rows
    used = f"{row['total_connections']} of {row['max_connections']} connections in use"
    idle = f"{row['idle_in_transaction']} idle in a transaction"
    return f"{used}, {row['active_connections']} active, {idle}"


def _locks(rows: Rows) -> str:
    if not rows:
        return "nobody waits for one"
    waiting = len({row["blocked_pid"] for row in rows})
    longest = _seconds(max(row["waited"] or 0 for row in rows))
    verb = "waits" if waiting == 1 else "wait"
    return f"{say_count(waiting, 'session')} {verb}, {longest} at most"


def _running(rows: Rows) -> str:
    if not rows:
        return "no statement for more than 5 minutes"
    longest = _seconds(max(row["duration"] or 0 for row in rows))
    return f"{say_count(len(rows), 'statement')} for more than 5 minutes, {longest} at most"


def _slow(rows: Rows) -> str:
    if not rows:
        return "no statement usually takes more than a second"
    worst = max(rows, key=lambda row: row["mean_ms"])
    return f"usually {_seconds(worst['mean_ms'] / 1000)}: {worst['query']}"


def _seconds(number: float) -> str:
    return say_duration(timedelta(seconds=number))


_LINES: Mapping[str, tuple[str, Callable[[Rows], str]]] = {
    "active_connections": ("Pool", _pool),
    "blocking_queries": ("Locks", _locks),
    "long_running_queries": ("Running", _running),
    "slow_queries": ("Slow", _slow),
}
