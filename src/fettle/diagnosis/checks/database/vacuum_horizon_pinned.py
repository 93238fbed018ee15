"""Something old keeps vacuum from cleaning up.

Why it matters:  Rows that died since cannot be removed from any table of the database: tables and
    indexes grow, and queries read ever more of what is dead.
Verify:          Run vacuum_horizon_pinned.sql; it is the query this check runs.
Cure:            End what holds it: the session, the prepared transaction, or the slot.
Ignore when:     A dump or a long report is running, and is wanted.
Cannot see:      How many rows could be removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.model.sql import literal
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A million transactions are hours on most servers, and minutes on the busiest."""

    max_age: int = 1_000_000


@dataclass(frozen=True)
class Row:
    """A holder: a session, a replication slot, a standby or a prepared transaction."""

    kind: str
    name: str | None
    database: str | None
    application: str | None
    pid: int | None
    state: str | None
    age: int | None
    lasting: timedelta | None


@check(reads="vacuum_horizon_pinned.sql", limits=Limits, cluster=True, sees="pg_read_all_stats")
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Report each holder once, with its oldest snapshot."""
    told = set()
    for row in rows:
        if row.age is not None and row.age >= limits.max_age and _subject(row) not in told:
            told.add(_subject(row))
            yield _finding(row, row.age)


def _subject(row: Row) -> str:
    if row.kind in ("session", "standby"):
        return things.session_name(row.name, row.database, row.application)
    return things.slot(row.name or "") if row.kind == "slot" else things.prepared(row.name or "")


def _finding(row: Row, age: int) -> Finding:
    lasting = f" for {say_duration(row.lasting)}" if row.lasting else ""
    session = row.kind == "session" and row.pid is not None
    holder = things.session(row.pid) if session and row.pid else _subject(row)
    return Finding(
        _subject(row),
        Severity.HIGH,
        f"{age:,} transactions have begun since the snapshot that this {row.kind} holds{lasting}",
        metrics={"age_count": age},
        evidence=({"kind": row.kind, "pid": row.pid, "state": row.state, "age": age},),
        recommendations=(_cure(row),),
        fixes=_fixes(row) if session else (),
        about=(things.VACUUM_HORIZON,),
        blames=(holder,),
        names={holder: _subject(row)} if session else {},
        pids=(row.pid,) if session and row.pid else (),
    )


def _fixes(row: Row) -> tuple[str, ...]:
    return ("cancel_query",) if row.state == "active" else ("terminate_session",)


def _cure(row: Row) -> str:
    if row.kind == "session" and row.state == "active":
        return f"Cancel its statement: SELECT pg_cancel_backend({row.pid});"
    name = literal(row.name or "")
    cures = {
        "slot": f"Let its consumer go on, or drop it: SELECT pg_drop_replication_slot({name});",
        "prepared": f"In database {row.database}: ROLLBACK PREPARED {name}; -- or COMMIT PREPARED",
        "standby": "On the standby: end its long queries, or switch hot_standby_feedback off",
    }
    return cures.get(row.kind, f"End it: SELECT pg_terminate_backend({row.pid});")
