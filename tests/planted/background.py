"""Sessions that do something while nobody waits for them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import ExecStatus

from tests.servers import Server

_PATIENCE_S = 20


class Session:
    """A connection that can be sent a statement without waiting for its end."""

    def __init__(self, url: str, application: str) -> None:
        self.application = application
        self._connection = psycopg.connect(url, autocommit=True, application_name=application)

    @property
    def pid(self) -> int:
        """Its process on the server."""
        return self._connection.info.backend_pid

    def run(self, statement: str) -> None:
        """Run a statement, and wait for its end."""
        self._connection.execute(statement.encode())

    def send(self, statement: str) -> None:
        """Have a statement run, and go on."""
        self._connection.pgconn.send_query(statement.encode())

    def outcome(self) -> str | None:
        """Wait for the end of what was sent; return the SQLSTATE it failed with, if it did."""
        state = None
        while (result := self._connection.pgconn.get_result()) is not None:
            if result.status == ExecStatus.FATAL_ERROR:
                field = result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)
                state = field.decode() if field else "unknown"
        return state

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@contextmanager
def session(url: str, application: str = "planting") -> Iterator[Session]:
    """Open a session; it is closed afterwards."""
    opened = Session(url, application)
    try:
        yield opened
    finally:
        opened.close()


def wait_until(
    server: Server, question: str, *values: object, within_s: float = _PATIENCE_S
) -> None:
    """Wait until a query of one boolean answers yes; raises TimeoutError."""
    deadline = time.monotonic() + within_s
    with psycopg.connect(server.url(), autocommit=True) as watching:
        while time.monotonic() < deadline:
            answer = watching.execute(question.encode(), values).fetchone()
            if answer is not None and answer[0]:
                return
            time.sleep(0.01)
    raise TimeoutError(f"not within {within_s} s: {question} {values}")


def wait_for_lock(server: Server, *sessions: Session) -> None:
    """Wait until every one of the sessions waits for a lock."""
    wait_until(
        server,
        "select count(*) = %s from pg_stat_activity"
        " where pid = any(%s) and wait_event_type = 'Lock'",
        len(sessions),
        [waiting.pid for waiting in sessions],
    )
