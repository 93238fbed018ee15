"""An index is never read.

Why it matters:  Every write keeps it up to date, every vacuum walks through it, and it takes room
    in the cache and on the disk, for nothing.
Verify:          Run index_unused.sql; it is the query this check runs. On each standby too: it
    keeps statistics of its own.
Cure:            fettle fix plan TARGET drop_unused_index
Ignore when:     A yearly job needs it, or it was made for a release that is still to come.
Cannot see:      Reads on standbys; when the index was made; reads before the statistics were
    last reset or lost in a crash; that the planner estimates by an expression index's statistics.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Note, Relation, Verdict
from fettle.model.quantity import Bytes, say_duration
from fettle.model.severity import Severity
from fettle.model.sql import literal
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A month sees every weekly and monthly job; below 10 MiB dropping gains nothing.

    `last_scan` is how long ago an index that was read once must have been read last: half a year,
    so that quarterly jobs keep theirs.
    """

    min_size: Bytes = Bytes.parse("10 MiB")
    min_window: timedelta = timedelta(days=30)
    last_scan: timedelta = timedelta(days=180)


@dataclass(frozen=True)
class Row:
    """An index, and how far back the statistics go."""

    index: Relation
    table: Relation
    scans: int
    unread: timedelta | None
    size: Bytes
    window: timedelta
    of_expressions: bool
    in_recovery: bool
    standbys: int


@check(reads="index_unused.sql", limits=Limits)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Report what was not read for long enough, when the statistics go back far enough."""
    for row in rows:
        if row.size < limits.min_size:
            continue
        if row.in_recovery:
            yield Note("this is a standby, which knows only its own reads: ask the primary")
        elif row.window < limits.min_window:
            yield Note(
                f"the statistics go back {say_duration(row.window)}; "
                f"{say_duration(limits.min_window)} are needed to call an index unused"
            )
        elif row.unread is None or row.unread >= limits.last_scan:
            yield _finding(row)


def _finding(row: Row) -> Finding:
    since = row.window if row.unread is None else row.unread
    elsewhere = "; its standbys keep statistics of their own" if row.standbys else ""
    return Finding(
        row.index,
        Severity.MEDIUM,
        f"{row.size} on {row.table}, not read once in {say_duration(since)}{elsewhere}",
        metrics={"size_bytes": int(row.size), "scans": row.scans},
        evidence=(
            {"index": row.index, "table": row.table, "size": str(row.size), "scans": row.scans},
        ),
        recommendations=tuple(_cures(row)),
        fixes=("drop_unused_index",),
        about=(things.index(row.index),),
    )


def _cures(row: Row) -> Iterator[str]:
    if row.standbys:
        yield (
            "First ask each standby: SELECT pg_stat_get_numscans("
            f"{literal(row.index)}::regclass); -- 0 when it does not read it either"
        )
    if row.of_expressions:
        yield (
            "The planner estimates by its statistics: keep those with CREATE STATISTICS on the "
            "same expressions (PostgreSQL 14 on), if statements filter by them"
        )
    yield f"Drop it: DROP INDEX CONCURRENTLY {row.index};"
