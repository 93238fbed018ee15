"""A prepared transaction was left behind.

Why it matters:  It keeps its locks and holds vacuum back, over restarts too, until somebody
    commits it or rolls it back; no session shows it.
Verify:          Run prepared_transaction_stale.sql; it is the query this check runs.
Cure:            Ask the transaction manager that prepared it; if it is gone, ROLLBACK PREPARED.
Ignore when:     Its transaction manager is at work on it.
Cannot see:      Whether its other halves, on other servers, were committed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity, graded
from fettle.model.sql import literal
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Two-phase commit takes seconds; after an hour its manager has lost it."""

    medium: timedelta = timedelta(seconds=300)
    critical: timedelta = timedelta(seconds=3600)


@dataclass(frozen=True)
class Row:
    """A prepared transaction; `age` counts the transactions since."""

    gid: str
    database: str
    owner: str
    waiting: timedelta
    age: int


@check(reads="prepared_transaction_stale.sql", limits=Limits, cluster=True)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade by how long ago it was prepared."""
    for row in rows:
        severity = graded(row.waiting, medium=limits.medium, critical=limits.critical)
        if severity is not None:
            yield _finding(row, severity)


def _finding(row: Row, severity: Severity) -> Finding:
    who = f"In database {row.database}, as {row.owner} or a superuser"
    return Finding(
        row.gid,
        severity,
        f"prepared by {row.owner} in {row.database} {say_duration(row.waiting)} ago",
        metrics={"waiting_s": round(row.waiting.total_seconds(), 1), "age_count": row.age},
        evidence=({"gid": row.gid, "database": row.database, "owner": row.owner},),
        recommendations=(f"{who}: ROLLBACK PREPARED {literal(row.gid)}; -- or COMMIT PREPARED",),
        about=(things.prepared(row.gid),),
    )
