"""A link in a notification acknowledges an issue: when its button is pressed, and not before."""

from datetime import timedelta

import pytest

from fettle.flow import absorb
from fettle.model.issue import Issue
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.store import issues
from tests.frontends.api.conftest import Api

TITLE = "<b>Checkout</b> is down"


async def opened(api: Api, title: str = TITLE) -> Issue:
    signal = Signal("people", SignalKind.REPORT, "r1", True, title, severity=Severity.CRITICAL)
    async with api.serving.pool.connection() as connection, connection.transaction():
        return await absorb.report(connection, api.serving.taking, signal)


async def now(api: Api, issue: Issue) -> Issue:
    async with api.serving.pool.connection() as connection:
        return await issues.find(connection, issue.number)


def link(api: Api, issue: Issue) -> str:
    desk = api.serving.desk
    return desk.links.acknowledge(issue.number, "web", desk.clock.now()).removeprefix(
        "http://fettle"
    )


async def test_looking_acknowledges_nothing_and_the_button_does(api: Api) -> None:
    issue = await opened(api)
    looked = await api.nobody.get(link(api, issue))
    before = (await now(api, issue)).acknowledged_by
    pressed = await api.nobody.post(link(api, issue))
    again = await api.nobody.post(link(api, issue))

    assert looked.status_code == 200
    assert "&lt;b&gt;Checkout&lt;/b&gt; is down" in looked.text
    assert before is None
    assert "It is yours" in pressed.text
    assert f'href="/issues/{issue.number}"' in pressed.text
    assert again.status_code == 200
    assert (await now(api, issue)).acknowledged_by == "link:web"
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert ("link:web", "acknowledge", f"/issues/{issue.number}") in {
        (one["actor"], one["act"], one["subject"]) for one in audit
    }


@pytest.mark.parametrize("press", [False, True], ids=["looking", "pressing"])
async def test_what_was_merged_meanwhile_leads_to_where_it_went(api: Api, *, press: bool) -> None:
    issue = await opened(api)
    other = (await api.report("The shop is down", service="shop"))["number"]
    await api.act(issue.number, "merge", into=other)
    answer = await (api.nobody.post if press else api.nobody.get)(link(api, issue))

    assert answer.status_code == 200
    assert f'it was merged into <a href="/issues/{other}">#{other}</a>' in answer.text
    assert "<button" not in answer.text


async def test_what_was_declined_meanwhile_is_over(api: Api) -> None:
    issue = await opened(api)
    await api.act(issue.number, "decline", why="false-positive", reason="a test")
    answer = await api.nobody.get(link(api, issue))

    assert "it is over" in answer.text
    assert "<button" not in answer.text


async def test_a_title_from_outside_is_text_of_bounded_length(api: Api) -> None:
    title = f"</h1><script>x</script> \u202eteg\u202c {'w' * 10_000}"
    issue = await opened(api, title)
    looked = await api.nobody.get(link(api, issue))

    assert "<script>" not in looked.text
    assert "\u202e" not in looked.text
    assert len(looked.text) < 5_000
    assert looked.headers["cache-control"] == "no-store"


async def test_a_link_that_is_not_ours_is_refused(api: Api) -> None:
    issue = await opened(api)
    answer = await api.nobody.post(link(api, issue)[:-3] + "AAA")

    assert answer.status_code == 403
    assert "none of ours" in answer.text
    assert (await now(api, issue)).acknowledged_by is None


async def test_a_link_that_has_ended_is_refused(api: Api) -> None:
    issue = await opened(api)
    desk = api.serving.desk
    old = desk.links.acknowledge(issue.number, "web", desk.clock.now() - timedelta(days=8))
    answer = await api.nobody.get(old.removeprefix("http://fettle"))

    assert answer.status_code == 403
    assert "has ended" in answer.text


async def test_an_issue_that_is_gone_is_not_found(api: Api) -> None:
    desk = api.serving.desk
    url = desk.links.acknowledge(999, "web", desk.clock.now()).removeprefix("http://fettle")

    assert (await api.nobody.get(url)).status_code == 404
