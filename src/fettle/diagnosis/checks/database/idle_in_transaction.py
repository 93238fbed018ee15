"""A session is idle inside a transaction.

Why it matters:  Its locks stay, and whoever needs them waits; and vacuum cannot remove what has
    died since.
Verify:          Run idle_in_transaction.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET terminate_session, and so that it does not come back,
    fettle fix plan TARGET set_role_timeout
Ignore when:     A person works in it, and holds nobody up.
Cannot see:      What the client is waiting for: mostly a call to another service, made while the
    transaction is open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.diagnosis import sessions
from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity, graded
from fettle.model.sql import identifier
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A minute is longer than any request, and long enough for people to notice.

    Alone, five minutes are a forgotten COMMIT, and half an hour of dead rows is bloat.
    """

    blocking: timedelta = timedelta(seconds=60)
    medium: timedelta = timedelta(seconds=300)
    high: timedelta = timedelta(seconds=1800)


@dataclass(frozen=True)
class Row(sessions.Session):
    """An idle session, and how many others it holds up."""

    idle: timedelta
    lasting: timedelta | None
    query: str
    holds_up: int


@check(reads="idle_in_transaction.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Critical when it holds others up, else by how long it has been idle."""
    graded_rows = [(row, severity) for row in rows if (severity := _severity(row, limits))]
    for name, group in sessions.by_name([row for row, _ in graded_rows]).items():
        worst = max(severity for row, severity in graded_rows if row.name == name)
        yield _finding(name, group, worst)


def _severity(row: Row, limits: Limits) -> Severity | None:
    if row.holds_up and row.idle >= limits.blocking:
        return Severity.CRITICAL
    return graded(row.idle, medium=limits.medium, high=limits.high)


def _finding(name: str, group: Sequence[Row], severity: Severity) -> Finding:
    first = group[0]
    holds_up = sum(row.holds_up for row in group)
    effect = f", and {holds_up} sessions wait behind it" if holds_up else ""
    return Finding(
        name,
        severity,
        f"pid {first.pid} has been idle in its transaction for {say_duration(first.idle)}{effect}"
        f"{sessions.others(group)}",
        metrics={
            "idle_s": round(first.idle.total_seconds(), 1),
            "sessions_count": len(group),
            "held_up_count": holds_up,
        },
        evidence=tuple(
            {
                "pid": row.pid,
                "idle_s": round(row.idle.total_seconds(), 1),
                "holds_up": row.holds_up,
                "last_statement": sessions.shown(row.query),
            }
            for row in group
        ),
        recommendations=(
            f"End it: SELECT pg_terminate_backend({first.pid});",
            f"Let the server do so from now on: {_timeout(first)}",
        ),
        fixes=("terminate_session", "set_role_timeout"),
        about=tuple(things.session(row.pid) for row in group),
        names=sessions.names(group),
        pids=tuple(row.pid for row in group),
    )


def _timeout(row: Row) -> str:
    role = identifier(row.user or "")
    return f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '5min';"
