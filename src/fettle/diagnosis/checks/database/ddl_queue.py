"""A change of a table waits, and everybody behind it.

Why it matters:  ALTER TABLE and its kin want the table alone. Until they get it, every later
    statement on the table queues up behind them, SELECT included: the table is as good as gone.
Verify:          Run ddl_queue.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET cancel_query cancels the change first, which frees the
    table at once; then end whom it waited for. Run changes with SET lock_timeout = '2s'.
Ignore when:     It is a maintenance window, and nobody works.
Cannot see:      How long the change will take once it has its lock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.diagnosis import sessions
from fettle.model import things
from fettle.model.finding import Finding, Relation, Verdict
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Five seconds of a table that is gone is an outage that people report."""

    waited: timedelta = timedelta(seconds=5)


@dataclass(frozen=True)
class Row(sessions.Session):
    """A session that wants a table alone; `holders` are whom it waits for, in the same database."""

    table: Relation | None
    waited: timedelta | None
    query: str
    holders: tuple[int, ...]
    holders_users: tuple[str, ...]
    holders_applications: tuple[str, ...]
    behind: int

    def held_by(self) -> list[sessions.Session]:
        """Return the sessions that it waits for; a prepared transaction is none."""
        told = zip(self.holders, self.holders_users, self.holders_applications, strict=True)
        return [
            sessions.Session(pid, user or None, self.database, application)
            for pid, user, application in told
            if pid
        ]


@check(reads="ddl_queue.sql", limits=Limits, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Critical as soon as anybody has queued up behind it for long enough."""
    told = set()
    for row in rows:
        waited = row.waited or timedelta()
        if row.behind and waited >= limits.waited and row.table not in told:
            told.add(row.table)
            yield _finding(row, waited)


def _finding(row: Row, waited: timedelta) -> Finding:
    held_by = row.held_by()
    holders = ", ".join(f"pid {one.pid} ({one.name})" for one in held_by)
    holders = holders or "a prepared transaction"
    return Finding(
        row.table or "a table",
        Severity.CRITICAL,
        f"pid {row.pid} ({row.name}) has waited for it for {say_duration(waited)} behind "
        f"{holders}, and {row.behind} sessions wait behind it",
        metrics={"waited_s": round(waited.total_seconds(), 1), "waiting_count": row.behind},
        evidence=(
            {
                "pid": row.pid,
                "waited_s": round(waited.total_seconds(), 1),
                "waits_for": holders,
                "statement": sessions.shown(row.query),
            },
        ),
        recommendations=(
            f"Cancel the change, which frees the table: SELECT pg_cancel_backend({row.pid});",
            "Run it again with a limit: SET lock_timeout = '2s';",
        ),
        fixes=("cancel_query",),
        about=(things.session(row.pid),),
        blames=tuple(things.session(one.pid) for one in held_by),
        names=sessions.names([row, *held_by]),
        pids=(row.pid,),
    )
