"""A statement has been running for long.

Why it matters:  It takes a core or the disk from the others, and holds its locks until it ends.
Verify:          Run long_query.sql; it is the query this check runs.
Cure:            Look at its plan with EXPLAIN; fettle fix plan TARGET cancel_query ends it.
Ignore when:     It is a report, an index build or a maintenance job that is known to take long.
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
    """A web request is given up after a minute at most; five minutes are the guide's."""

    medium: timedelta = timedelta(seconds=60)
    high: timedelta = timedelta(seconds=300)


@dataclass(frozen=True)
class Row(sessions.Session):
    """A session at a statement."""

    running: timedelta
    waits_for: str | None
    query: str


@check(reads="long_query.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade by how long it has been running."""
    for found in sessions.too_long(
        rows, lambda row: row.running, medium=limits.medium, high=limits.high
    ):
        yield _finding(*found)


def _finding(name: str, group: Sequence[Row], severity: Severity) -> Finding:
    first = group[0]
    return Finding(
        name,
        severity,
        f"pid {first.pid} has been running a statement for {say_duration(first.running)}"
        f"{sessions.others(group)}: {sessions.shown(first.query)}",
        metrics={
            "running_s": round(first.running.total_seconds(), 1),
            "sessions_count": len(group),
        },
        evidence=tuple(
            {
                "pid": row.pid,
                "running_s": round(row.running.total_seconds(), 1),
                "waits_for": row.waits_for,
                "statement": sessions.shown(row.query),
            }
            for row in group
        ),
        recommendations=(f"Cancel it: SELECT pg_cancel_backend({first.pid});",),
        fixes=("cancel_query",),
        about=tuple(things.session(row.pid) for row in group),
        names=sessions.names(group),
        pids=tuple(row.pid for row in group),
    )
