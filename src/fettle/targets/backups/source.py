"""The database that a backup is of, as it is now: what it is, and how it sorts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from fettle.errors import CannotLook
from fettle.model.quantity import Bytes

_FACTS = Path(__file__).with_name("facts.sql").read_bytes()
_LIMITS = (
    "SET default_transaction_read_only = on",
    "SET lock_timeout = '2s'",
    "SET statement_timeout = '10min'",
    "SET idle_in_transaction_session_timeout = '10min'",
)
_CONNECT_S = 10
_Connection = psycopg.AsyncConnection[tuple[object, ...]]


@dataclass(frozen=True)
class Facts:
    """What a database is now. `locale` is how a database that sorts like it is made."""

    major: int
    name: str
    size: Bytes
    system: int
    locale: str


@dataclass(frozen=True)
class Source:
    """A database of the settings."""

    name: str
    url: str = field(repr=False)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[_Connection]:
        """Connect to it, for looking only; raises CannotLook."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                self.url, autocommit=True, connect_timeout=_CONNECT_S, application_name="fettle"
            )
        except psycopg.Error as error:
            raise CannotLook(
                f"{self.name} does not answer: {_said(error)}",
                remedy="see whether it can be reached",
            ) from error
        try:
            for limit in _LIMITS:
                await connection.execute(limit.encode())
            yield connection
        finally:
            await connection.close()

    async def facts(self) -> Facts:
        """Return what it is; raises CannotLook."""
        async with self.connected() as connection:
            try:
                row = await (await connection.execute(_FACTS)).fetchone()
            except psycopg.Error as error:
                raise CannotLook(f"{self.name} cannot be looked at: {_said(error)}") from error
        assert row is not None  # noqa: S101 - one is connected to a database
        major, name, size, system, encoding, collate, ctype, all_ = row
        locale = _locale(str(encoding), str(collate), str(ctype), all_)
        return Facts(int(str(major)), str(name), Bytes(int(str(size))), int(str(system)), locale)


def _locale(encoding: str, collate: str, ctype: str, row: object) -> str:
    """Return how a database is made that sorts so; of a provider other than libc by its name."""
    given = dict(row) if isinstance(row, dict) else {}
    parts = [f"ENCODING = '{encoding}'", f"LC_COLLATE = {_text(collate)}"]
    parts.append(f"LC_CTYPE = {_text(ctype)}")
    other = given.get("datlocale") or given.get("daticulocale")
    provider = {"i": "icu", "b": "builtin"}.get(str(given.get("datlocprovider")))
    if provider is not None and other is not None:
        option = "ICU_LOCALE" if provider == "icu" else "BUILTIN_LOCALE"
        parts += [f"LOCALE_PROVIDER = {provider}", f"{option} = {_text(str(other))}"]
    return " ".join(parts)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _said(error: psycopg.Error) -> str:
    return " ".join(str(error).split())[:300]
