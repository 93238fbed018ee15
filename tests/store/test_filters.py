"""Filters are one's own, one of a name on each page."""

from uuid import UUID

import pytest

from fettle.main import Wired
from fettle.model.role import Role
from fettle.store import filters, users
from fettle.store.store import Store
from fettle.testing import START


async def user(store: Store, name: str) -> UUID:
    return (await users.create(store.connection, name, Role.VIEWER, "test", START)).id


@pytest.mark.parametrize("name", ["mine", 'a "quote" \0 🧯'])
async def test_filters_are_kept_replaced_and_forgotten(
    store_environ: dict[str, str], name: str
) -> None:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store:
        connection = store.connection
        ada, bob = await user(store, "ada"), await user(store, "bob")
        await filters.keep(connection, ada, "/issues", name, "status=new", START)
        await filters.keep(connection, ada, "/issues", name, "status=fixing", START)
        await filters.keep(connection, ada, "/issues", "all", "", START)
        await filters.keep(connection, ada, "/fixes", name, "x=1", START)
        await filters.keep(connection, bob, "/issues", name, "y=1", START)
        kept = await filters.listed(connection, ada, "/issues")
        await filters.forget(connection, ada, "/issues", name)
        left = await filters.listed(connection, ada, "/issues")
        theirs = await filters.listed(connection, bob, "/issues")

    plain = name.replace("\0", "\ufffd")
    assert sorted(kept) == sorted([("all", ""), (plain, "status=fixing")])
    assert left == [("all", "")]
    assert theirs == [(plain, "y=1")]
