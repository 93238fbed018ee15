"""An index is the beginning of a longer one.

Why it matters:  The longer index serves the shorter one's queries; every write keeps both.
Verify:          Run index_redundant.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET drop_redundant_index, where anybody reads the longer one.
Ignore when:     The longer one is much larger, and the shorter one's queries are the busiest.
Cannot see:      That the shorter index stays in the cache where the longer one does not fit.
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
    """An index, and the one that begins with it.

    `longer_unread` says that only the shorter one was ever read, and nothing leans on the longer.
    """

    index: Relation
    table: Relation
    longer: Relation
    longer_unread: bool
    size: Bytes
    partitioned: bool


@check(reads="index_redundant.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Report each index that a longer one makes superfluous."""
    for row in rows:
        yield Finding(
            row.index,
            Severity.LOW,
            f"{row.size} on {row.table}; {row.longer} begins with the same columns",
            metrics={"size_bytes": int(row.size)},
            evidence=({"index": row.index, "longer": row.longer, "table": row.table},),
            recommendations=tuple(_cures(row)),
            # that nobody reads the longer one is reported too: both would be dropped
            fixes=() if row.partitioned or row.longer_unread else ("drop_redundant_index",),
            about=(things.index(row.index),),
        )


def _cures(row: Row) -> Iterator[str]:
    if row.longer_unread:
        yield (
            f"Keep one of the two: {row.longer} was never read, so drop that one if no statement "
            "needs its further columns"
        )
    if row.partitioned:
        yield f"Drop the shorter when a short lock does no harm: DROP INDEX {row.index};"
    else:
        yield f"Drop the shorter: DROP INDEX CONCURRENTLY {row.index};"
