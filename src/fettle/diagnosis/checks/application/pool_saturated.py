"""A pool is nearly all taken.

Why it matters:  When the last place is taken, whoever comes next waits, and is slow without doing
    anything; then they run into their time limit.
Verify:          Compare what is taken with the bound: for PostgreSQL
    sum(pg_stat_database_numbackends) with pg_settings_max_connections.
Cure:            Find what keeps its place for long: a slow query, a call to somebody else inside a
    transaction. A larger pool only helps where the work behind it has room.
Ignore when:     A pool is as large as it is meant to be busy (workers that always have work).
Cannot see:      Pools whose library tells no figures, and spikes between two scrapes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import Ratio
from fettle.model.readings import Saturation
from fettle.model.severity import Severity, graded
from fettle.unit import check

# Of a server that everybody shares, the last place is everybody's: worse than a pool of one.
_SHARED = "connections to "


@dataclass(frozen=True)
class Limits:
    """At 80 % a burst takes the rest; at 95 % any request does. Below `clear` it is over.

    From `waiting` on somebody waits for a place, however many there are.
    """

    medium: Ratio = Ratio(0.80)
    high: Ratio = Ratio(0.95)
    clear: Ratio = Ratio(0.75)
    waiting: int = 1


@check(limits=Limits)
def judge(rows: Sequence[Saturation], limits: Limits) -> Iterator[Verdict]:
    """Grade each pool by the share that is taken."""
    for row in rows:
        used = Ratio(row.used / row.limit)
        yield Measurement("pool_used_ratio", round(used, 6), f"{row.subject} {row.kind}")
        severity = graded(used, medium=limits.medium, high=limits.high)
        waiting = row.waiting is not None and row.waiting >= limits.waiting
        if severity is None and not (waiting and row.used >= row.limit):
            continue
        worse = row.kind.startswith(_SHARED) or waiting
        yield _finding(row, used, Severity(min((severity or Severity.HIGH) + worse, 4)))


def _finding(row: Saturation, used: Ratio, severity: Severity) -> Finding:
    waiting = f"; {row.waiting:,.0f} wait for one" if row.waiting else ""
    name = f"{row.subject} {row.kind}"
    return Finding(
        name,
        severity,
        f"{row.used:,.0f} of {row.limit:,.0f} are taken, {used}{waiting}",
        metrics={
            "used_count": round(row.used),
            "limit_count": round(row.limit),
            "used_ratio": round(used, 4),
            **({} if row.waiting is None else {"waiting_count": round(row.waiting)}),
        },
        recommendations=(
            "Find what keeps its place for long; of a database: fettle check postgresql://…",
            "Let nobody wait for somebody else while holding a place",
            "Make the pool larger where what is behind it has room, or put a pooler before it",
        ),
        about=(things.pool(name),),
        saturation=True,
    )
