"""A collation has changed under its indexes.

Why it matters:  The operating system's library sorts otherwise than when the indexes were built:
    rows are not found, and unique values are stored twice.
Verify:          Run collation_drift.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET refresh_collation, which rebuilds the indexes first.
Ignore when:     All indexed texts are plain ASCII and the library's notes say it sorts as before.
Cannot see:      Whether a row is already misplaced (amcheck tells); constraints and partition
    bounds that depend on the order; on 13 and 14 the database's own collation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.quantity import say_count
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """A collation or a database, its versions, and the indexes that depend on it."""

    kind: str
    name: Relation
    recorded: str
    actual: str
    indexes: int
    largest: tuple[str, ...]


@check(reads="collation_drift.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Critical: every index on such a text may answer wrongly."""
    for row in rows:
        refresh = (
            f"ALTER DATABASE {row.name} REFRESH COLLATION VERSION;"
            if row.kind == "database"
            else f"ALTER COLLATION {row.name} REFRESH VERSION;"
        )
        rebuild = tuple(f"REINDEX INDEX CONCURRENTLY {index};" for index in row.largest)
        yield Finding(
            f"{row.kind} {row.name}",
            Severity.CRITICAL,
            f"{say_count(row.indexes, 'index was', 'indexes were')} built with version "
            f"{row.recorded}; the library is now {row.actual}",
            metrics={"indexes_count": row.indexes},
            evidence=tuple({"index": index} for index in row.largest),
            recommendations=(*rebuild, f"Only then: {refresh}"),
            fixes=("refresh_collation",),
        )
