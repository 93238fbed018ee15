"""What an issue is looked at by, in its page: any target, again, and what can be planned of it."""

import html
import re
from collections.abc import AsyncIterator

import pytest

from fettle.frontends.report import as_json
from fettle.model.diagnosis import Diagnosis
from fettle.model.role import Role
from fettle.model.signal import Signal, SignalKind
from fettle.store import investigations
from fettle.store.investigations import Completed
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.test_issues import fire
from tests.frontends.report.sample import SAMPLE
from tests.frontends.web.site import Browser
from tests.frontends.web.test_issue_work import browser

WATCHED = (
    SETTINGS
    + """
[[database]]
name = "main-db"
url = "postgresql://127.0.0.1:1/nothing"

[[service]]
name = "till"
url = "https://till.example"

[[host]]
name = "web-1"
on = "web"
"""
)


@pytest.fixture
def settings_text() -> str:
    return WATCHED


@pytest.fixture
async def ada(api: Api) -> AsyncIterator[Browser]:
    made = await browser(api, Role.RESPONDER, "ada")
    async with made.client:
        yield made


async def found(api: Api, target: str, diagnosis: Diagnosis = SAMPLE) -> None:
    """Complete the looks at a target that issues wait for."""
    document = as_json.document(diagnosis, verbose=False)
    async with api.serving.pool.connection() as connection, connection.transaction():
        waiting = await investigations.waiting(connection, target, 2**31, 10)
        snapshot = await investigations.save_snapshot(connection, target, document, [], [])
        done = [Completed(one.id, (), None) for one in waiting]
        await investigations.complete(connection, snapshot.id, done, api.clock.now())


async def page(ada: Browser, number: int = 1) -> str:
    text = html.unescape((await ada.get(f"/issues/{number}")).text)
    return text[text.index("</h1>") : text.index('id="timeline"')]


async def looks(api: Api, number: int = 1) -> list[tuple[str, str]]:
    diagnosis = (await api.show(number))["diagnosis"]
    return [(one["target"], one["state"]) for one in diagnosis["looks"]] if diagnosis else []


async def test_each_target_can_be_looked_at_again(api: Api, ada: Browser) -> None:
    await api.arrive(fire("a", "The till is slow", service="till"))
    await found(api, "till")

    before = await page(ada)
    answer = await ada.send("/issues/1/diagnose", {"target": "till"})

    assert answer.status_code == 303
    assert '<a href="/services/till"><bdi>till</bdi></a>' in before
    assert "Look again</button>" in before
    assert "Look at all of them" not in before
    assert "Look at its databases" not in before
    assert await looks(api) == [("till", "done"), ("till", "waiting")]
    assert "A worker looks at it." in await page(ada)


async def test_what_a_look_found_says_what_to_do_and_what_it_could_not_see(
    api: Api, ada: Browser
) -> None:
    await api.arrive(fire("a", "The till is slow", service="till"))
    await found(api, "till")

    shown = await page(ada)

    finding = SAMPLE.findings[0]
    assert finding.impact in shown
    assert finding.recommendations[0][:40] in shown
    gap = SAMPLE.unknown[0][1]
    assert f"<bdi>{gap.reason}</bdi>" in shown


async def test_what_can_be_mended_in_a_database_is_planned_from_the_issue(
    api: Api, ada: Browser
) -> None:
    await api.arrive(fire("a", "main-db is slow", service="till"))
    await found(api, "main-db")
    finding = next(one for one in SAMPLE.findings if one.fixes)

    shown = await page(ada)
    typed = {"issue": "1", "target": "main-db", "fix": finding.fixes[0], "subject": finding.subject}
    answer = await ada.send("/issues/1/plan", typed)

    assert f'<input type="hidden" name="fix" value="{finding.fixes[0]}">' in shown
    assert answer.headers["location"] == "/issues/1#diagnosis"
    async with api.serving.pool.connection() as connection:
        asked = await connection.execute("SELECT target FROM run WHERE kind = 'plan'")
        assert await asked.fetchall() == [("main-db",)]


async def test_where_nothing_says_what_it_is_about_something_can_be_chosen(
    api: Api, ada: Browser
) -> None:
    await api.report("An odd noise")

    shown = await page(ada)
    await ada.send("/issues/1/diagnose", {"target": "web-1"})

    assert "Nothing says which of all that is watched it is about." in shown
    offered = re.findall(r'<option value="([^"]+)">', shown[shown.index('id="diagnosis"') :])
    assert offered[:3] == ["till", "web-1", "main-db"]
    assert await looks(api) == [("web-1", "waiting")]


async def test_alerts_lead_to_where_their_source_shows_them(api: Api, ada: Browser) -> None:
    await api.arrive(
        fire("a", "Slow", group="g", url="https://grafana.example/d/1?x=%22"),
        fire("b", "Odd", group="g", url="javascript:alert(1)", runbook_url="https://wiki.example"),
    )
    await api.arrive(
        Signal("errors", SignalKind.ERROR, "7", True, "till: KeyError", service="till"),
        Signal("checks/web-1", SignalKind.CHECK, "disk_full:/", True, "A disk is full"),
    )

    shown, error, check = [await page(ada, number) for number in (1, 2, 3)]

    leads = '" rel="noreferrer noopener">'
    assert f'<a href="https://grafana.example/d/1?x=%22{leads}' in shown
    assert f'<a class="tag" href="https://wiki.example{leads}runbook' in shown
    assert "javascript:" not in shown
    assert '<a href="/errors/7#event">' in error
    assert '<a href="/errors/7"><bdi>till: KeyError' in error
    assert '<a href="/services/web-1"><bdi>A disk is full' in check


async def test_services_lead_to_their_pages(api: Api, ada: Browser) -> None:
    await api.report("It is slow", service="till")

    text = html.unescape((await ada.get("/issues/1")).text)

    assert '<dt>Services</dt><dd><a href="/services/till"><bdi>till</bdi></a>' in text
