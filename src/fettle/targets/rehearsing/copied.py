"""A copy of a database for tests, in a server of its own that is gone with them.

The source is only read, by pg_dump, which waits for nobody's lock for long. The server listens on a
socket alone, which the sandbox is shown; each run of the tests has a database of its own, made from
the copy. What is copied is what is in the source: it lies on this machine's disk for as long as the
rehearsal takes.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import conninfo, sql

from fettle.errors import ActFailed
from fettle.model.quantity import Bytes
from fettle.model.rehearsal import Isolation
from fettle.store import embedded
from fettle.store.programs import installed_programs
from fettle.targets.rehearsing.bounds import LEAST_FREE, Bounds, Watching
from fettle.targets.rehearsing.sandbox import Sandbox
from fettle.targets.running import How, run

_FOLDER = "database"
_SEEN_AT = Path("/run/postgresql")
_COPY = "copied"
_COPIES = 3  # the dump, what is made of it, and the one that tests run on
_PATIENT = "SET statement_timeout = '30s'; SET lock_timeout = '2s'"
_CONNECT_S = 10
_PLAIN = ("--no-owner", "--no-privileges")
# Nobody wants a dump of whoever was killed; it would go on reading the source.
_ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


@dataclass
class Copied:
    """The copy, in its own server; `seen` is where a sandboxed program finds its socket."""

    address: str = field(repr=False)
    variable: str
    socket: Path
    seen: Path
    folder: Path
    _made: int = 0

    @property
    def reads(self) -> tuple[tuple[Path, Path], ...]:
        """What a sandboxed program is to be shown: outside, and where it sees it."""
        return ((self.socket, self.seen),)

    async def fresh(self) -> Mapping[str, str]:
        """Make a database like the copy, and return the variable that leads there.

        The one before it is dropped. Raises ActFailed, where there is no room say.
        """
        before, self._made = f"run_{self._made}", self._made + 1
        name = f"run_{self._made}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(_COPY)
        )
        gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(before))
        try:
            async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as to:
                await to.execute(gone)
                refuse_no_room(await _size(to, _COPY), self.folder)
                await to.execute(made)
        except psycopg.Error as error:
            raise ActFailed(f"no database can be made for the tests: {error}") from error
        parts = conninfo.conninfo_to_dict(self.address)
        account = f"{parts['user']}:{quote(str(parts['password']), safe='')}"
        where = urlencode({"host": str(self.seen), "port": parts["port"]})
        url = f"postgresql://{account}@/{name}?{where}"
        return {self.variable: url, "PGHOST": str(self.seen), "PGPORT": str(parts["port"])}


@asynccontextmanager
async def copied(
    source: str, variable: str, work: Path, sandbox: Sandbox, within: timedelta
) -> AsyncIterator[Copied]:
    """Have a copy of a database as long as this is entered; raises ActFailed and StoreError."""
    await _refuse_too_large(source, work)
    dump = await _dumped(source, work, within)
    server = embedded.acquire(work / _FOLDER)
    started = await asyncio.to_thread(server.__enter__)
    try:
        await _restored(dump, started.conninfo, work, within)
        socket = Path(str(conninfo.conninfo_to_dict(started.conninfo)["host"]))
        _let_in(socket, work / _FOLDER)
        alone = sandbox.isolation is Isolation.NONE
        seen = socket if alone else _SEEN_AT
        yield Copied(started.conninfo, variable, socket, seen, work)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


def refuse_no_room(size: Bytes, folder: Path, copies: int = 1) -> None:
    """Raise ActFailed where so many copies of a database find no room in a folder."""
    needed, free = Bytes(size * copies + LEAST_FREE), Bytes(shutil.disk_usage(folder).free)
    if free < needed:
        raise ActFailed(
            f"the database is not copied: that takes {needed}, and {free} is free in {folder}",
            remedy="make room there, or name a smaller one: [project.rehearsal] database",
        )


async def _refuse_too_large(source: str, folder: Path) -> None:
    try:
        async with await psycopg.AsyncConnection.connect(
            source, autocommit=True, connect_timeout=_CONNECT_S
        ) as looked:
            await looked.execute(_PATIENT)
            size = await _size(looked, looked.info.dbname)
    except psycopg.Error as error:
        raise ActFailed(f"the database cannot be copied: {error}") from error
    refuse_no_room(size, folder, _COPIES)


async def _size(connection: psycopg.AsyncConnection, name: str) -> Bytes:
    rows = await connection.execute("SELECT pg_database_size(%s)", [name])
    (size,) = await rows.fetchone() or (0,)
    return Bytes(size)


def _let_in(socket: Path, data: Path) -> None:
    """Let everybody reach a socket: who is in the sandbox is nobody, and needs the password."""
    data.chmod(0o711)
    socket.chmod(0o711)
    for path in socket.glob(".s.PGSQL.*[0-9]"):
        path.chmod(0o777)


async def _dumped(source: str, work: Path, within: timedelta) -> Path:
    """Read the whole of a database into a file, and return where that is."""
    dump = work / "copied.dump"
    words = ["pg_dump", "--format=custom", "--lock-wait-timeout=2s", *_PLAIN, f"--file={dump}"]
    await _tool(words, source, work, within)
    return dump


async def _restored(dump: Path, own: str, work: Path, within: timedelta) -> None:
    """Bring a database's content into our own server, as what the tests' ones are made from."""
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(_COPY))
    async with await psycopg.AsyncConnection.connect(own, autocommit=True) as to:
        await to.execute(create)
    into = conninfo.make_conninfo(own, dbname=_COPY)
    await _tool(["pg_restore", "--exit-on-error", *_PLAIN, str(dump)], into, work, within)
    await asyncio.to_thread(dump.unlink)


async def _tool(words: list[str], address: str, work: Path, within: timedelta) -> None:
    """Run a tool of PostgreSQL's; the password is in its environment, not among its words."""
    parts = conninfo.conninfo_to_dict(address)
    password = parts.pop("password", None)
    variables = {"PGPASSWORD": str(password)} if password else {}
    named = f"--dbname={conninfo.make_conninfo('', **parts)}"
    program = [str(installed_programs() / words[0]), named, *words[1:]]
    if shutil.which("setpriv"):
        program = [*_ENDS_WITH_US, *program]
    watch = Watching(Bounds(within), work)  # the copy may be larger than what it is made of
    ended = await run(program, How(within, {}, variables=variables, watch=watch))
    if ended.status:
        raise ActFailed(f"the database cannot be copied: {ended.last_words}")


def stop_left_behind(work: Path) -> None:
    """Stop the server of a copy whose owner is gone."""
    folder = work / _FOLDER
    if folder.is_dir() and embedded.runs(folder):
        with embedded.acquire(folder):
            pass  # who has it alone is the last, and stops it
