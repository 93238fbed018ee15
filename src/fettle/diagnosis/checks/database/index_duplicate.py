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
    """An index that does nothing that `kept` does not; `leant_on` by a constraint and the like."""

    index: Relation
    table: Relation
    kept: Relation
    size: Bytes
    leant_on: bool
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
            fixes=() if row.leant_on or row.partitioned else ("drop_duplicate_index",),
            about=(things.index(row.index),),
        )


def _cure(row: Row) -> str:
    if row.leant_on:
        return (
            f"A constraint stands on each of {row.index} and {row.kept}: drop one of the "
            "constraints, the index goes with it"
        )
    concurrently = "" if row.partitioned else "CONCURRENTLY "
    return f"Drop one of the two: DROP INDEX {concurrently}{row.index};"
