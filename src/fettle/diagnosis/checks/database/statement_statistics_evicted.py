"""Statements are thrown out of the statistics.

Why it matters:  What runs rarely is forgotten before it is looked at, however slow it is.
Verify:          Run statement_statistics_evicted.sql; it is the query this check runs.
Cure:            Raise pg_stat_statements.max, which takes a restart; and let the application send
    values as parameters, so that one statement is counted as one.
Ignore when:     The application makes its statements up, and only the frequent ones matter.
Cannot see:      Which statements were thrown out; PostgreSQL 13 does not count them at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Finding, Note, Verdict
from fettle.model.quantity import say_count, say_duration
from fettle.model.severity import Severity
from fettle.unit import check

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """Each time the twentieth that ran least is thrown out.

    Once a day is enough to lose what runs once a day.
    """

    daily: float = 1.0


@dataclass(frozen=True)
class Row:
    """What was thrown out since it is counted, and how many statements there is room for."""

    evictions: int | None
    window: timedelta | None
    room: int


@check(
    reads="statement_statistics_evicted.sql",
    limits=Limits,
    cluster=True,
    extension="pg_stat_statements",
)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Info: nothing is wrong, but something cannot be seen."""
    for row in rows:
        if row.evictions is None or row.window is None:
            yield Note("PostgreSQL 13 does not count what it throws out of its statistics")
            continue
        # what happened within the first hours says little about a day
        daily = row.evictions / max(row.window / _DAY, 1.0)
        if daily >= limits.daily:
            yield Finding(
                "pg_stat_statements.max",
                Severity.INFO,
                f"thrown out {say_count(row.evictions, 'time')} in {say_duration(row.window)}: "
                f"there is room for {say_count(row.room, 'statement')}",
                metrics={
                    "evictions_count": row.evictions,
                    "evictions_per_day": round(daily, 1),
                    "room_count": row.room,
                },
                recommendations=(
                    f"Raise pg_stat_statements.max above {row.room:,}, and restart when that suits",
                ),
            )
