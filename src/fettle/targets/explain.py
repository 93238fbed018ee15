"""The plan of a statement, without executing it.

The statement's text comes from outside. It is sent by the extended protocol, which takes one
statement only, in a read-only transaction, behind PREPARE, which takes only what is planned; then
EXPLAIN without ANALYZE shows its generic plan. Planning may call immutable and stable functions,
nothing else.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql

from fettle.errors import CannotLook
from fettle.model.server import Server
from fettle.targets import refusals

Connection = psycopg.AsyncConnection[tuple[object, ...]]

_PLANNED = re.compile(
    r"\(*\s*(?:/\*.*?\*/\s*)*(?:select|insert|update|delete|merge|with|values|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_NAME = "fettle_explained"
_GENERIC = sql.SQL("SET LOCAL plan_cache_mode = force_generic_plan")
_READS_ALL_SINCE = 140000


def along(search_path: str | None) -> sql.Composed:
    """Return what sets the path along which names are looked for; None is the database's own."""
    if search_path is None:
        return sql.Composed([sql.SQL("SET LOCAL search_path TO DEFAULT;")])
    return sql.SQL("SELECT pg_catalog.set_config('search_path', {}, true);").format(search_path)


@dataclass(frozen=True)
class Explaining:
    """A connection on which plans are asked for.

    `opening` begins a read-only transaction with its limits, and `meant` says what an error means.
    """

    connection: Connection
    server: Server
    opening: sql.Composed
    meant: Callable[[psycopg.Error], CannotLook]

    async def plans(self, statement: str, indexes: Sequence[str]) -> list[Any]:
        """Return the statement's plan, then with each hypothetical index the plan that may use it.

        Raises CannotLook.
        """
        if not _PLANNED.match(statement):
            raise CannotLook("only SELECT, INSERT, UPDATE, DELETE and MERGE have a plan")
        hypopg = self.server.extensions.get("hypopg")
        indexes = indexes if hypopg is not None else ()
        try:
            await self.connection.execute(self.opening + _GENERIC)
            await self._one(f"PREPARE {_NAME} AS {statement}")
            explain = await self._explain()
            found = [await self._one(explain)]
            for index in indexes:
                await self.connection.execute(_only(hypopg or "", index))
                found.append(await self._one(explain))
        except psycopg.Error as error:
            raise self._refusal(error) from error
        finally:
            await self._leave_nothing(hypopg if indexes else None)
        return [answer[0]["Plan"] for answer in found]

    async def _explain(self) -> str:
        count = await self._one(
            "SELECT cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements"
            " WHERE name = 'fettle_explained'"
        )
        values = f"({', '.join(['NULL'] * int(count))})" if count else ""
        return f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {_NAME}{values}"

    async def _leave_nothing(self, hypopg: str | None) -> None:
        """End the transaction; what is prepared or hypothetical outlives it, aborted or not."""
        if self.connection.closed:
            return
        await self.connection.rollback()
        await self.connection.execute("DEALLOCATE ALL")
        if hypopg is not None:
            reset = sql.SQL("SELECT {}.hypopg_reset()").format(sql.Identifier(hypopg))
            await self.connection.execute(reset)

    async def _one(self, statement: str) -> Any:  # noqa: ANN401 - one value
        """Run one statement, and no more than one, and return its one value."""
        # binary: the extended protocol, which refuses a second statement behind a semicolon
        cursor = await self.connection.execute(statement.encode(), binary=True)
        row = await cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def _refusal(self, error: psycopg.Error) -> CannotLook:
        if not isinstance(error, pg.InsufficientPrivilege):
            return self.meant(error)
        role = self.server.role
        everything = f"GRANT pg_read_all_data TO {role};"
        # before 14 nothing grants them all, and the server names the table without its schema
        tables = f"grant {role} SELECT on the tables that the statement reads"
        known = self.server.version >= _READS_ALL_SINCE
        return CannotLook(refusals.sentence(error), remedy=everything if known else tables)


def _only(hypopg: str, index: str) -> sql.Composed:
    """Return what makes this the one hypothetical index; a plan that is kept knows none."""
    return sql.SQL(
        "SELECT {schema}.hypopg_reset(); SELECT {schema}.hypopg_create_index({index});"
        " DISCARD PLANS"
    ).format(schema=sql.Identifier(hypopg), index=sql.Literal(index))
