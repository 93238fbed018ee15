"""Whoever asks whether Fettle is ready learns what there is to know about its store."""

from fettle.flow.own_store import warn
from fettle.main import Wired
from tests.conftest import FreshDatabase
from tests.flow.test_watch import settings_of
from tests.frontends.api.conftest import Api


async def test_a_store_on_a_server_that_is_watched_is_said(
    api: Api, pg18_database: FreshDatabase
) -> None:
    settings = settings_of(pg18_database.url)
    wired = Wired({})
    before = (await api.nobody.get("/readyz")).json()
    await warn(
        api.serving.pool,
        wired.targets((), settings),
        wired.connect(settings),
        settings,
        api.serving.clock,
    )
    after = (await api.nobody.get("/readyz")).json()

    assert (before["status"], before["warnings"]) == ("ok", [])
    assert after["warnings"] == ["Fettle keeps its own records on the server of main-db"]
