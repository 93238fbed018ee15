"""A standby is behind.

Why it matters:  Reads from it are old, and what it has not received is lost if the primary is.
Verify:          Run replication_lag.sql; it is the query this check runs.
Cure:            Look at the network between them, at the standby's disk, and for queries on it
    that hold up replay (max_standby_streaming_delay).
Ignore when:     It is delayed on purpose (recovery_min_apply_delay).
Cannot see:      Standbys that are not connected; their slots show in replication_slot_inactive.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Evidence, Finding, Verdict
from fettle.model.quantity import Bytes, say_duration
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Half a minute shows to users who read what they wrote; five minutes is a lost standby."""

    medium: timedelta = timedelta(seconds=30)
    high: timedelta = timedelta(seconds=300)
    behind: Bytes = Bytes.parse("1 GiB")


@dataclass(frozen=True)
class Row:
    """A standby or subscriber; `lag` is unknown while it has nothing to do.

    `cut_off` says of this very server that it receives nothing from its primary.
    """

    name: str
    state: str | None
    lag: timedelta | None
    behind: Bytes | None
    cut_off: bool


@check(reads="replication_lag.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade by time, and by the WAL that is still to be replayed; cut off is never well."""
    for row in rows:
        lag = row.lag or timedelta()
        behind = row.behind or Bytes(0)
        severity = graded(lag, medium=limits.medium, high=limits.high)
        if behind >= limits.behind:
            severity = Severity.HIGH
        if row.cut_off:
            severity = max(severity or Severity.MEDIUM, Severity.MEDIUM)
        if severity is not None:
            yield Finding(
                row.name,
                severity,
                _said(row, behind),
                metrics={"lag_s": round(lag.total_seconds(), 1), "behind_bytes": int(behind)},
                evidence=(_evidence(row, behind),),
                recommendations=(_cure(row),),
                saturation=not row.cut_off,
            )


def _evidence(row: Row, behind: Bytes) -> Evidence:
    if row.cut_off:
        return {"name": row.name, "state": "cut off"}
    return {"name": row.name, "state": row.state, "behind": str(behind)}


def _said(row: Row, behind: Bytes) -> str:
    if row.cut_off:
        since = f"is {say_duration(row.lag)} old" if row.lag else "is from before it was started"
        return f"it receives nothing from its primary; the last transaction that it has {since}"
    return f"{say_duration(row.lag or timedelta())} and {behind} behind, {row.state}"


def _cure(row: Row) -> str:
    if row.cut_off:
        return (
            "See whether its primary runs, and what the standby's log says: SHOW primary_conninfo;"
        )
    return f"On {row.name}: look for long queries, and at its disk and network"
