"""A statement is slow.

Why it matters:  Whoever waits for it waits that long, with a connection and its locks held; and
    what takes much of the server's time slows all the rest.
Verify:          Run slow_queries.sql; it is the query this check runs.
Cure:            Its plan stands with the finding, asked for by EXPLAIN and never executed. Where an
    index would help: fettle fix plan TARGET create_suggested_index
Ignore when:     It is a report that runs at night.
Cannot see:      Statements that were evicted, or ran before the statistics were reset; the
    slowest single run behind a good mean. The plan is the generic one: what the planner would do
    for certain values it does not tell. No index is suggested on expressions or partitions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Finding, Note, Verdict
from fettle.model.quantity import Ratio, say_count, say_duration
from fettle.model.severity import Severity
from fettle.unit import check

# Where slow_queries.sql cuts a statement's text.
TEXT_LENGTH = 10_000
_SHOWN = 500


@dataclass(frozen=True)
class Limits:
    """A second is where people lose their train of thought (Nielsen 1993).

    A tenth of a second is too long for what runs often and takes a twentieth of all the time.
    Nobody reads more than twenty. The plans of the worst five are looked at (`plans=0`: of none),
    within a third of the second that looking may take. An index is suggested that saves a third of
    the cost: of the two that a join may lack each saves nearly half; less is not worth the upkeep.
    """

    mean: timedelta = timedelta(seconds=1)
    busy_mean: timedelta = timedelta(milliseconds=100)
    busy_calls: int = 100
    busy_share: Ratio = Ratio(0.05)
    most: int = 20
    plans: int = 5
    plan_time: timedelta = timedelta(milliseconds=300)
    min_gain: Ratio = Ratio(0.33)


@dataclass(frozen=True)
class Row:
    """A normalised statement, and its part in all that was executed in this database.

    `user` is who spent the most time on it.
    """

    id: str
    query: str
    calls: int
    rows: int
    total: timedelta
    mean: timedelta
    share: Ratio | None
    user: str | None = None


@check(
    reads="slow_queries.sql",
    limits=Limits,
    sees="pg_read_all_stats",
    extension="pg_stat_statements",
)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Report what is slow each time, and what is slow enough for how often it runs."""
    slow = [row for row in rows if row.mean >= limits.mean or _busy(row, limits)]
    worst = sorted(slow, key=lambda row: row.total, reverse=True)[: limits.most]
    for row in slow:
        if row in worst:
            yield _finding(row, row.share or Ratio(0))
    if len(slow) > limits.most:
        yield Note(
            f"{say_count(len(slow) - limits.most, 'further statement')} that took less time in all "
            "are slow too"
        )


def _busy(row: Row, limits: Limits) -> bool:
    return (
        row.mean >= limits.busy_mean
        and row.calls >= limits.busy_calls
        and (row.share or 0) >= limits.busy_share
    )


def _finding(row: Row, share: Ratio) -> Finding:
    statement = " ".join(row.query.split())
    shown = statement if len(statement) <= _SHOWN else f"{statement[:_SHOWN]}…"
    mean_ms = row.mean.total_seconds() * 1000
    return Finding(
        f"query {row.id}",
        Severity.MEDIUM,
        f"{say_duration(row.mean)} on average, {say_count(row.calls, 'call')}, "
        f"{share} of the time: {shown}",
        metrics={
            "mean_ms": round(mean_ms, 1),
            "calls_count": row.calls,
            "rows_count": row.rows,
            "total_s": round(row.total.total_seconds(), 1),
            "share_ratio": round(share, 4),
        },
        evidence=(
            {
                "query": row.query,
                "calls": row.calls,
                "rows": row.rows,
                "mean_ms": round(mean_ms, 1),
                "user": row.user,
            },
        ),
    )
