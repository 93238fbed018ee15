"""The plan of a statement, without executing it.

The statement's text comes from outside. It is sent by the extended protocol, which takes one
statement only, in a read-only transaction, behind PREPARE, which takes only what is planned; then
EXPLAIN without ANALYZE shows its generic plan. Planning may call immutable functions, nothing else.
"""

import re
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from fettle.errors import CannotLook
from fettle.targets import refusals

Connection = psycopg.AsyncConnection[tuple[object, ...]]

_PLANNED = re.compile(
    r"\s*(?:/\*.*?\*/\s*)*(?:select|insert|update|delete|merge|with)\b", re.IGNORECASE | re.DOTALL
)
_NAME = "fettle_explained"


async def plans(
    connection: Connection,
    preamble: sql.Composed,
    statement: str,
    indexes: Sequence[str],
    hypopg: str | None,
) -> list[Any]:
    """Return the statement's plan, and with hypothetical indexes the plan beside them.

    `preamble` begins a read-only transaction with its limits; `hypopg` is the extension's schema,
    without which the second plan is not asked for. Raises CannotLook.
    """
    if not _PLANNED.match(statement):
        raise CannotLook("only SELECT, INSERT, UPDATE, DELETE and MERGE have a plan")
    try:
        await connection.execute(preamble)
        # the statement names its tables as its application does: by the database's own path
        await connection.execute("SET LOCAL search_path TO DEFAULT")
        found = [await _plan(connection, statement)]
        if indexes and hypopg is not None:
            schema = sql.Identifier(hypopg)
            for index in indexes:
                create = sql.SQL("SELECT {}.hypopg_create_index({})")
                await connection.execute(create.format(schema, sql.Literal(index)))
            found.append(await _plan(connection, statement))
            await connection.execute(sql.SQL("SELECT {}.hypopg_reset()").format(schema))
    except psycopg.Error as error:
        raise CannotLook(refusals.sentence(error), remedy=refusals.remedy(error)) from error
    finally:
        await connection.rollback()
    return found


async def _plan(connection: Connection, statement: str) -> Any:  # noqa: ANN401 - JSON
    """Prepare the statement, and explain its generic plan, which needs no values."""
    await _one(connection, f"PREPARE {_NAME} AS {statement}")
    try:
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        count = await _one(
            connection,
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements"
            " WHERE name = 'fettle_explained'",
        )
        values = f"({', '.join(['NULL'] * int(count))})" if count else ""
        answer = await _one(connection, f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {_NAME}{values}")
        return answer[0]["Plan"]
    finally:
        # PREPARE outlives its transaction, aborted or not
        if connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            await connection.rollback()
        await connection.execute(f"DEALLOCATE {_NAME}".encode())


async def _one(connection: Connection, statement: str) -> Any:  # noqa: ANN401 - one value
    """Run one statement, and no more than one, and return its one value."""
    # binary: the extended protocol, which refuses a second statement behind a semicolon
    cursor = await connection.execute(statement.encode(), binary=True)
    row = await cursor.fetchone() if cursor.description else None
    return row[0] if row else None
