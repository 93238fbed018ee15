"""Tables in parts of some days each: made ahead, and dropped as a whole when they are old.

A part is called by its table and its first day. It is made beside its table and put into it: who
reads and writes meanwhile waits for nothing. To drop one waits for them, and is given up soon.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from psycopg import sql

from fettle.store import statements
from fettle.store.statements import Connection

# How many days a part of a table has.
DAYS: Mapping[str, int] = {"look": 7, "sample": 7, "sample_hour": 28}
_FIRST = date(1970, 1, 5)  # a Monday, from which on parts are counted
_AHEAD = timedelta(days=14)
_LOCK = 847031  # one at a time makes parts; any constant would do
_PATIENCE = "SET LOCAL lock_timeout = '1s'"


async def prepare(connection: Connection, now: datetime) -> None:
    """Have the parts of this time and of the next two weeks, in a transaction of its own."""
    await cover(connection, now, now + _AHEAD)


async def cover(connection: Connection, since: datetime, until: datetime) -> None:
    """Have the parts of a time, in a transaction of its own."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        for table in DAYS:
            known = set(await _parts(connection, table))
            for first in _firsts(table, since, until):
                if _name(table, first) not in known:
                    await _make(connection, table, first)


async def let_go(connection: Connection, table: str, before: datetime) -> int:
    """Drop the oldest part of a table if all of it was before a moment; return how many went.

    The caller is in a transaction.
    """
    length = timedelta(days=DAYS[table])
    for name in await _parts(connection, table):
        first = datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)
        if first + length <= before:
            await connection.execute(_PATIENCE)
            drop = sql.SQL("DROP TABLE {}").format(sql.Identifier(name))
            await connection.execute(drop)
            return 1
    return 0


async def _parts(connection: Connection, table: str) -> list[str]:
    rows = await statements.run(connection, "samples/partitions", parent=table)
    return [row["name"] for row in rows]


def _firsts(table: str, since: datetime, until: datetime) -> Iterator[date]:
    """Yield the first days of the parts that a time lies in."""
    days = DAYS[table]
    first = since.astimezone(UTC).date()
    first -= timedelta(days=(first - _FIRST).days % days)
    while first <= until.astimezone(UTC).date():
        yield first
        first += timedelta(days=days)


def _name(table: str, first: date) -> str:
    return f"{table}_{first:%Y%m%d}"


async def _make(connection: Connection, table: str, first: date) -> None:
    begins = datetime.combine(first, time(), UTC)
    ends = begins + timedelta(days=DAYS[table])
    part, whole = sql.Identifier(_name(table, first)), sql.Identifier(table)
    # rows are changed as long as their time lasts: in the room that is left they need no index
    make = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL) WITH (fillfactor = 80)")
    await connection.execute(make.format(part, whole))
    put = sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
    bounds = sql.Literal(begins.isoformat()), sql.Literal(ends.isoformat())
    await connection.execute(put.format(whole, part, *bounds))
