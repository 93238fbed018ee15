"""The answer of statements, however long: part by part, and nothing is kept of what has gone by.

psycopg's own streams take one statement at a time; what stands in a file may be several, and is
sent as it stands there. Of an answer libpq holds a row, which is a GiB at most.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import groupby
from typing import Any

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from fettle.errors import ActFailed
from fettle.model.excerpt import LONGEST_LINE
from fettle.model.ports import Rows

_ROWS = {ExecStatus.SINGLE_TUPLE, ExecStatus.TUPLES_OK}
_NOTHING = {ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY}


async def parts(connection: psycopg.AsyncConnection[Any], statement: str) -> AsyncIterator[Rows]:
    """Yield what statements answer, as texts that are cut where they are long, as it comes.

    Raises psycopg.Error, and ActFailed for what is copied; the connection is of no use then.
    """
    pgconn, encoding = connection.pgconn, connection.info.encoding
    async with connection.lock:
        pgconn.send_query(statement.encode())
        pgconn.set_single_row_mode()
        await connection.wait(generators.send(pgconn))
        while results := await connection.wait(_come(pgconn)):
            for (status, columns), group in groupby(results, key=_kind):
                if status in _ROWS:
                    yield _rows(columns, group, encoding)
                elif status not in _NOTHING:
                    raise _failed(next(group), encoding)


def _come(pgconn: PGconn) -> PQGen[Sequence[PGresult]]:
    """Return the results that have come, after a wait for the first; none at the end."""
    result = yield from generators.fetch(pgconn)
    found: list[PGresult] = []
    while result is not None:
        found.append(result)
        if result.status not in _ROWS | _NOTHING or pgconn.is_busy():
            break
        result = pgconn.get_result()
    return found


def _kind(result: PGresult) -> tuple[int, Sequence[bytes | None]]:
    return result.status, [result.fname(column) for column in range(result.nfields)]


def _failed(result: PGresult, encoding: str) -> Exception:
    if result.status == ExecStatus.FATAL_ERROR:
        return error_from_result(result, encoding)
    return ActFailed(
        "COPY from and to whoever asks is not done by a step",
        remedy="let a command do it: psql -c '\\copy …'",
    )


def _rows(columns: Sequence[bytes | None], results: Iterable[PGresult], encoding: str) -> Rows:
    names = tuple((name or b"").decode(encoding, "replace") for name in columns)
    values = [
        tuple(_text(result.get_value(row, column), encoding) for column in range(len(names)))
        for result in results
        for row in range(result.ntuples)
    ]
    return Rows(names, values)


def _text(value: bytes | None, encoding: str) -> str | None:
    if value is None:
        return None
    return value[: 4 * LONGEST_LINE].decode(encoding, "replace")[:LONGEST_LINE]
