"""A transaction has been open for long.

Why it matters:  It holds every lock it took, and vacuum cannot remove what has died since it
    began, in any table.
Verify:          Run long_transaction.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET cancel_query; then make it commit in smaller parts.
Ignore when:     It is a migration or a report that is known to take long.
Cannot see:      How far it has come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.diagnosis import sessions
from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """No request lasts five minutes; in an hour a busy server leaves millions of dead rows.

    Who has been idle in it for as long as `idle` is reported by idle_in_transaction.
    """

    medium: timedelta = timedelta(seconds=300)
    high: timedelta = timedelta(seconds=3600)
    idle: timedelta = timedelta(seconds=300)


@dataclass(frozen=True)
class Row(sessions.Session):
    """A session in a transaction; `holds_back` counts transactions since."""

    lasting: timedelta
    idle: timedelta | None
    state: str | None
    query: str
    holds_back: int


@check(reads="long_transaction.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade by how long it has been open."""
    at_work = [row for row in rows if row.idle is None or row.idle < limits.idle]
    for found in sessions.too_long(
        at_work, lambda row: row.lasting, medium=limits.medium, high=limits.high
    ):
        yield _finding(*found)


def _finding(name: str, group: Sequence[Row], severity: Severity) -> Finding:
    first = group[0]
    return Finding(
        name,
        severity,
        f"pid {first.pid} has had its transaction open for {say_duration(first.lasting)}, and is "
        f"{first.state}{sessions.others(group)}",
        metrics={
            "lasting_s": round(first.lasting.total_seconds(), 1),
            "sessions_count": len(group),
            "holds_back_count": first.holds_back,
        },
        evidence=tuple(
            {
                "pid": row.pid,
                "lasting_s": round(row.lasting.total_seconds(), 1),
                "statement": sessions.shown(row.query),
            }
            for row in group
        ),
        recommendations=(f"Cancel its statement: SELECT pg_cancel_backend({first.pid});",),
        fixes=("cancel_query",) if first.state == "active" else ("terminate_session",),
        about=tuple(things.session(row.pid) for row in group),
        names=sessions.names(group),
        pids=tuple(row.pid for row in group),
    )
