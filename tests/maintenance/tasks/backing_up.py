"""A database that is backed up by real tools, for tests of what verifies backups."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from fettle.model.backup import Backups
from fettle.settings import Settings
from fettle.store.programs import as_user
from fettle.targets.backups.restoring import Restoring, backups_of
from tests.servers import Server, fresh_database, memory

ORDERS = 3000
_TABLES = (
    "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL)",
    "INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 500) AS n",
    "CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, note text)",
    f"INSERT INTO orders SELECT n, n % 500 + 1, md5(n::text) FROM generate_series(1, {ORDERS}) n",
    "CREATE INDEX orders_note ON orders (note)",
    "CREATE VIEW latest AS SELECT * FROM orders ORDER BY id DESC LIMIT 10",
)


@dataclass(frozen=True)
class Shop:
    """A shop's database, and the folder in which its backups lie."""

    server: Server
    name: str
    folder: Path

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def run(self, *statements: str) -> None:
        self.server.run(*statements, database=self.name)

    def dump(self, name: str, *words: str, program: str = "pg_dump") -> Path:
        """Dump it; `words` say how."""
        path = self.folder / name
        of = [self.url] if program == "pg_dump" else [f"--dbname={self.server.url()}"]
        self.tool(program, *words, f"--file={path}", *of)
        return path

    def base(self, name: str, *words: str) -> Path:
        """Take a base backup of its whole server."""
        path = self.folder / name
        self.tool("pg_basebackup", f"--pgdata={path}", f"--dbname={self.server.conninfo}", *words)
        return path

    def tool(self, program: str, *words: str) -> None:
        run([str(self.server.programs / program), *words])


def run(
    words: Sequence[str],
    environ: Mapping[str, str] | None = None,
    user: pwd.struct_passwd | None = None,
) -> str:
    """Run a program to its end, as somebody else perhaps, and return what it wrote."""
    other = {} if user is None else as_user(user)
    done = subprocess.run(
        words,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **(environ or {})},
        **other,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return str(done.stdout)


@contextmanager
def running(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a program, wait for its first line, and end it afterwards."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@contextmanager
def shop_of(server: Server, folder: Path, name: str = "shop") -> Iterator[Shop]:
    """Make a shop's database, and drop it."""
    with fresh_database(server, name) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in _TABLES:
                connection.execute(statement.encode())
        yield Shop(server, name, folder)


@contextmanager
def scratch_root() -> Iterator[Path]:
    """Make a folder in which backups are restored, in reach of the servers' user."""
    root = Path(tempfile.mkdtemp(prefix="fettle-test-", dir=memory() or "/var/tmp"))
    root.chmod(0o755)
    try:
        yield root
        assert names_in(root) == [], "something was left behind"
    finally:
        shutil.rmtree(root, ignore_errors=True)


def restoring(
    backup: Mapping[str, object],
    root: Path,
    url: str | None = None,
    environ: Mapping[str, str] | None = None,
    folders: tuple[Path, ...] | None = None,
) -> Backups:
    """Return what restores one backup; of a database, where its address is given."""
    given = {"name": "shop", "kind": "pg_dump", "restore_in": str(root), **backup}
    databases = [] if url is None else [{"name": "main-db", "url": url}]
    if url is not None:
        given["database"] = "main-db"
    settings = Settings.model_validate({"backup": [given], "database": databases})
    port: Restoring = backups_of(settings, {**os.environ, **(environ or {})})
    return port if folders is None else replace(port, folders=folders)
