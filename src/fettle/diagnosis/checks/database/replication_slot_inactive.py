"""A replication slot holds back WAL that nobody reads.

Why it matters:  The server keeps all WAL since, until the disk is full and it stops; a slot that
    has lost its WAL leaves its consumer without a way to go on.
Verify:          Run replication_slot_inactive.sql; it is the query this check runs.
Cure:            Start the consumer again, or drop the slot if there is none any more. Set
    max_slot_wal_keep_size, so that a forgotten slot cannot fill the disk.
Ignore when:     The consumer is down for maintenance, and the disk has room until it is back.
Cannot see:      How much room the disk has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from fettle.model.sql import literal
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A gibibyte is 64 WAL files: an hour of a moderately busy server."""

    retained: Bytes = Bytes.parse("1 GiB")


@dataclass(frozen=True)
class Row:
    """A slot, and the WAL it retains."""

    slot: str
    type: str
    database: str | None
    active: bool
    wal_status: str
    retained: Bytes


@check(reads="replication_slot_inactive.sql", limits=Limits, cluster=True)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Critical for a slot that has lost its WAL, high for one that nobody reads."""
    for row in rows:
        if row.wal_status == "lost":
            yield _finding(row, Severity.CRITICAL, "has lost WAL that its consumer still needs")
        elif row.wal_status == "unreserved":
            yield _finding(row, Severity.HIGH, "is about to lose WAL that its consumer needs")
        elif not row.active and row.retained >= limits.retained:
            yield _finding(row, Severity.HIGH, f"holds back {row.retained} and nobody reads it")


def _finding(row: Row, severity: Severity, state: str) -> Finding:
    return Finding(
        row.slot,
        severity,
        f"the {row.type} slot {state}",
        metrics={"retained_bytes": int(row.retained)},
        evidence=({"slot": row.slot, "active": row.active, "wal_status": row.wal_status},),
        recommendations=(
            "Start its consumer again" if row.wal_status != "lost" else "Make its consumer anew",
            f"Or drop it: SELECT pg_drop_replication_slot({literal(row.slot)});",
        ),
        about=(things.slot(row.slot),),
        saturation=row.wal_status != "lost",
    )
