"""Migrations: forward only, plain SQL, each in a transaction, one process at a time."""

import hashlib
from collections.abc import Mapping, Sequence
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


async def migrate(
    connection: Connection, schema: str, migrations: Sequence[Migration] | None = None
) -> int:
    """Bring a store up to this Fettle; return the number of its last migration.

    `migrations` None means those that this Fettle brings. All are applied, or none. Safe when two
    processes start at once. Raises StoreTooNew and StoreDamaged.
    """
    migrations = known() if migrations is None else migrations
    async with connection.transaction():
        # Under another default, who waited for the lock would not see what the other one did.
        await connection.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await _make_schema(connection, schema)
        applied = await _applied(connection)
        _compare(migrations, applied)
        for migration in migrations:
            if migration.number not in applied:
                await connection.execute(migration.text.encode())
                await connection.execute(
                    "INSERT INTO migration (number, name, sha256) VALUES (%s, %s, %s)",
                    (migration.number, migration.name, migration.sha256),
                )
    return max(migration.number for migration in migrations)


async def _make_schema(connection: Connection, schema: str) -> None:
    # IF NOT EXISTS asks for the right to make a schema even where one was made for us.
    found = await connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,))
    if await found.fetchone() is None:
        await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    await connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY, name text NOT NULL,"
        " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )


async def _applied(connection: Connection) -> Mapping[int, str]:
    cursor = await connection.execute("SELECT number, sha256 FROM migration")
    return dict(await cursor.fetchall())


def _compare(migrations: Sequence[Migration], applied: Mapping[int, str]) -> None:
    ours = {migration.number: migration for migration in migrations}
    if unknown := sorted(set(applied) - set(ours)):
        raise StoreTooNew(
            f"the store has migration {unknown[-1]}, and this Fettle knows those up to {max(ours)}",
            remedy="start the newer Fettle, or restore a backup that this one made",
        )
    if left_out := sorted(n for n in ours if applied and n < max(applied) and n not in applied):
        raise StoreDamaged(
            f"the store lacks migration {left_out[0]}, and has later ones",
            remedy="restore a backup",
        )
    for number, sha256 in applied.items():
        if ours[number].sha256 != sha256:
            raise StoreDamaged(
                f"migration {number} of the store is not the one that this Fettle brings",
                remedy="install an unchanged Fettle",
            )
