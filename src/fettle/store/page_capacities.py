"""How much the servers of pages carry, the latest of each, where somebody had it kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fettle.model.capacity import NOBODY_SAID, Asked, KeptCapacity
from fettle.model.finding import Unknown
from fettle.store import statements
from fettle.store.statements import Connection, storable

_MOST = 500


async def keep(
    connection: Connection, page: str, at: datetime, actor: str, document: Mapping[str, Any]
) -> None:
    """Keep what was found (fettle.capacity/1) in place of what was found before."""
    await statements.run(
        connection,
        "page_capacities/keep",
        page=storable(page),
        at=at,
        actor=storable(actor),
        document=statements.json(document),
    )


async def of_pages(connection: Connection, pages: Sequence[str]) -> dict[str, KeptCapacity]:
    """Return what was found of pages, by their addresses; the store may be older than that."""
    named = {storable(page): page for page in pages}
    found = await _kept(connection, pages=list(named), since=None, limit=None)
    return {named[page]: one for page, one in found.items()}


async def since(connection: Connection, moment: datetime) -> dict[str, KeptCapacity]:
    """Return what was found since a moment, by the pages' addresses, of 500 the latest."""
    return await _kept(connection, pages=None, since=moment, limit=_MOST)


async def _kept(connection: Connection, **asked: object) -> dict[str, KeptCapacity]:
    (row,) = await statements.run(connection, "page_capacities/is_there")
    if not row["is_there"]:
        return {}
    rows = await statements.run(connection, "page_capacities/kept", **asked)
    return {
        row["page"]: KeptCapacity(
            row["at"], row["carried"], row["at_least"], _asked(row["asked"], row["by"])
        )
        for row in rows
    }


def _asked(rate: float | None, by: str | None) -> Asked | Unknown:
    if rate is None:
        return NOBODY_SAID
    return Asked(rate, f"{by or '--now'}, when that was found")
