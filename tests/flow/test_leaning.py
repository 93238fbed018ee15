"""What suffers because something else gives no answer is one issue with it, and says so."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests.flow.desk import Place, place_of

PAY = {"name": "payments", "url": "https://pay.example", "critical": True}
SERVICES = [
    {"name": "shop", "team": "web", "url": "https://shop.example", "depends_on": ["orders"]},
    {"name": "orders", "team": "web", "depends_on": ["main-db", "payments"]},
    {"name": "blog", "team": "web", "url": "https://blog.example", "depends_on": ["payments"]},
]


@pytest.fixture
async def shop(store_environ: dict[str, str]) -> AsyncIterator[Place]:
    database = {"name": "main-db", "url": "postgresql://db.example/shop"}
    more = {"service": SERVICES, "dependency": [PAY], "database": [database]}
    async with place_of(store_environ, **more) as place:
        yield place


def seen(target: str, check: str, **more: object) -> Signal:
    """Give what a look at a target says."""
    signal = Signal(
        f"checks/{target}",
        SignalKind.PROBE,
        f"{check}:{target}",
        True,
        f"{check} of {target}",
        severity=Severity.HIGH,
        service=target,
    )
    return replace(signal, **more)  # type: ignore[arg-type]


GONE = seen("main-db", "unreachable", key="unreachable", group="unreachable")


async def test_what_needs_what_is_gone_joins_its_issue_and_says_why(shop: Place) -> None:
    await shop.arrive(GONE)
    await shop.arrive(seen("shop", "error_rate_high"))

    assert await shop.outcomes() == ["opened", "joined"]
    (entry,) = [one for one in await shop.timeline() if one.event == "joined"]
    assert "shop needs main-db, which gives no answer" in str(entry.detail)


async def test_what_was_seen_first_takes_what_it_suffers_by(shop: Place) -> None:
    await shop.arrive(seen("shop", "site_down"))
    await shop.arrive(seen("orders", "site_down"), GONE)

    assert await shop.outcomes() == ["opened", "joined", "joined"]
    assert len(await shop.issues()) == 1


async def test_two_that_need_the_same_are_parted_while_that_answers(shop: Place) -> None:
    await shop.arrive(seen("shop", "site_slow"), seen("blog", "site_slow"))

    assert await shop.outcomes() == ["opened", "opened"]


async def test_what_does_not_come_of_silence_stands_by_itself(shop: Place) -> None:
    await shop.arrive(GONE, seen("shop", "certificate_expiring"))
    await shop.arrive(seen("main-db", "index_unused", service=None))
    await shop.arrive(seen("blog", "site_down"))  # it needs something else

    assert await shop.outcomes() == ["opened", "opened", "opened", "opened"]


async def test_an_old_issue_takes_no_more(shop: Place) -> None:
    await shop.arrive(GONE)
    shop.clock.moment += timedelta(days=1)
    await shop.arrive(seen("shop", "site_down"))

    assert await shop.outcomes() == ["opened", "opened"]
