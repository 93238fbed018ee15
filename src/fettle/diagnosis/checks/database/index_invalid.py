"""An index is invalid.

Why it matters:  No query uses it; while it is ready, every write still pays for it, and a unique
    one still rejects rows.
Verify:          Run index_invalid.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET repair_invalid_index
Ignore when:     A build is under way that this role cannot see.
Cannot see:      Why the build failed; a unique one mostly fails on rows that are there twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """An invalid index; `maintained` says that writes still keep it up to date."""

    index: Relation
    table: Relation
    maintained: bool
    is_unique: bool
    size: Bytes


@check(reads="index_invalid.sql", limits=NoLimits, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """High while every write pays for it; low for debris that costs only its room."""
    for row in rows:
        state = "still kept up to date by every write" if row.maintained else "debris of a build"
        cure = (
            f"Rebuild it: REINDEX INDEX CONCURRENTLY {row.index};"
            if row.maintained
            else f"Drop it, and build it again: DROP INDEX CONCURRENTLY {row.index};"
        )
        rule = ("It is unique: look for rows that are there twice first",) * row.is_unique
        yield Finding(
            row.index,
            Severity.HIGH if row.maintained else Severity.LOW,
            f"on {row.table}, {row.size}, {state}, and used by no query",
            metrics={"size_bytes": int(row.size)},
            evidence=({"index": row.index, "table": row.table, "maintained": row.maintained},),
            recommendations=(*rule, cure),
            fixes=("repair_invalid_index",),
            about=(things.index(row.index),),
        )
