"""How much the servers of pages carry, the latest of each, where somebody had it kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fettle.model.capacity import KeptCapacity
from fettle.store import statements
from fettle.store.statements import Connection, storable


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
    (row,) = await statements.run(connection, "page_capacities/is_there")
    if not row["is_there"]:
        return {}
    named = {storable(page): page for page in pages}
    rows = await statements.run(connection, "page_capacities/of_pages", pages=list(named))
    return {
        named[row["page"]]: KeptCapacity(row["at"], row["carried"], row["asked"], row["at_least"])
        for row in rows
    }
