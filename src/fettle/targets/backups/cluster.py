"""Throw-away clusters: a server of a backup's own version, on a socket in its own folder.

Whoever may go into that folder may read the files, so the socket trusts them; nothing listens
elsewhere. Nothing is brought to disk before it has to be: nobody wants it after a power cut. What
was backed up does not act: no archiving, no subscriptions, no libraries or jobs of its own.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from fettle.errors import ActFailed, CannotLook
from fettle.model.quantity import Bytes
from fettle.targets.backups.programs import Programs
from fettle.targets.backups.scratch import Scratch, refuse_full
from fettle.targets.running import Ended, How, run

DATABASE = "restored"
SUPERUSER = "postgres"
_PORT = "5432"  # a socket's name needs a number, though nothing listens on it
_LOG = Bytes(256 * 1024)
_ENDLESS = timedelta(days=30)
_INIT_WITHIN = timedelta(minutes=5)
_PAUSE_S = 0.05
_STOP_S = 60.0
_LACKS = ("FATAL:", "PANIC:")
_HBA = "local all all trust\n"
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": _PORT,
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",  # what is filled where it was made needs no log
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "archive_mode": "off",
    "hot_standby": "off",
    "autovacuum": "off",
    "max_logical_replication_workers": "0",
    "max_prepared_transactions": "100",
    "max_connections": "40",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "256MB",
    "shared_preload_libraries": "",
    "session_preload_libraries": "",
    "local_preload_libraries": "",
    "huge_pages": "off",
    "jit": "off",
    "ssl": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements can hold what users typed
    "lc_messages": "C",
}


@dataclass(frozen=True)
class Cluster:
    """A server that runs for a while."""

    place: Scratch
    programs: Programs
    environ: Mapping[str, str] = field(repr=False)
    user: str = SUPERUSER

    @property
    def conninfo(self) -> str:
        """Libpq's form of its address."""
        return make_conninfo(
            host=str(self.place.folder),
            port=_PORT,
            user=self.user,
            dbname="postgres",
            connect_timeout=10,
            **_NOT_MEANT,
        )

    @asynccontextmanager
    async def connected(
        self, database: str = DATABASE
    ) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
        """Connect to one of its databases."""
        connection = await psycopg.AsyncConnection.connect(
            self.conninfo, dbname=database, autocommit=True
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def run(
        self, program: str, *words: str, by: Programs | None = None, reads: Path | None = None
    ) -> Ended:
        """Run one of PostgreSQL's programs against it, as its user where it `reads` commands."""
        variables = {
            "PGHOST": str(self.place.folder),
            "PGPORT": _PORT,
            "PGUSER": self.user,
            "PGOPTIONS": "-c lc_messages=C",
        }
        path = (by or self.programs)[program]
        user = None if reads is None else self.place.user
        how = How(
            _ENDLESS,
            self.environ,
            variables=variables,
            folder=self.place.folder,
            user=user,
            reads=reads,
        )
        return await run([path, *words], how)


# What the environment, or a service file, says of other servers.
_NOT_MEANT = {"hostaddr": "", "options": "", "sslmode": "disable", "gssencmode": "disable"}


async def made(place: Scratch, programs: Programs, environ: Mapping[str, str]) -> None:
    """Make an empty cluster."""
    words = [
        programs["initdb"],
        f"--pgdata={place.data}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]
    how = How(_INIT_WITHIN, environ, user=place.user, folder=place.folder)
    ended = await run(words, how)
    if ended.status != 0:
        raise CannotLook(f"no cluster could be made in {place.folder}: {ended.last_words}")


@asynccontextmanager
async def served(
    place: Scratch,
    programs: Programs,
    environ: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Cluster]:
    """Start a server, and stop it afterwards; raises ActFailed where it does not come up or dies.

    Where its disk was full nothing that was seen of it counts: raises CannotLook.

    `settings` go over those that every one has; `variables` are for programs that it starts. One
    whose place is not kept is ended at once: nobody wants what it would still write.
    """
    (hba := place.folder / "pg_hba.conf").write_text(_HBA)
    (ident := place.folder / "pg_ident.conf").write_text("")
    (conf := place.folder / "postgresql.conf").write_text("")
    place.given(hba, ident, conf)
    given = {
        **_SETTINGS,
        "config_file": str(conf),
        "hba_file": str(hba),
        "ident_file": str(ident),
        "unix_socket_directories": str(place.folder),
        **(settings or {}),
    }
    words = [programs["postgres"], "-D", str(place.data)]
    words += [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
    how = How(
        _ENDLESS,
        environ,
        variables=variables or {},
        folder=place.folder,
        most=_LOG,
        user=place.user,
    )
    server = asyncio.create_task(run(words, how))
    died: psycopg.Error | None = None
    try:
        user = await _ready(Cluster(place, programs, environ), server)
        yield Cluster(place, programs, environ, user)
    except psycopg.Error as error:
        died = error
    finally:
        said = await asyncio.shield(_stopped(place, server))
        if not _is_cancelled():
            refuse_full(said, "the cluster that was restored was at work")
    if died is not None:
        why = " ".join(str(died).split())[:300]
        raise ActFailed(f"the cluster that was restored went away: {why}") from died


async def _ready(cluster: Cluster, server: "asyncio.Task[Ended]") -> str:
    """Wait until a server that may have to recover lets us in, and return as whom it does."""
    while not server.done():
        try:
            async with cluster.connected("postgres"):
                return cluster.user
        except psycopg.OperationalError as error:
            said = str(error)
        if "does not exist" in said:
            raise CannotLook(
                f"what was restored has no role {cluster.user}, which looks at it",
                remedy=f"let its superuser be called {cluster.user}",
            )
        await asyncio.sleep(_PAUSE_S)
    why = _why(server.result())
    raise ActFailed(f"the cluster that was restored does not start: {why}")


def _why(ended: Ended) -> str:
    """Return what a server has said was fatal, last."""
    lines = ended.errors.decode("utf-8", "replace").splitlines()
    fatal = [line for line in lines if any(mark in line for mark in _LACKS)]
    return " / ".join(line.strip()[:300] for line in fatal[-2:]) or ended.last_words


async def _stopped(place: Scratch, server: "asyncio.Task[Ended]") -> str:
    """Stop a server, and return its log: where its place is kept, its files are whole then."""
    for how in (signal.SIGINT, signal.SIGQUIT) if place.kept else (signal.SIGQUIT,):
        _signalled(place, how)
        done, _ = await asyncio.wait([server], timeout=_STOP_S)
        if done:
            break
    server.cancel()
    (ended,) = await asyncio.gather(server, return_exceptions=True)
    return ended.errors.decode("utf-8", "replace") if isinstance(ended, Ended) else ""


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _signalled(place: Scratch, how: signal.Signals) -> None:
    with suppress(OSError, ValueError):
        written = (place.data / "postmaster.pid").read_text()
        os.kill(int(written.splitlines()[0]), how)


def lines_of(ended: Ended, marks: Sequence[str]) -> list[str]:
    """Return the lines that say one of these."""
    text = ended.errors.decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if any(mark in line for mark in marks)]
