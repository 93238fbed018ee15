"""A sequence is close to its ceiling.

Why it matters:  When the range is used up, the next nextval() raises, and every INSERT that
    draws from the sequence fails at once.
Verify:          Run sequence_exhaustion.sql; it is the query this check runs.
Cure:            Widen the column (and the sequence) to bigint: add a bigint column, fill it in
    batches, swap the two; ALTER COLUMN … TYPE bigint rewrites the table under a lock.
Ignore when:     The application draws no more ids from it.
Cannot see:      Ids that were handed out without the sequence; tables that the sequence feeds
    from inside a function.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Relation, Unknown, Verdict
from fettle.model.quantity import Ratio, say_count
from fettle.model.severity import Severity, graded
from fettle.unit import check

# What has handed out less is years from its ceiling; a database may have thousands of those.
_MEASURED = 0.10


@dataclass(frozen=True)
class Limits:
    """At 75 % a table that fills at a steady pace has a third of its life left to act in."""

    high: Ratio = Ratio(0.75)
    critical: Ratio = Ratio(0.90)


@dataclass(frozen=True)
class Row:
    """A sequence; `used` is of the smaller of its own and its column's range."""

    sequence: Relation
    schema: str
    feeds: str | None
    last_value: str | None
    ceiling: str
    readable: bool
    role: str
    remaining: float | None
    used: Ratio | None


@check(reads="sequence_exhaustion.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Grade each sequence by the share of its range that is gone; measure what is under way."""
    for row in rows:
        if row.used is None:
            continue
        if row.used >= _MEASURED:
            yield Measurement("sequence_used_ratio", round(row.used, 4), row.sequence)
        severity = graded(row.used, high=limits.high, critical=limits.critical)
        if severity is not None:
            yield _finding(row, row.used, severity)
    yield from _unreadable([row for row in rows if not row.readable])


def _finding(row: Row, used: Ratio, severity: Severity) -> Finding:
    remaining = int(row.remaining or 0)
    into = f", into {row.feeds}" if row.feeds else ""
    return Finding(
        row.sequence,
        severity,
        f"{used} of its range is used: {row.last_value} of {row.ceiling}{into}",
        metrics={"used_ratio": round(used, 4), "remaining": remaining},
        evidence=({"last_value": row.last_value, "ceiling": row.ceiling, "feeds": row.feeds},),
        recommendations=(
            f"Widen {row.feeds or row.sequence} to bigint before {remaining:,} more ids are drawn",
        ),
        about=(things.sequence(row.sequence),),
        saturation=True,
    )


def _unreadable(rows: Sequence[Row]) -> Iterator[Unknown]:
    if rows:
        schemas = ", ".join(sorted({row.schema for row in rows}))
        yield Unknown(
            f"{say_count(len(rows), 'sequence')} cannot be read by {rows[0].role}",
            f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schemas} TO {rows[0].role};",
        )
