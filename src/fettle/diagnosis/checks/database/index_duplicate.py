"""Two indexes are the same.

Why it matters:  Every write keeps both up to date, and only one of them is ever needed.
Verify:          Run index_duplicate.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET drop_duplicate_index
Ignore when:     One of them is about to be renamed into the other's place.
Cannot see:      Indexes that are the same only for the queries you have.
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
    """An index that does nothing that `kept` does not; `constraint` is the one it stands behind."""

    index: Relation
    table: Relation
    kept: Relation
    size: Bytes
    constraint: str | None
    partitioned: bool


@check(reads="index_duplicate.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Report each index that has a twin which is to be kept."""
    for row in rows:
        yield Finding(
            row.index,
            Severity.MEDIUM,
            f"{row.size} on {row.table}, the same as {row.kept}",
            metrics={"size_bytes": int(row.size)},
            evidence=({"index": row.index, "same_as": row.kept, "table": row.table},),
            recommendations=(_cure(row),),
            fixes=() if row.constraint or row.partitioned else ("drop_duplicate_index",),
            about=(things.index(row.index),),
        )


def _cure(row: Row) -> str:
    if row.constraint:
        return (
            f"{row.kept} keeps the same rule: "
            f"ALTER TABLE {row.table} DROP CONSTRAINT {row.constraint};"
        )
    if row.partitioned:
        return f"Drop it when a short lock does no harm: DROP INDEX {row.index};"
    return f"Drop it: DROP INDEX CONCURRENTLY {row.index};"
