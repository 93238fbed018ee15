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

from psycopg import conninfo

import fettle
from fettle.errors import Refused, StoreDamaged, StoreError, StoreTooNew, WrongUsage
from fettle.store.cluster import installed_programs
from fettle.store.store import SCHEMA, Store

DUMP = "store.dump"
MANIFEST = "manifest.json"

_KEPT = ("diagnosis", "plan", "run")


@dataclass(frozen=True)
class Manifest:
    """What a backup is: by which Fettle, of which migration, and the dump's hash."""

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


def _backup(store: Store, directory: Path, now: datetime) -> Manifest:
    if directory.exists() and any(directory.iterdir()):
        raise WrongUsage(f"{directory} is not empty", remedy="name a new folder")
    making = directory.with_name(f".{directory.name}.{os.getpid()}")
    try:
        making.mkdir(parents=True, mode=0o700)
        dump = making / DUMP
        arguments = ["--format=custom", f"--schema={SCHEMA}", "--no-owner", "--no-privileges"]
        _run(store, "pg_dump", *arguments, f"--file={dump}")
        manifest = Manifest(
            now.isoformat(timespec="seconds"),
            fettle.__version__,
            store.migration,
            store.version,
            _hash(dump),
        )
        _write(making / MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
        if directory.exists():
            directory.rmdir()
        making.rename(directory)
    except OSError as error:
        raise StoreError(
            f"the backup cannot be written to {directory}: {error.strerror}",
            remedy="make room, or name another folder; the store is as it was",
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return manifest


async def restore(store: Store, directory: Path, *, replace: bool) -> None:
    """Bring the store back from a backup, all of it or nothing.

    Raises StoreDamaged when the backup is not whole, StoreTooNew when a newer Fettle made it, and
    Refused when the store holds something and `replace` is not said.
    """
    manifest = _read(directory)
    if manifest.migration > store.migration:
        raise StoreTooNew(
            f"{directory} was made by Fettle {manifest.fettle}, which is newer than this one",
            remedy="install that Fettle, or a newer one",
        )
    if not replace and await _holds_something(store):
        raise Refused(
            "the store is not empty, and restoring would replace what it holds",
            remedy=f"back it up first, then: fettle restore {directory} --replace",
        )
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "store.sql"
        dump = directory / DUMP
        await asyncio.to_thread(_run, store, "pg_restore", f"--file={script}", str(dump))
        await asyncio.to_thread(
            _run,
            store,
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--command=SET client_min_messages = warning; DROP SCHEMA {SCHEMA} CASCADE",
            f"--file={script}",
            "--output=/dev/null",
        )


async def _holds_something(store: Store) -> bool:
    for table in _KEPT:
        cursor = await store.connection.execute(f"SELECT FROM {table} LIMIT 1".encode())
        if await cursor.fetchone() is not None:
            return True
    return False


def _read(directory: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((directory / MANIFEST).read_text("utf-8")))
        found = _hash(directory / DUMP)
    except (OSError, ValueError, TypeError) as error:
        raise StoreDamaged(
            f"{directory} is no backup of Fettle's store: {error}",
            remedy="name the folder that fettle backup made",
        ) from error
    if found != manifest.sha256:
        raise StoreDamaged(
            f"{directory / DUMP} is not what was written there: its hash differs",
            remedy="use another backup",
        )
    return manifest


def _run(store: Store, program: str, *arguments: str) -> None:
    with _service(store.conninfo) as environment:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [str(installed_programs() / program), *_connection(program), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = " ".join(done.stderr.split())[-400:]
        raise StoreError(
            f"{program} failed: {said}", remedy="the store is as it was; mend that and try again"
        )


def _connection(program: str) -> tuple[str, ...]:
    # pg_restore writes a script here, and connects to nothing
    return () if program == "pg_restore" else ("--dbname=service=fettle",)


@contextmanager
def _service(address: str) -> Iterator[dict[str, str]]:
    """Hand the address over in a private service file: never as an argument that others can see."""
    given = {**conninfo.conninfo_to_dict(address), "application_name": "fettle"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "service.conf"
        lines = [f"{key}={value}" for key, value in given.items()]
        _write(file, "\n".join(["[fettle]", *lines, ""]))
        yield {"PGSERVICEFILE": str(file), "PATH": os.defpath, "LC_ALL": "C"}


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
