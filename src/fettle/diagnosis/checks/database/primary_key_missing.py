"""A table has no primary key.

Why it matters:  Rows cannot be told apart: logical replication refuses UPDATE and DELETE, online
    changes and many tools do not work on it, and the same row can be stored twice.
Verify:          Run primary_key_missing.sql; it is the query this check runs.
Cure:            Add one; a unique index over NOT NULL columns becomes one in an instant.
Ignore when:     It is a log that is only appended to and read as a whole.
Cannot see:      Which columns are the key, where no unique index says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.quantity import say_count
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """A table; `candidate` is a unique index whose `columns` could be its primary key.

    `of_constraint` says that the candidate belongs to a UNIQUE constraint, and so cannot be taken
    as it is. `no_identity` says that logical replication has nothing to tell rows apart by.
    """

    table: Relation
    rows: int
    no_identity: bool
    candidate: str | None
    of_constraint: bool | None
    columns: tuple[str, ...]
    has_id: bool


@check(reads="primary_key_missing.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Report each table that holds rows."""
    for row in rows:
        if row.rows:
            unable = "; logical replication cannot UPDATE or DELETE in it" * row.no_identity
            yield Finding(
                row.table,
                Severity.LOW,
                f"about {say_count(row.rows, 'row')} without a primary key{unable}",
                metrics={"rows_count": row.rows},
                evidence=({"table": row.table, "rows": row.rows, "candidate": row.candidate},),
                recommendations=(_cure(row),),
                about=(things.table(row.table),),
            )


def _cure(row: Row) -> str:
    alter = f"ALTER TABLE {row.table}"
    columns = ", ".join(row.columns)
    if row.candidate and not row.of_constraint:
        return f"{alter} ADD PRIMARY KEY USING INDEX {row.candidate};"
    if row.candidate:
        return (
            f"{row.candidate} keeps ({columns}) unique, and they are never null: "
            f"{alter} ADD PRIMARY KEY ({columns}); -- builds an index under a lock"
        )
    if row.has_id:
        return (
            f"If id tells its rows apart: CREATE UNIQUE INDEX CONCURRENTLY ON {row.table} (id); "
            "then make id NOT NULL, and the index the key with ADD PRIMARY KEY USING INDEX"
        )
    return (
        f"{alter} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; "
        "-- rewrites the table under a lock"
    )
