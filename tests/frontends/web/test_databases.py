"""Databases on pages: how each is, and that nobody knows where nobody looks any more."""

import html
from datetime import timedelta

import pytest

from fettle.frontends.report.as_json import document
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Unknown
from fettle.model.role import Role
from fettle.model.target import Kind
from fettle.store import watched
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in

SETTINGS = """
[[database]]
name = "main-db"
url = "postgresql://127.0.0.1:1/nothing"
"""


@pytest.fixture
def settings_text() -> str:
    """Give a database that is looked at every five minutes."""
    return SETTINGS


async def looked(api: Api, path: str) -> str:
    cookie = await let_in(api, "http://fettle", Role.VIEWER, "a viewer")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    return html.unescape((await api.nobody.get(path, headers=headers)).text)


async def look(api: Api, *unknown: Unknown) -> None:
    """Let the database have been looked at, and be well as far as that could be seen."""
    now = api.clock.now()
    outcome = Outcome("index_unused", unknown=unknown)
    found = Diagnosis("main-db", now, timedelta(seconds=1), (outcome,))
    async with api.serving.pool.connection() as connection, connection.transaction():
        await watched.save_diagnosis(
            connection,
            document(found, verbose=False),
            Kind.DATABASE,
            "checks",
            now,
            timedelta(days=30),
        )


async def test_a_database_that_nobody_looks_at_any_more_is_not_called_well(api: Api) -> None:
    await look(api)
    fresh = [await looked(api, path) for path in ("/databases", "/databases/main-db")]
    api.clock.moment += timedelta(minutes=16)
    late = [await looked(api, path) for path in ("/databases", "/databases/main-db")]

    assert all('severity ok">ok' in page for page in fresh)
    assert not any('severity ok">ok' in page for page in late)
    assert all('severity unknown">unknown' in page for page in late)
    assert "Nobody has looked since" in late[1]


async def test_what_could_not_be_looked_at_at_all_is_not_said_to_be_right(api: Api) -> None:
    await look(api)
    assert "Nothing is wrong" in await looked(api, "/databases/main-db")
    api.clock.moment += timedelta(minutes=5)
    await look(api, Unknown("the connection was refused"))
    page = await looked(api, "/databases/main-db")
    assert "Nobody knows" in page
    assert "the connection was refused" in page
    assert "Nothing is wrong" not in page
