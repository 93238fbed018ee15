"""A store on a server that it watches is said to be there: it goes down with it."""

import asyncio
from uuid import uuid4

from fettle.flow import own_store
from fettle.flow.own_store import KEY, warn, warnings
from fettle.flow.schedules import planned
from fettle.main import Wired
from fettle.model.service import Service, Tier
from fettle.model.severity import Severity
from fettle.settings import Settings
from fettle.triage.case import Case, Policy
from fettle.triage.catalogue import Catalogue
from fettle.triage.classify import classify
from tests import servers
from tests.conftest import FreshDatabase
from tests.flow.filing import Filing
from tests.flow.test_watch import settings_of, watch_of


async def warned(filing: Filing, settings: Settings) -> list[str]:
    wired = Wired({})
    targets = wired.targets((), settings)
    return await warn(filing.pool, targets, wired.connect(settings), settings, filing.clock)


async def ready(filing: Filing) -> list[str]:
    async with filing.pool.connection() as connection:
        return await warnings(connection)


async def test_it_is_filed_once_and_ends_when_the_store_has_moved(
    filing: Filing, other_database: FreshDatabase
) -> None:
    here = settings_of(other_database.url)
    first = await warned(filing, here)
    again = await warned(filing, here)
    (signal,) = await filing.filed()
    said = await ready(filing)
    with servers.serve(18, fsync="off") as elsewhere:
        moved = await warned(filing, settings_of(elsewhere.url()))
    _, ended = await filing.filed()

    assert (first, again, moved) == (["main-db"], ["main-db"], [])
    assert (signal.key, signal.severity, signal.firing) == (KEY, Severity.LOW, True)
    assert "[server] alive_url" in signal.text
    shop = Catalogue((Service("shop", Tier.CRITICAL, depends_on=("main-db",)),))
    assert classify(Case.of(signal), Policy(shop)).severity is Severity.LOW
    assert said == ["Fettle keeps its own records on the server of main-db"]
    assert (ended.key, ended.source, ended.firing) == (KEY, signal.source, False)
    assert await ready(filing) == []


async def test_what_cannot_be_reached_changes_nothing(
    filing: Filing, other_database: FreshDatabase
) -> None:
    await warned(filing, settings_of(other_database.url))

    assert await warned(filing, settings_of()) == []
    assert len(await ready(filing)) == 1


async def test_a_role_without_any_grant_is_enough(
    filing: Filing, other_database: FreshDatabase
) -> None:
    url = other_database.server.url(other_database.name, servers.USER, servers.PASSWORD)

    assert await warned(filing, settings_of(url)) == ["main-db"]


async def test_a_look_leaves_it_as_it_is_and_so_does_one_that_comes_at_once(
    filing: Filing, other_database: FreshDatabase
) -> None:
    settings = settings_of(other_database.url)
    (plan,) = planned(settings)
    made = watch_of(filing, settings, filing.clock)

    await asyncio.gather(warned(filing, settings), made.look(plan, uuid4()))
    await made.look(plan, uuid4())

    told = [signal.firing for signal in await filing.filed() if signal.key == KEY]
    assert told == [True]
    assert await ready(filing) == [own_store.title("main-db")]
