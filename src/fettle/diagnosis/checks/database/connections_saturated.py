"""The server is running out of connections.

Why it matters:  When the last is taken, every new request fails with "too many clients".
Verify:          Run connections_saturated.sql; it is the query this check runs.
Cure:            Put a pool before the server, or shrink the pools there are: together they must
    stay below the usable connections. fettle fix plan TARGET high-connection-usage ends forgotten
    sessions.
Ignore when:     The pools are sized to take nearly all, and nobody else connects.
Cannot see:      How many requests wait in the applications' own pools.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import Ratio
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """At 80 % a pool that grows has little room; at 95 % one deployment takes the rest."""

    high: Ratio = Ratio(0.80)
    critical: Ratio = Ratio(0.95)


@dataclass(frozen=True)
class Row:
    """The sessions of one user, database and application; `usable` is the server's."""

    user: str
    database: str | None
    application: str | None
    total: int
    active: int
    idle: int
    idle_in_transaction: int
    maximum: int
    usable: int


@check(reads="connections_saturated.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade by the share of the usable connections that is taken."""
    total = sum(row.total for row in rows)
    used = Ratio(total / max(1, rows[0].usable))
    yield Measurement("connections_total", total)
    yield Measurement("connections_active", sum(row.active for row in rows))
    yield Measurement("connections_idle", sum(row.idle for row in rows))
    in_transaction = sum(row.idle_in_transaction for row in rows)
    yield Measurement("connections_idle_in_transaction", in_transaction)
    yield Measurement("connections_max", rows[0].maximum)
    yield Measurement("connections_used_ratio", round(used, 4))
    severity = graded(used, high=limits.high, critical=limits.critical)
    if severity is not None:
        yield _finding([row for row in rows if row.total], total, used, severity)


def _finding(rows: Sequence[Row], total: int, used: Ratio, severity: Severity) -> Finding:
    idle = sum(row.idle for row in rows)
    largest = things.session_name(rows[0].user, rows[0].database, rows[0].application)
    return Finding(
        "max_connections",
        severity,
        f"{total} of {rows[0].usable} usable connections are taken, {used}; {idle} of them idle; "
        f"{largest} has {rows[0].total}",
        metrics={"connections_count": total, "used_ratio": round(used, 4), "idle_count": idle},
        evidence=tuple(
            {
                "user": row.user,
                "database": row.database,
                "application": row.application,
                "total": row.total,
                "active": row.active,
                "idle": row.idle,
                "idle_in_transaction": row.idle_in_transaction,
            }
            for row in rows
        ),
        recommendations=(
            f"Lower the pool of {largest}, or put PgBouncer before the server",
            "Raise max_connections only with the memory for it: each takes work_mem and more",
        ),
        fixes=("terminate_idle_sessions",),
        saturation=True,
    )
