"""Back up and restore Fettle's own store, with PostgreSQL's own tools.

A backup is a folder of two files: `store.dump` (pg_dump's custom format, the schema `fettle`
alone) and `manifest.json`, which says what it is and holds the dump's hash. It appears whole or
not at all; and a restore replaces the store whole or not at all.
"""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

import fettle
from fettle.errors import Refused, StoreDamaged, StoreError, StoreTooNew, WrongUsage
from fettle.store import private
from fettle.store.migrate import known, migrate
from fettle.store.private import Owner
from fettle.store.programs import installed_programs
from fettle.store.store import APPLICATION_NAME, SCHEMA, Store

DUMP = "store.dump"
MANIFEST = "manifest.json"

_SERVICE = "--dbname=service=fettle"  # see _address_in
_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
_DROP = (
    "SET client_min_messages = warning; SET lock_timeout = '3s'; "
    f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"
)


@dataclass(frozen=True)
class Manifest:
    """What a backup is: when and by which Fettle, of which migration and server; its hash."""

    made_at: str
    fettle: str
    migration: int
    postgres: int
    sha256: str


async def backup(store: Store, directory: Path, now: datetime) -> Manifest:
    """Write a backup into a new folder.

    Raises WrongUsage when something is there already, StoreError when it cannot be written.
    """
    return await asyncio.to_thread(_backup, store, directory, now)


async def restore(store: Store, directory: Path, *, replace: bool) -> Manifest:
    """Bring the store back from a backup, all of it or nothing, and up to this Fettle.

    Raises StoreDamaged when the backup is not whole, StoreTooNew when a newer Fettle made it, and
    Refused when the store holds something and `replace` is not said.
    """
    manifest = await asyncio.to_thread(read_manifest, directory)
    if manifest.migration > (newest := max(migration.number for migration in known())):
        raise StoreTooNew(
            f"{directory} was made by Fettle {manifest.fettle} and has migration "
            f"{manifest.migration}; this one knows those up to {newest}",
            remedy="install that Fettle, or a newer one",
        )
    if not replace and await _holds_something(store):
        raise Refused(
            "the store is not empty, and restoring would replace what it holds",
            remedy=f"back it up first, then: fettle restore {directory} --replace",
        )
    await asyncio.to_thread(_restore, store, directory)
    try:
        await migrate(store.connection, SCHEMA)
    except psycopg.Error as error:
        raise StoreError(
            f"the store is back, but cannot be brought up to date: {error}",
            remedy="start Fettle again: it tries again",
        ) from error
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """Read what a backup is, and see that it is whole; raises StoreDamaged."""
    try:
        read = json.loads((directory / MANIFEST).read_text("utf-8"))
        manifest = Manifest(**read)
        found = _hash(directory / DUMP)
    except (OSError, ValueError, TypeError) as error:
        raise _no_backup(directory, str(error)) from error
    if not isinstance(manifest.migration, int):
        raise _no_backup(directory, f"{MANIFEST} does not tell its migration")
    if found != manifest.sha256:
        raise StoreDamaged(
            f"{directory / DUMP} is not what was written there: its hash differs",
            remedy="use another backup",
        )
    return manifest


def _no_backup(directory: Path, why: str) -> StoreDamaged:
    return StoreDamaged(
        f"{directory} is no backup of Fettle's store: {why}",
        remedy="name the folder that fettle backup made",
    )


def _backup(store: Store, directory: Path, now: datetime) -> Manifest:
    directory = directory.absolute()
    making = directory.with_name(f".{directory.name}.{os.getpid()}")
    try:
        if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
            raise WrongUsage(f"{directory} is not an empty folder", remedy="name a new folder")
        making.mkdir(parents=True, mode=0o700)
        manifest = _write_backup(store, making, now)
        making.rename(directory)  # also over an empty folder
        private.sync_folder(directory.parent)
    except OSError as error:
        raise StoreError(
            f"the backup cannot be written to {directory}: {error.strerror}",
            remedy="make room, or name another folder; the store is as it was",
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return manifest


def _write_backup(store: Store, folder: Path, now: datetime) -> Manifest:
    dump = folder / DUMP
    arguments = ["--format=custom", f"--schema={SCHEMA}", f"--file={dump}"]
    _run(store, "pg_dump", _SERVICE, *arguments)
    dump.chmod(0o600)
    manifest = Manifest(
        now.isoformat(timespec="seconds"),
        fettle.__version__,
        store.migration,
        store.version,
        _hash(dump),
    )
    _write(folder / MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
    return manifest


def _restore(store: Store, directory: Path) -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "store.sql"
            # Another server has other roles: all will be whose address it is.
            arguments = ["--no-owner", "--no-privileges", f"--file={script}"]
            _run(store, "pg_restore", *arguments, str(directory / DUMP))
            if store.version < 170000:
                script = _for_older_server(script)
            _run(
                store,
                "psql",
                _SERVICE,
                "--no-psqlrc",
                "--quiet",
                "--single-transaction",
                "--set=ON_ERROR_STOP=1",
                f"--command={_DROP}",
                f"--file={script}",
                "--output=/dev/null",
            )
    except OSError as error:
        raise StoreError(
            f"the backup cannot be unpacked: {error.strerror}",
            remedy="make room where TMPDIR is; the store is as it was",
        ) from error


def _for_older_server(script: Path) -> Path:
    """Return a script without the setting that a server before 17 does not know."""
    older = script.with_name("older.sql")
    with script.open("rb") as read, older.open("wb") as written:
        for line in read:
            if line != _UNKNOWN_BEFORE_17:
                written.write(line)
            if line.startswith(b"CREATE "):  # the settings end here; behind it stand rows
                break
        shutil.copyfileobj(read, written)
    return older


async def _holds_something(store: Store) -> bool:
    for table in await store.tables.kept(SCHEMA):
        question = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(SCHEMA, table))
        if await (await store.connection.execute(question)).fetchone() is not None:
            return True
    return False


def _run(store: Store, program: str, *arguments: str) -> None:
    with _address_in(store) as environment:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [str(installed_programs() / program), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode:
        said = " ".join(done.stderr.split())[-400:]
        raise StoreError(
            f"{program} failed: {said}", remedy="the store is as it was; mend that and try again"
        )


@contextmanager
def _address_in(store: Store) -> Iterator[dict[str, str]]:
    """Return an environment in which the service `fettle` is the store.

    Nothing secret is an argument, which others can see. The address is the one that the open
    connection came to, from wherever its parts were taken: the address, the environment, a
    service file or a password file.
    """
    info = store.connection.info
    given = {**info.get_parameters(), "application_name": APPLICATION_NAME}
    lines = [f"{key}={value}" for key, value in given.items() if key != "service"]
    environment = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
    environment["LC_ALL"] = "C"
    if info.password:
        environment["PGPASSWORD"] = info.password  # a line of a service file may be too short
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "service.conf"
        _write(file, "\n".join(["[fettle]", *lines, ""]))
        yield {**environment, "PGSERVICEFILE": str(file)}


def _write(path: Path, text: str) -> None:
    private.write_file(path, text, Owner(os.geteuid(), os.getegid()))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
