"""Migrations: forward only, plain SQL, each in a transaction, one process at a time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from fettle.errors import StoreDamaged, StoreTooNew

_FOLDER = Path(__file__).with_name("migrations")
_LOCK = 847000  # the advisory lock's number; any constant would do

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True)
class Migration:
    """A file `NNNN_name.sql`."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The hash of its text: an applied migration is never edited."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def known() -> list[Migration]:
    """Return the migrations that this Fettle brings, in their order."""
    files = sorted(_FOLDER.glob("[0-9]*.sql"))
    return [
        Migration(int(file.stem[:4]), file.stem[5:], file.read_text(encoding="utf-8"))
        for file in files
    ]


async def migrate(connection: Connection, schema: str) -> int:
    """Bring a store up to this Fettle; return the number of its last migration.

    Safe when two processes start at once. Raises StoreTooNew and StoreDamaged.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema))
        )
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY, name text NOT NULL,"
            " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = await _applied(connection)
        migrations = known()
        _compare(migrations, applied)
        for migration in migrations:
            if migration.number not in applied:
                await connection.execute(migration.text.encode())
                await connection.execute(
                    "INSERT INTO migration (number, name, sha256) VALUES (%s, %s, %s)",
                    (migration.number, migration.name, migration.sha256),
                )
    return max(migration.number for migration in migrations)


async def _applied(connection: Connection) -> Mapping[int, str]:
    cursor = await connection.execute("SELECT number, sha256 FROM migration")
    return dict(await cursor.fetchall())


def _compare(migrations: list[Migration], applied: Mapping[int, str]) -> None:
    ours = {migration.number: migration for migration in migrations}
    if unknown := sorted(set(applied) - set(ours)):
        raise StoreTooNew(
            f"the store has migration {unknown[-1]}, and this Fettle knows {max(ours)} of them",
            remedy="start the newer Fettle, or restore a backup that this one made",
        )
    for number, sha256 in applied.items():
        if ours[number].sha256 != sha256:
            raise StoreDamaged(
                f"migration {number} of the store is not the one that this Fettle brings",
                remedy="install an unchanged Fettle",
            )
