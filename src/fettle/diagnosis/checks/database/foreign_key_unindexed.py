"""A foreign key has no index on its columns.

Why it matters:  Every DELETE of a parent row, and every UPDATE of its key, reads the whole child
    table while it holds its locks; joins along the key do so too.
Verify:          Run foreign_key_unindexed.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET create_foreign_key_index
Ignore when:     Parents are never deleted and nobody joins along the key.
Cannot see:      How often parents are deleted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.quantity import say_count
from fettle.model.severity import Severity
from fettle.unit import check

_NAMED_PARTITIONS = 10


@dataclass(frozen=True)
class Limits:
    """From 10,000 rows on, reading the child table costs more than a few milliseconds."""

    min_rows: int = 10_000


@dataclass(frozen=True)
class Row:
    """A foreign key without a covering index; columns are quoted where they must be.

    `rows` and `partitions` are those that lack one; `partitions` are empty for a plain table.
    """

    constraint: str
    table: Relation
    parent: Relation
    columns: tuple[str, ...]
    rows: int
    partitioned: bool
    partitions: tuple[str, ...]


@check(reads="foreign_key_unindexed.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Medium for child tables that take time to read, low below; empty ones are left alone."""
    for row in rows:
        if row.rows:
            large = row.rows >= limits.min_rows
            yield _finding(row, Severity.MEDIUM if large else Severity.LOW)


def _finding(row: Row, severity: Severity) -> Finding:
    columns = ", ".join(row.columns)
    return Finding(
        f"{row.table}.{row.constraint}",
        severity,
        f"{row.table} ({columns}) → {row.parent}: each DELETE there reads about "
        f"{say_count(row.rows, 'row')}",
        metrics={"rows_count": row.rows},
        evidence=(
            {
                "table": row.table,
                "columns": columns,
                "parent": row.parent,
                "constraint": row.constraint,
            },
        ),
        recommendations=tuple(_cures(row, columns)),
        fixes=() if row.partitioned else ("create_foreign_key_index",),
        about=(things.missing_index(row.table, row.columns),),
    )


def _cures(row: Row, columns: str) -> Iterator[str]:
    """Yield the statements; a partitioned index takes in those of its partitions, without a build.

    Source: https://www.postgresql.org/docs/current/ddl-partitioning.html
    """
    if not row.partitioned:
        yield f"CREATE INDEX CONCURRENTLY ON {row.table} ({columns});"
        return
    for partition in row.partitions[:_NAMED_PARTITIONS]:
        yield f"CREATE INDEX CONCURRENTLY ON {partition} ({columns});"
    if (further := len(row.partitions) - _NAMED_PARTITIONS) > 0:
        yield f"The same on the {further} further partitions of {row.table}"
    yield f"When every partition has it: CREATE INDEX ON {row.table} ({columns});"
