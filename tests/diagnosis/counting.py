"""Change rows, and have the server's counters know of it."""

import time

import psycopg

from tests.conftest import FreshDatabase

_PATIENCE_S = 20


def counted(database: FreshDatabase, *statements: str) -> None:
    """Run statements, each one's rows counted before the next begins: ANALYZE sets counters back.

    A session tells its counts when it ends; before 15 it tells them to a process that writes them
    down twice a second.
    """
    for statement in statements:
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(statement.encode())
            if database.server.major >= 15:
                connection.execute("SELECT pg_stat_force_next_flush()")
    if database.server.major < 15:
        _written_down(database)


def _written_down(database: FreshDatabase) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    with psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute("SELECT clock_timestamp() + interval '100 ms'").fetchone()
        assert row is not None
        while connection.execute(
            "SELECT pg_stat_get_snapshot_timestamp() > %s FROM pg_stat_user_tables", row
        ).fetchone() != (True,):
            assert time.monotonic() < deadline
            time.sleep(0.05)
