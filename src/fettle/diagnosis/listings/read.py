"""Read the listings: tables that every report shows, healthy or not.

A listing is a SQL file in this folder; its name is the listing's name, and its header's first
line the description.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from fettle.diagnosis import sessions
from fettle.errors import CannotLook
from fettle.model.diagnosis import Listing
from fettle.model.finding import Scalar
from fettle.model.ports import Database
from fettle.model.sql import identifier

NAMES = (
    "active_connections",
    "long_running_queries",
    "slow_queries",
    "table_sizes",
    "index_usage",
    "blocking_queries",
)
# Columns that hold a statement as somebody sent it.
_STATEMENTS = frozenset({"query", "blocked_statement", "blocking_statement"})


async def read(database: Database, name: str) -> Listing:
    """Return a listing; its note says why it is empty when it could not be read."""
    path = Path(__file__).with_name(f"{name}.sql")
    sql = path.read_text(encoding="utf-8")
    description = sql.partition("\n")[0].removeprefix("--").strip().rstrip(".")
    shown = sql
    for extension, schema in database.server.extensions.items():
        shown = shown.replace(f"{{{extension}}}", identifier(schema))
    try:
        rows = await database.read(sql)
    except CannotLook as error:
        return Listing(name, description, shown, note=error.reason)
    told = [tuple(_plain(rows.columns, row)) for row in rows.values]
    return Listing(name, description, shown, rows.columns, told)


def _plain(columns: tuple[str, ...], row: tuple[object, ...]) -> Iterator[Scalar]:
    for column, value in zip(columns, row, strict=True):
        if column in _STATEMENTS and isinstance(value, str):
            yield sessions.without_values(value)
        elif isinstance(value, Decimal):
            yield float(value)
        elif isinstance(value, timedelta):
            yield round(value.total_seconds(), 3)
        elif isinstance(value, str | int | float) or value is None:
            yield value
        else:
            yield str(value)
