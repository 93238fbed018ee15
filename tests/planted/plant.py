"""Plant a database with every trouble that can be planted, and with what only looks like one.

`expected.py` says what is there and what it is to be found as; the SQL beside makes most of it.
What needs a second session is in `broken_indexes.py`, live sessions are in `sessions.py`, old
transaction ids in `ageing.py`.

Not planted: `replication_lag` (there is no standby), an autovacuum worker at work (it would mend
the rest), and what an Expected `needs` where the server does not have it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from tests.planted import sessions
from tests.planted.ageing import age, can_age
from tests.planted.background import wait_until
from tests.planted.broken_indexes import leave_invalid
from tests.planted.expected import BARE, EXPECTED, PLANTED, PREPARED, Expected
from tests.servers import Server

SQL = Path(__file__).with_name("sql")
# What a server must be started with for all of it to be planted; the rest is on any server.
SERVER_SETTINGS = {
    "archive_command": "true",
    "archive_mode": "on",
    "autovacuum_freeze_max_age": "2000000000",
    "autovacuum_multixact_freeze_max_age": "2000000000",
    "full_page_writes": "off",
}
_PREPARED_LITERAL = "'" + PREPARED.replace("'", "''") + "'"


@dataclass(frozen=True)
class Scale:
    """How much healthy data lies around the troubles: tables with three indexes each."""

    filler: int


SMALL = Scale(filler=0)
FULL = Scale(filler=2000)


@dataclass(frozen=True)
class Planted:
    """A planted server: its databases, and what is expected of a look at them."""

    server: Server
    expected: tuple[Expected, ...]

    @property
    def url(self) -> str:
        """The address of the planted database, as the superuser."""
        return self.server.url(PLANTED)

    @property
    def bare_url(self) -> str:
        """The address of the database without pg_stat_statements."""
        return self.server.url(BARE)

    def sessions(self) -> AbstractContextManager[sessions.Crowd]:
        """Have live sessions do what they should not, and others beside them."""
        return sessions.crowd(self.server, PLANTED)

    def cold_reads(self) -> AbstractContextManager[None]:
        """Have a session read a table from the disk, again and again."""
        return sessions.cold_reads(self.server, PLANTED)

    def remove(self) -> None:
        """Take everything away again, so that the server can be planted anew."""
        self.server.run(
            f"rollback prepared '{PREPARED.replace(chr(39), chr(39) * 2)}'", database=PLANTED
        )
        self.server.run(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active",
            f"drop database {PLANTED} with (force)",
            f"drop database {BARE} with (force)",
            "drop role app",
            "alter system reset archive_command",
            "select pg_reload_conf()",
        )


@contextmanager
def planted(server: Server, scale: Scale = SMALL) -> Iterator[Planted]:
    """Plant, and take everything away afterwards."""
    made = plant(server, scale)
    try:
        yield made
    finally:
        made.remove()


def plant(server: Server, scale: Scale = SMALL) -> Planted:
    """Plant a server of its own; with SERVER_SETTINGS, everything."""
    _make_databases(server)
    _run(server, "00_aged.sql")
    aged = can_age(server)
    if aged:
        age(server)
    server.run(
        "select pg_create_logical_replication_slot('forgotten', 'pgoutput')",
        "select pg_create_physical_replication_slot('standby_gone', true)",
        database=PLANTED,
    )
    for file in sorted(SQL.glob("[1-8]*.sql")):
        _run(server, file.name, scale)
    leave_invalid(server, PLANTED)
    server.run("analyze", database=PLANTED)
    _run(server, "90_changes.sql")
    _run(server, "91_counts.sql")
    _run(server, "bare.sql", database=BARE)
    _prepare(server)
    _break_archiving(server)
    statements = _call_slow_statements(server)
    return Planted(server, tuple(_found(server, aged=aged, statements=statements)))


def _make_databases(server: Server) -> None:
    options = {
        "builtin": "template template0 locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'",
        "icu": "template template0 locale_provider icu icu_locale 'und' locale 'C.UTF-8'",
    }
    known = options[_provider(server)] if server.major >= 15 else "template template0"
    server.run(f"create database {PLANTED} {known}", f"create database {BARE} {known}")


def _provider(server: Server) -> str:
    # The embedded wheel has no ICU; the builtin provider is there from 17 on.
    return "builtin" if server.major >= 17 else "icu"


def _run(server: Server, file: str, scale: Scale = SMALL, database: str = PLANTED) -> None:
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        for name, value in (("provider", _provider(server)), ("filler", str(scale.filler))):
            connection.execute("select set_config('planted.' || %s, %s, false)", (name, value))
        for statement in _statements((SQL / file).read_text(encoding="utf-8")):
            connection.execute(statement.encode())
        ended = connection.info.backend_pid
    # Only a session's end makes sure that its counters are told: what is analysed before that would
    # look changed afterwards.
    wait_until(server, "select not exists (select from pg_stat_activity where pid = %s)", ended)


def _statements(text: str) -> Iterator[str]:
    """Split at the semicolons that end a line, outside of $$ … $$."""
    lines: list[str] = []
    quoted = False
    for line in text.splitlines():
        if line.startswith("--"):
            continue
        lines.append(line)
        quoted ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not quoted:
            yield "\n".join(lines)
            lines = []
    assert not "".join(lines).strip(), f"unfinished: {lines}"


def _prepare(server: Server) -> None:
    """Forget a prepared transaction, and have others begin after it."""
    with psycopg.connect(server.url(PLANTED), autocommit=True) as connection:
        connection.execute("begin; select txid_current()")
        connection.execute(f"prepare transaction {_PREPARED_LITERAL}".encode())
    sessions.use_up_transactions(server, PLANTED)


def _break_archiving(server: Server) -> None:
    if _settings(server)["archive_mode"] == "on":
        server.run("alter system set archive_command = 'false'", "select pg_reload_conf()")
        # The archiver may take a file by the command before: then there is another one.
        for _ in range(10):
            server.run("select txid_current()", "select pg_switch_wal()")
            with suppress(TimeoutError):
                wait_until(server, "select failed_count > 0 from pg_stat_archiver", within_s=2)
                return
        raise AssertionError("the archiver does not fail")


def _call_slow_statements(server: Server) -> dict[str, str]:
    """Call one statement that is slow, and one that an index would help; return their ids."""
    with psycopg.connect(server.url(PLANTED, "app", "app"), autocommit=True) as connection:
        with psycopg.connect(server.url(PLANTED), autocommit=True) as admin:
            admin.execute("select extensions.pg_stat_statements_reset()")
        connection.execute("select count(*), pg_sleep(1.1) from shop.customers as slow_report")
        for visitor in range(120):
            connection.execute(
                "select page from shop.visits as frequent_visits where visitor = %s", (visitor,)
            )
        rows = connection.execute(
            "select substring(query from '(slow_report|frequent_visits)'), queryid::text"
            " from extensions.pg_stat_statements where query ~ '(slow_report|frequent_visits)'"
        )
        return dict(rows.fetchall())


def _found(server: Server, *, aged: bool, statements: dict[str, str]) -> Iterator[Expected]:
    """Yield what is expected of this server, with the ids of its statements."""
    settings = _settings(server)
    there = {
        "ageing": aged,
        "archiving": settings["archive_mode"] == "on",
        "torn pages": settings["full_page_writes"] == "off",
    }
    for expected in EXPECTED:
        if server.major >= expected.since and there.get(expected.needs or "", True):
            yield replace(expected, subject=expected.subject.format_map(statements))


def _settings(server: Server) -> dict[str, str]:
    with psycopg.connect(server.url()) as connection:
        return dict(connection.execute("select name, setting from pg_settings").fetchall())
