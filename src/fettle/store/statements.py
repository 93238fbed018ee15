"""Run the SQL that stands in queries/, by its name."""

import re
from collections.abc import Mapping
from functools import cache
from json import dumps
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Connection = psycopg.AsyncConnection[Any]
Row = dict[str, Any]

_QUERIES = Path(__file__).with_name("queries")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


async def run(connection: Connection, query: str, **values: object) -> list[Row]:
    """Run `queries/<query>.sql` with these parameters; return its rows, an empty list for none."""
    return await _run(connection, query, values, prepare=None)


async def run_planned(connection: Connection, query: str, **values: object) -> list[Row]:
    """Run a query that is planned anew for these very parameters.

    It is for those with filters that can be left out: a plan for all of them at once reads the
    whole table (100,000 issues: 100 ms, and 5 ms when it is planned for what is asked).
    """
    return await _run(connection, query, values, prepare=False)


async def _run(
    connection: Connection, query: str, values: Mapping[str, object], *, prepare: bool | None
) -> list[Row]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_sql(query).encode(), values, prepare=prepare)
        return await cursor.fetchall() if cursor.description else []


def storable(text: str) -> str:
    """Return a text as PostgreSQL can keep it: no NUL characters, no halves of surrogate pairs."""
    return _UNSTORABLE.sub("\ufffd", text)


def json(document: object) -> Jsonb:
    """Return a document as a parameter of type jsonb."""
    return Jsonb(document, dumps=written)


def written(document: object) -> bytes:
    """Write a document as JSON that PostgreSQL can keep.

    Nearly all can be kept as they are; what cannot is written again, without what hinders it.
    """
    text = dumps(document, ensure_ascii=False, default=_plain)
    if "\\u0000" in text or _UNSTORABLE.search(text):
        text = dumps(_storable(document), ensure_ascii=False)
    return text.encode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON knows")


def _storable(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return value


@cache
def _sql(name: str) -> str:
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")
