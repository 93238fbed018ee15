"""Filters are kept under a name that their owner has once on each page, and shared or not."""

from dataclasses import replace
from uuid import uuid4

import pytest

from fettle.errors import NotFound, Refused
from fettle.main import Wired
from fettle.store import filters
from fettle.store.filters import Filter
from fettle.testing import START


def a_filter(owner: str, name: str, query: str = "status=new", **more: object) -> Filter:
    return replace(Filter(uuid4(), owner, "/issues", name, query, False, START), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["mine", 'a "quote" \0 🧯'])
async def test_filters_are_kept_changed_and_forgotten(
    store_environ: dict[str, str], name: str
) -> None:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store:
        connection = store.connection
        mine = await filters.keep(connection, a_filter("user:ada", name))
        await filters.keep(connection, a_filter("user:ada", "all", "", shared=True))
        await filters.keep(connection, a_filter("user:ada", name, page="/fixes"))
        await filters.keep(connection, a_filter("user:bob", name, "y=1"))
        with pytest.raises(Refused, match="already"):
            await filters.keep(connection, a_filter("user:ada", name))
        with pytest.raises(Refused, match="already"):
            await filters.change(connection, replace(mine, name="all"))
        await filters.change(connection, replace(mine, query="status=fixing"))
        kept = await filters.listed(connection, "user:ada", "/issues")
        theirs = await filters.listed(connection, "user:bob", "/issues")
        await filters.forget(connection, mine.id)
        with pytest.raises(NotFound):
            await filters.locked(connection, mine.id)

    plain = name.replace("\0", "\ufffd")
    assert {(one.name, one.query) for one in kept} == {("all", ""), (plain, "status=fixing")}
    assert {(one.name, one.query) for one in theirs} == {("all", ""), (plain, "y=1")}


async def test_nobody_keeps_more_than_can_be_read(store_environ: dict[str, str]) -> None:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store:
        for number in range(filters.MOST):
            await filters.keep(store.connection, a_filter("user:ada", str(number)))
        with pytest.raises(Refused, match="100 filters"):
            await filters.keep(store.connection, a_filter("user:ada", "one more"))
