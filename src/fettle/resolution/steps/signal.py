"""Cancelling a statement, and ending a session: the very one that was looked at, or none.

A process id is used again. So a session is known by its id, the moment it began, its user, and
the moment of what it was caught at, and all of these stand in the WHERE of the statement that
signals it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.fix import Question, Risk, Steps
from fettle.model.sql import literal


@dataclass(frozen=True)
class Session:
    """A session at the moment it was caught: `since` is that of its transaction or its state."""

    pid: int
    backend_start: datetime
    user: str
    since_column: str
    since: datetime

    def where(self) -> str:
        """Return the condition that only this session, still at the same, fulfils."""
        return (
            f"pid = {self.pid:d} AND backend_start = {literal(self.backend_start)}"
            f" AND usename = {literal(self.user)}"
            f" AND {self.since_column} = {literal(self.since)}"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


_NOT_ALLOWED = Question(
    "the role may signal the session",
    "SELECT pg_has_role(current_user, 'pg_signal_backend', 'USAGE')"
    " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
    "the role may not signal other sessions: GRANT pg_signal_backend to it",
)


def terminate(sessions: Sequence[Session], *, advice: tuple[str, ...] = ()) -> Steps:
    """End sessions; their open transactions roll back, their clients see a closed connection."""
    return Steps(
        statements=tuple(_signal("pg_terminate_backend", session) for session in sessions),
        worked=Question(
            "the sessions are gone",
            f"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE {_any(sessions)})",
            "a session does not end",
        ),
        prechecks=(*(_still(session) for session in sessions), _NOT_ALLOWED),
        risk=Risk.IRREVERSIBLE,
        advice=advice,
    )


def cancel(session: Session, *, advice: tuple[str, ...] = ()) -> Steps:
    """Cancel a statement; when it does not end, end its session."""
    ended = Question(
        "the statement has ended",
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity"
        f" WHERE {session.where()} AND state = 'active')",
        f"the statement of pid {session.pid} does not end",
    )
    return Steps(
        statements=(_signal("pg_cancel_backend", session),),
        worked=ended,
        prechecks=(_still(session), _NOT_ALLOWED),
        risk=Risk.IRREVERSIBLE,
        settled=ended,
        recovery=(_signal("pg_terminate_backend", session),),
        advice=advice,
    )


def _signal(function: str, session: Session) -> str:
    return f"SELECT {function}(pid) FROM pg_stat_activity WHERE {session.where()}"


def _still(session: Session) -> Question:
    return Question(
        f"pid {session.pid} is the same session, at the same",
        f"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {session.where()})",
        f"pid {session.pid} has gone on, or is another session by now",
    )


def _any(sessions: Sequence[Session]) -> str:
    # What a session is at may change while it ends; that it began then does not.
    return " OR ".join(
        f"(pid = {session.pid:d} AND backend_start = {literal(session.backend_start)})"
        for session in sessions
    )
