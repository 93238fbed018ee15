"""An index is invalid.

Why it matters:  No query uses it; while it is ready, every write still pays for it, and a unique
    one still rejects rows.
Verify:          Run index_invalid.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET repair_invalid_index
Ignore when:     Somebody is about to build it anew.
Cannot see:      Why the build failed; a unique one mostly fails on rows that are there twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Note, Relation, Verdict
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """An invalid index.

    `maintained` says that writes still keep it up to date, `transient` that a REINDEX
    CONCURRENTLY made it as a stand-in (`_ccnew`) or has replaced it (`_ccold`).
    """

    index: Relation
    table: Relation
    maintained: bool
    is_unique: bool
    transient: bool
    size: Bytes
    in_recovery: bool


@check(reads="index_invalid.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """High while every write pays for it; low for debris that costs only its room."""
    for row in rows:
        if row.in_recovery:
            yield Note(f"{row.index} is invalid, or still being built: ask the primary")
            continue
        state = "still kept up to date by every write" if row.maintained else "debris of a build"
        yield Finding(
            row.index,
            Severity.HIGH if row.maintained else Severity.LOW,
            f"{row.size} on {row.table}, {state}, and used by no query",
            metrics={"size_bytes": int(row.size)},
            evidence=({"index": row.index, "table": row.table, "maintained": row.maintained},),
            recommendations=tuple(_cures(row)),
            fixes=("repair_invalid_index",),
            about=(things.index(row.index),),
        )


def _cures(row: Row) -> Iterator[str]:
    """Yield what https://www.postgresql.org/docs/current/sql-reindex.html advises."""
    if row.transient:
        yield f"Drop what a REINDEX has left: DROP INDEX CONCURRENTLY {row.index};"
        return
    if row.is_unique:
        yield "It is unique: look for rows that are there twice first"
    if row.maintained:
        yield f"Rebuild it: REINDEX INDEX CONCURRENTLY {row.index};"
    else:
        yield f"Drop it, and build it again if it is wanted: DROP INDEX CONCURRENTLY {row.index};"
