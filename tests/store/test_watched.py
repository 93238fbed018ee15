"""What goes on in a target is kept as it is, and as it was kept before sources were told apart."""

from fettle.main import Wired
from fettle.model.severity import Severity
from fettle.model.watched import Filed, Pending, Watched
from fettle.store import watched
from fettle.testing import START

OF = ("shop", "service")


async def test_what_goes_on_is_kept_with_who_found_it(store_environ: dict[str, str]) -> None:
    filed = Filed("The site is down", Severity.HIGH, START, by=("https://shop.example",))
    kept = Watched({"site_down:shop": filed}, pending={"site_slow:shop": Pending(1, ("a", "b"))})
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store:
        await watched.write(store.connection, OF, kept, 0, START)
        now = (await watched.read(store.connection, "shop")).watched
        await store.connection.execute(
            """UPDATE watched SET pending = '{"site_slow:shop": 2}',
            firing = firing #- '{site_down:shop,by}'"""
        )
        before = (await watched.read(store.connection, "shop")).watched

    assert now == kept
    assert before.pending == {"site_slow:shop": Pending(2)}
    assert before.firing["site_down:shop"].by == ()
