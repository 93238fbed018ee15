"""A copy of a database for tests, in a server of its own that is gone with them.

The source is only read, by pg_dump. The server listens on a socket alone, which the sandbox is
shown; each run of the tests has a database of its own, made from the copy. What is copied is what
is in the source: it lies on this machine's disk for as long as the rehearsal takes.
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
from fettle.model.rehearsal import Isolation
from fettle.store import embedded
from fettle.store.programs import installed_programs
from fettle.targets.rehearsing.sandbox import Sandbox
from fettle.targets.running import How, run

_FOLDER = "database"
_SEEN_AT = Path("/run/postgresql")
_COPY = "copied"
# Nobody wants a dump of whoever was killed; it would go on reading the source.
_ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


@dataclass
class Copied:
    """The copy, in its own server; `seen` is where a sandboxed program finds its socket."""

    address: str = field(repr=False)
    variable: str
    socket: Path
    seen: Path
    _made: int = 0

    @property
    def reads(self) -> tuple[tuple[Path, Path], ...]:
        """What a sandboxed program is to be shown: outside, and where it sees it."""
        return ((self.socket, self.seen),)

    async def fresh(self) -> Mapping[str, str]:
        """Make a database like the copy, and return the variable that leads there."""
        self._made += 1
        name = f"run_{self._made}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(_COPY)
        )
        try:
            async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as to:
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
    server = embedded.acquire(work / _FOLDER)
    started = await asyncio.to_thread(server.__enter__)
    try:
        await _restored(source, started.conninfo, work, within)
        socket = Path(str(conninfo.conninfo_to_dict(started.conninfo)["host"]))
        _let_in(socket, work / _FOLDER)
        alone = sandbox.isolation is Isolation.NONE
        yield Copied(started.conninfo, variable, socket, socket if alone else _SEEN_AT)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


def _let_in(socket: Path, data: Path) -> None:
    """Let everybody reach a socket: who is in the sandbox is nobody, and needs the password."""
    data.chmod(0o711)
    socket.chmod(0o711)
    for path in socket.glob(".s.PGSQL.*[0-9]"):
        path.chmod(0o777)


async def _restored(source: str, own: str, work: Path, within: timedelta) -> None:
    """Bring a database's content into our own server, as what the tests' ones are made from."""
    dump = work / "copied.dump"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(_COPY))
    async with await psycopg.AsyncConnection.connect(own, autocommit=True) as to:
        await to.execute(create)
    plain = ("--no-owner", "--no-privileges")
    try:
        words = ["pg_dump", "--format=custom", *plain, f"--file={dump}"]
        await _tool(words, source, within)
        words = ["pg_restore", "--exit-on-error", *plain]
        await _tool([*words, str(dump)], conninfo.make_conninfo(own, dbname=_COPY), within)
    finally:
        dump.unlink(missing_ok=True)


async def _tool(words: list[str], address: str, within: timedelta) -> None:
    """Run a tool of PostgreSQL's; the password is in its environment, not among its words."""
    parts = conninfo.conninfo_to_dict(address)
    password = parts.pop("password", None)
    variables = {"PGPASSWORD": str(password)} if password else {}
    named = f"--dbname={conninfo.make_conninfo('', **parts)}"
    program = [str(installed_programs() / words[0]), named, *words[1:]]
    if shutil.which("setpriv"):
        program = [*_ENDS_WITH_US, *program]
    ended = await run(program, How(within, {}, variables=variables))
    if ended.status:
        raise ActFailed(f"the database cannot be copied: {ended.last_words}")


def stop_left_behind(work: Path) -> None:
    """Stop the server of a copy whose owner is gone."""
    folder = work / _FOLDER
    if folder.is_dir() and embedded.runs(folder):
        with embedded.acquire(folder):
            pass  # who has it alone is the last, and stops it
