"""Sessions wait behind another one.

Why it matters:  Each that waits is a request that hangs with its connection; behind them the pool
    runs empty.
Verify:          Run blocked_sessions.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET blocking-queries, for the root of the wait: ending one that
    waits itself frees nobody.
Ignore when:     A migration holds the lock, and is about to end.
Cannot see:      Which of a session's earlier statements took the lock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.diagnosis import sessions
from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import say_count, say_duration
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Ten seconds are past what people wait for; in a minute a pool is empty.

    Five sessions behind one are a queue, however young.
    """

    high: timedelta = timedelta(seconds=10)
    critical: timedelta = timedelta(seconds=60)
    min_waiting: int = 5


@dataclass(frozen=True)
class Row(sessions.Session):
    """A root session (process id 0: a prepared transaction), and one that waits behind it.

    `prepared` are all there are on the server, of which one may be the root.
    """

    state: str | None
    type: str | None
    query: str | None
    waiting: int
    waited: timedelta
    waiting_query: str
    prepared: tuple[str, ...] = ()


@check(reads="blocked_sessions.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Report each root with all that wait behind it."""
    roots: dict[int, list[Row]] = {}
    for row in rows:
        roots.setdefault(row.pid, []).append(row)
    told: dict[str, Finding] = {}
    for waiting in roots.values():
        longest = max(row.waited for row in waiting)
        severity = graded(longest, high=limits.high, critical=limits.critical)
        if severity is None and len(waiting) >= limits.min_waiting:
            severity = Severity.HIGH
        if severity is not None:
            found = _finding(waiting, longest, severity)
            if found.subject not in told or told[found.subject].severity < severity:
                told[found.subject] = found
    yield from told.values()


def _finding(waiting: Sequence[Row], longest: timedelta, severity: Severity) -> Finding:
    root = waiting[0]
    prepared = root.pid == 0
    who = "a prepared transaction" if prepared else f"pid {root.pid}, which is {root.state}"
    return Finding(
        "a prepared transaction" if prepared else root.name,
        severity,
        f"{say_count(len(waiting), 'session waits', 'sessions wait')} behind {who}, "
        f"the longest for {say_duration(longest)}",
        metrics={
            "waiting_count": len(waiting),
            "longest_wait_s": round(longest.total_seconds(), 1),
        },
        evidence=tuple(
            {
                "pid": row.waiting,
                "waited_s": round(row.waited.total_seconds(), 1),
                "statement": sessions.shown(row.waiting_query),
            }
            for row in waiting
        ),
        recommendations=(_cure(root),),
        fixes=_fixes(root),
        blames=_blames(root),
        suspects=tuple(map(things.prepared, root.prepared)) if len(root.prepared) > 1 else (),
        names={} if prepared else sessions.names([root]),
        pids=() if prepared else (root.pid,),
    )


def _blames(root: Row) -> tuple[str, ...]:
    """Name the root; which of several prepared transactions it is the server does not tell."""
    if root.pid:
        return (things.session(root.pid),)
    return tuple(map(things.prepared, root.prepared)) if len(root.prepared) == 1 else ()


def _cure(root: Row) -> str:
    if root.pid == 0:
        return "Find it: SELECT gid, prepared, owner FROM pg_prepared_xacts ORDER BY prepared;"
    if root.state == "active":
        return f"Cancel what it runs: SELECT pg_cancel_backend({root.pid});"
    return f"End it: SELECT pg_terminate_backend({root.pid});"


def _fixes(root: Row) -> tuple[str, ...]:
    if root.type != "client backend":
        return ()
    return ("cancel_query",) if root.state == "active" else ("terminate_session",)
