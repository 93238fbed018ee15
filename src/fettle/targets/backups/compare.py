"""A recovered database beside the one that it is a backup of: counts and checksums of each table.

The other one was written since. Where not all rows are the same, some that were recovered are
looked up, by their primary key or among all rows. Of what is large not all is read: it is in use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from fettle.model.backup import Sides
from fettle.model.quantity import Bytes
from fettle.targets.backups.cluster import Cluster
from fettle.targets.backups.source import Source

_BESIDE = Path(__file__)
_TABLES = _BESIDE.with_name("tables.sql").read_bytes()
_COLUMNS = _BESIDE.with_name("columns.sql").read_bytes()
_READ_WHOLE = Bytes(256 * 1024**2)
_SAMPLED = 1000
# How a row is written as text must not be each side's own.
_ALIKE = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'iso_8601'",
    "SET extra_float_digits = 3",
    "SET bytea_output = 'hex'",
    "SET xmloption = 'content'",
    "SET search_path = pg_catalog",
)
_SUM = sql.SQL(
    "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {} AS t"
)
_COUNT = sql.SQL("SELECT count(*) FROM {}")
_SAMPLE = sql.SQL(
    "SELECT {keys}, hashtextextended(t::text, 0) FROM {table} AS t ORDER BY random() LIMIT {many}"
)
_LOOK_UP = sql.SQL("SELECT hashtextextended(t::text, 0) FROM {table} AS t WHERE {key}")
_MANY = sql.Literal(_SAMPLED)
_SAMPLE_BARE = sql.SQL(
    "SELECT hashtextextended(t::text, 0) FROM {table} AS t ORDER BY random() LIMIT {many}"
)
_AMONG = sql.SQL(
    "SELECT DISTINCT hashtextextended(t::text, 0) FROM {table} AS t"
    " WHERE hashtextextended(t::text, 0) = ANY (%s)"
)
_Connection = psycopg.AsyncConnection[tuple[object, ...]]
_Table = tuple[str, str]


@dataclass(frozen=True)
class _Known:
    """A table: how large it is, and whether its rows may be read."""

    size: int
    readable: bool


async def compared(cluster: Cluster, database: str, source: Source) -> tuple[Sides, ...]:
    """Compare every table of both; raises CannotLook where the database does not answer."""
    async with source.connected() as there, cluster.connected(database) as here:
        for connection in (here, there):
            for setting in _ALIKE:
                await connection.execute(setting.encode())
        recovered, now = await _tables(here), await _tables(there)
        keys = await _keys(here)
        told = [
            await _sides(here, there, table, recovered.get(table), now.get(table), keys)
            for table in sorted({*recovered, *now})
        ]
    return tuple(told)


async def _tables(connection: _Connection) -> dict[_Table, _Known]:
    rows = await (await connection.execute(_TABLES)).fetchall()
    return {
        (str(schema), str(name)): _Known(int(str(size)), bool(readable))
        for schema, name, size, readable in rows
    }


async def _keys(connection: _Connection) -> dict[_Table, Sequence[str]]:
    rows = await (await connection.execute(_COLUMNS)).fetchall()
    return {(str(row[0]), str(row[1])): list(row[2]) for row in rows}  # type: ignore[call-overload]


async def _sides(
    here: _Connection,
    there: _Connection,
    table: _Table,
    recovered: _Known | None,
    now: _Known | None,
    keys: Mapping[_Table, Sequence[str]],
) -> Sides:
    name = ".".join(table)
    called = sql.Identifier(*table)
    if now is not None and not now.readable:
        count = await _one(here, _COUNT.format(called)) if recovered else (0,)
        return Sides(name, int(str(count[0])), None, unseen="the role may not read it")
    try:
        if recovered is None:
            return Sides(name, None, int(str((await _one(there, _COUNT.format(called)))[0])))
        if now is None:
            return Sides(name, int(str((await _one(here, _COUNT.format(called)))[0])), None)
        asked = (_SUM if now.size <= _READ_WHOLE else _COUNT).format(called)
        ours, theirs = await _one(here, asked), await _one(there, asked)
        same = ours == theirs if len(ours) == 2 else None
        sampled, alike = 0, 0
        if not same and table in keys:
            sampled, alike = await _looked_up(here, there, called, keys[table])
        elif same is False:
            sampled, alike = await _looked_for(here, there, called)
    except psycopg.Error as error:
        said = " ".join(str(error).split())[:200]
        return Sides(name, None, None, unseen=said)
    return Sides(name, int(str(ours[0])), int(str(theirs[0])), same, sampled, alike)


async def _one(connection: _Connection, asked: sql.Composed) -> tuple[object, ...]:
    row = await (await connection.execute(asked)).fetchone()
    return row or (0,)


async def _looked_up(
    here: _Connection, there: _Connection, table: sql.Identifier, keys: Sequence[str]
) -> tuple[int, int]:
    """Take rows that were recovered, and count those that are there just so."""
    named = [sql.Identifier(key) for key in keys]
    some = _SAMPLE.format(keys=sql.SQL(", ").join(named), table=table, many=_MANY)
    asked = _LOOK_UP.format(
        table=table,
        key=sql.SQL(" AND ").join(sql.SQL("{} = %s").format(one) for one in named),
    )
    alike = 0
    rows = await (await here.execute(some)).fetchall()
    for *values, checksum in rows:
        found = await (await there.execute(asked, values)).fetchone()
        alike += found is not None and found[0] == checksum
    return len(rows), alike


async def _looked_for(
    here: _Connection, there: _Connection, table: sql.Identifier
) -> tuple[int, int]:
    """Take rows that were recovered, and count those that are among all that are there."""
    rows = await (await here.execute(_SAMPLE_BARE.format(table=table, many=_MANY))).fetchall()
    wanted = [row[0] for row in rows]
    found = await (await there.execute(_AMONG.format(table=table), [wanted])).fetchall()
    there_are = {row[0] for row in found}
    return len(wanted), sum(one in there_are for one in wanted)
