"""Filters that somebody has kept of a page: a name, and the query string that it stands for."""

from datetime import datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.statements import Connection


async def keep(
    connection: Connection, user: UUID, page: str, name: str, query: str, now: datetime
) -> None:
    """Keep a filter of a page (`/issues`), in the place of one of that name."""
    await statements.run(
        connection,
        "users/keep_filter",
        user=user,
        page=page,
        name=statements.storable(name),
        sought=statements.storable(query),
        now=now,
    )


async def listed(connection: Connection, user: UUID, page: str) -> list[tuple[str, str]]:
    """Return a user's filters of a page by name, each with its query string."""
    rows = await statements.run(connection, "users/list_filters", user=user, page=page)
    return [(row["name"], row["query"]) for row in rows]


async def forget(connection: Connection, user: UUID, page: str, name: str) -> None:
    """Forget a filter."""
    name = statements.storable(name)
    await statements.run(connection, "users/forget_filter", user=user, page=page, name=name)
