"""Databases on pages: how each is, and that nobody knows where nobody looks any more."""

import html
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from psycopg.types.json import Json

from fettle.flow import watch
from fettle.frontends.report.as_json import document
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Finding, Unknown
from fettle.model.role import Role
from fettle.model.severity import Severity
from fettle.model.target import Kind
from fettle.store import timers, watched
from tests.demonstration import telling
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import let_in
from tests.frontends.web.site import Browser
from tests.frontends.web.test_issue_work import browser

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


async def look(api: Api, *unknown: Unknown, findings: tuple[Finding, ...] = ()) -> None:
    """Let the database have been looked at, and be well but for what was found."""
    now = api.clock.now()
    outcome = Outcome("index_unused", findings, unknown)
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


PLAN = telling.kept()["plan"]
UNUSED = Finding(
    "public.orders_note_idx",
    Severity.MEDIUM,
    "It was never read.",
    fixes=("drop_unused_index",),
    check="index_unused",
    category="database",
    title="An index that nobody reads",
)


@pytest.fixture
async def ada(api: Api) -> AsyncIterator[Browser]:
    made = await browser(api, Role.RESPONDER, "ada")
    async with made.client:
        yield made


async def test_it_is_looked_at_again_from_its_page(api: Api, ada: Browser) -> None:
    await look(api)
    async with api.serving.pool.connection() as connection:
        await watch.prepare(connection, api.serving.settings, api.clock)
    api.clock.moment -= timedelta(minutes=1)

    page = (await ada.get("/databases/main-db")).text
    answer = await ada.send("/databases/main-db", {"do": "look"})

    assert "Look again now" in page
    assert answer.headers["location"] == "/databases/main-db"
    async with api.serving.pool.connection() as connection:
        (timer,) = await timers.of_kind(connection, watch.KIND)
        assert timer.due_at <= api.clock.now()
    assert "Look again now" not in await looked(api, "/databases/main-db")  # a viewer's


async def test_one_that_no_look_has_seen_yet_has_a_page(api: Api, ada: Browser) -> None:
    answer = await ada.get("/databases/main-db")
    page = (await ada.get(answer.headers["location"])).text
    unknown = await ada.get("/databases/elsewhere")

    assert answer.status_code == 303
    assert "It is looked at every 5 min, and was not yet." in page
    assert unknown.status_code == 404


async def test_a_fix_is_planned_from_its_page(api: Api, ada: Browser) -> None:
    await look(api, findings=(UNUSED,))

    page = (await ada.get("/databases/main-db")).text
    typed = {"do": "plan", "fix": "drop_unused_index", "subject": UNUSED.subject}
    answer = await ada.send("/databases/main-db", typed)
    where = answer.headers["location"]
    waits = (await ada.get(where)).text
    refused = await ada.send("/databases/main-db", {"do": "plan", "fix": "nothing"})

    assert "Plan to drop unused index</button>" in page
    assert where.startswith("/fixes/plannings/")
    assert "A worker looks what would be done; nothing is changed." in waits
    assert refused.status_code == 409
    assert "nothing is called nothing" in refused.text


async def planned(api: Api, result: dict[str, object]) -> str:
    """Let planning have come to this; return its page's address."""
    body = {"target": "main-db", "fix": "drop_unused_index"}
    planning = (await api.responder.post("/api/v1/plans", json=body)).json()["planning"]
    async with api.serving.pool.connection() as connection:
        await connection.execute(
            "UPDATE run SET state = 'done', finished_at = now(), result = %s WHERE id = %s",
            (Json(result), planning),
        )
    return f"/fixes/plannings/{planning}"


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (
            {"plans": [], "reason": "no <answer>", "remedy": None},
            "Nothing was planned: <bdi>no &lt;",
        ),
        ({"plans": [], "reason": None, "remedy": None}, "Nothing is found any more"),
        ({"plans": [PLAN], "reason": None, "remedy": None}, "What was planned has lapsed"),
        (
            {"plans": [PLAN | {"refused": "it is <used>"}], "reason": None, "remedy": None},
            "<bdi>it is &lt;used&gt;</bdi>",
        ),
    ],
)
async def test_what_planning_came_to_stands_on_its_page(
    api: Api, ada: Browser, result: dict[str, object], says: str
) -> None:
    where = await planned(api, result)

    assert says in (await ada.get(where)).text


async def test_what_was_planned_is_decided_about_there(api: Api, ada: Browser) -> None:
    await api.store.tables.save_plan(PLAN, "fettle")
    where = await planned(api, {"plans": [PLAN], "reason": None, "remedy": None})

    page = (await ada.get(where)).text

    assert f'action="/fixes/{PLAN["plan"]}/apply"' in page
