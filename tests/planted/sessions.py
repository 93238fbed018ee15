"""Live sessions: those that do what they should not, and innocent ones beside them.

::

    checkout          idle in its transaction, with a row of shop.stock locked
      └ worker x 6    wait for that row; the first of them holds another one
          └ worker x 5  wait for that other one
    reader            idle in its transaction, having read shop.ledger
      └ migration     its ALTER TABLE waits for the reader
          └ ledger reader x 4  wait behind the ALTER TABLE
    nightly report    a long statement in a transaction with an old snapshot
    dashboard         a query that does not end
    innocent:         pool x 5 (idle), index build (waits for `reviewer`), fettle (looks),
                      pg_receivewal (a walsender)
"""

import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg

from fettle.store.cluster import installed_programs
from tests.planted.background import Session, wait_for_lock, wait_until
from tests.servers import Server

WAITING_FOR_CHECKOUT = 11
# 100 MiB together
_LARGE = (
    "shop.orders",
    "shop.mirrored",
    "shop.archive",
    "shop.visits",
    "shop.journal",
    '"Odd.Schema"."Stock ""now"""',
)
_USED_UP = 2000  # more transactions than the limit of vacuum_horizon_pinned is lowered to


@dataclass
class Crowd:
    """The sessions, by application; the first of a kind comes first."""

    server: Server
    database: str
    _opened: list[Session] = field(default_factory=list)

    @property
    def pids(self) -> Mapping[str, list[int]]:
        """Their processes, by application."""
        by_application: dict[str, list[int]] = {}
        for session in self._opened:
            by_application.setdefault(session.application, []).append(session.pid)
        return by_application

    def open(self, application: str) -> Session:
        """Open one more session of the application's role."""
        url = self.server.url(self.database, "app", "app")
        self._opened.append(Session(url, application))
        return self._opened[-1]

    def hold(self, application: str, *statements: str) -> Session:
        """Open a session that does this, and then nothing."""
        opened = self.open(application)
        for statement in statements:
            opened.run(statement)
        return opened

    def wait(self, application: str, *statements: str) -> Session:
        """Open a session that does this, and waits for a lock at the last statement."""
        waiting = self.hold(application, *statements[:-1])
        waiting.send(statements[-1])
        wait_for_lock(self.server, waiting)
        return waiting

    def leave(self) -> None:
        """End every session, those that wait before those they wait for."""
        for session in reversed(self._opened):
            self.server.run(f"select pg_terminate_backend({session.pid})")
            wait_until(
                self.server,
                "select not exists (select from pg_stat_activity where pid = %s)",
                session.pid,
            )
            session.close()


@contextmanager
def crowd(server: Server, database: str) -> Iterator[Crowd]:
    """Have every session in its place; all are gone afterwards, and leave nothing behind."""
    gathered = Crowd(server, database)
    with ExitStack() as stack:
        stack.callback(server.run, "drop index if exists shop.reviews_building", database=database)
        stack.callback(gathered.leave)
        stack.enter_context(receiving_wal(server))
        _lock_rows(gathered)
        _queue_ddl(gathered)
        report = gathered.hold("nightly report", "begin isolation level repeatable read")
        report.send("table shop.stock; select pg_sleep(3600)")
        gathered.open("dashboard").send("select pg_sleep(3600)")
        _be_innocent(gathered)
        use_up_transactions(server, database)
        yield gathered


def _lock_rows(gathered: Crowd) -> None:
    take = "update shop.stock set amount = amount - 1 where id = {}"
    gathered.hold("checkout", "begin", take.format(1))
    gathered.wait("worker", "begin", take.format(2), take.format(1))
    for row in (1, 1, 1, 1, 1, 2, 2, 2, 2, 2):
        gathered.wait("worker", take.format(row))


def _queue_ddl(gathered: Crowd) -> None:
    gathered.hold("reader", "begin", "table shop.ledger")
    gathered.wait("migration", "alter table shop.ledger add column note text")
    for _ in range(4):
        gathered.wait("ledger reader", "table shop.ledger")


def _be_innocent(gathered: Crowd) -> None:
    for _ in range(5):
        gathered.open("pool")
    gathered.open("fettle").send("select pg_sleep(3600)")
    gathered.hold("reviewer", "begin", "update shop.reviews set stars = 5 where id = 1")
    gathered.wait(
        "index build", "create index concurrently reviews_building on shop.reviews (stars)"
    )


@contextmanager
def receiving_wal(server: Server) -> Iterator[None]:
    """Run pg_receivewal, whose session is a walsender. The embedded one serves older servers."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(installed_programs() / "pg_receivewal")
        receiving = subprocess.Popen(
            [program, "--no-sync", "--status-interval=1", "-D", folder, "-d", server.url()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(server, "select exists (select from pg_stat_replication)")
            yield
        finally:
            receiving.kill()
            receiving.wait()


@contextmanager
def cold_reads(server: Server, database: str) -> Iterator[None]:
    """Read more than fits into the cache of 64 MiB, in turn, again and again."""
    enough = threading.Event()

    def read() -> None:
        with psycopg.connect(server.url(database), autocommit=True) as connection:
            connection.execute("set max_parallel_workers_per_gather = 0")
            connection.execute("set enable_indexonlyscan = off")  # the unused stay unused
            while not enough.is_set():
                for table in _LARGE:
                    connection.execute(f"select count(*) from {table}".encode())
                    if server.major >= 15:  # else counters are told twice a second at most
                        connection.execute("select pg_stat_force_next_flush()")

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield
    finally:
        enough.set()
        reading.join()


def use_up_transactions(server: Server, database: str) -> None:
    """Begin and end as many transactions as make a horizon old."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute(
            f"do $$ begin for n in 1 .. {_USED_UP} loop"
            " perform txid_current(); commit; end loop; end $$".encode()
        )
