"""The pages of logs: what comes, what of it is news, and what nobody wants to hear of."""

import html
import re
from datetime import timedelta

import pytest

from fettle.flow.logs import Learning
from fettle.model.role import Role
from fettle.settings.logs import LogsSettings
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import a_key, take
from tests.frontends.web.browsing import Visit, let_in

ADDRESS = "http://fettle"
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def settings_text() -> str:
    """Give a key whose lines are of a service."""
    return '[[hook]]\nname = "prod"\nservice = "shop"\n[[service]]\nname = "shop"\n'


async def looked(api: Api, path: str, role: Role = Role.VIEWER) -> str:
    cookie = await let_in(api, ADDRESS, role, f"a {role}")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    return html.unescape((await api.nobody.get(path, headers=headers)).text)


async def learn(api: Api, days: int = 0) -> None:
    """Let what waits be learnt; what is new after so many days is news."""
    process = Learning(api.serving.pool, api.clock, LogsSettings(learn=timedelta(days=days)))
    api.clock.moment += timedelta(seconds=6)
    await process.close()
    while await process.take():
        pass
    await take(api)


async def speak(api: Api, key: str, lines: str, source: str = "") -> None:
    asked = {"source": source} if source else {}
    path = f"/hooks/{key}/logs"
    answer = await api.nobody.post(path, params=asked, content=lines, headers=TEXT)
    assert answer.status_code == 202, answer.text


async def one_that_is_news(api: Api) -> str:
    """Let a log come, and then an error in it that never came before; return its key."""
    key = await a_key(api)
    await speak(api, key, "INFO served /7 in 3 ms\n" * 3)
    await learn(api)
    await speak(api, key, "ERROR no card: 7 <b>")
    await learn(api)
    return key


async def test_where_there_is_none_it_says_how_to_send_some(api: Api) -> None:
    assert "fettle key create --kind hook --name shop" in await looked(api, "/logs")
    assert "No log is called nonsense" in await looked(api, "/logs/nonsense")


async def test_logs_are_listed_with_what_comes_and_how_they_stand(api: Api) -> None:
    key = await one_that_is_news(api)
    await speak(api, key, "INFO begun\nINFO ended", "worker")
    waiting = await looked(api, "/logs/prod/worker")
    await learn(api, days=1)
    page = await looked(api, "/logs")

    assert "fettle worker" in waiting
    assert re.findall(r'href="/logs/(prod[^"]*)"', page) == ["prod", "prod/worker"]
    assert re.findall(r'data-label="this hour">(\d+)<', page) == ["4", "2"]
    assert re.findall(r'data-label="24 hours">(\d+)<', page) == ["4", "2"]
    assert re.findall(r"learning|>new<", page) == [">new<", "learning"]


async def test_templates_are_shown_by_their_state_with_the_issue_of_their_news(api: Api) -> None:
    await one_that_is_news(api)
    page = await looked(api, "/logs/prod")
    new = await looked(api, "/logs/prod?state=new")

    assert "served <*> in <*>" in page
    assert "served /7 in 3 ms" in page
    assert "3 in 7 days, at most 3 a day, 3 today" in page
    assert "served" not in new
    assert 'href="/issues/1"' in new
    assert "None of its templates is vanished" in await looked(api, "/logs/prod?state=vanished")
    assert "States are new, rising" in await looked(api, "/logs/prod?state=odd")
    assert "Mute" not in page
    assert "Mute" in await looked(api, "/logs/prod", Role.RESPONDER)


async def test_many_templates_lead_to_the_older_ones(api: Api) -> None:
    names = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(55)]
    await speak(api, await a_key(api), "\n".join(f"INFO {one}x {one}y {one}z" for one in names))
    await learn(api)
    first = await looked(api, "/logs/prod?state=known")
    older = re.search(r'rel="next" href="([^"]+)"', first)

    assert older is not None
    seen = [re.findall(r"\w\wx \w\wy \w\wz(?=</bdi></code>)", page) for page in (first,)]
    seen.append(re.findall(r"\w\wx \w\wy \w\wz(?=</bdi></code>)", await looked(api, older[1])))
    assert len({*seen[0], *seen[1]}) == 55
    assert not {*seen[0]} & {*seen[1]}


async def test_what_nobody_wants_to_hear_of_is_muted_in_a_browser(visit: Visit) -> None:
    await one_that_is_news(visit.api)
    async with visit.open("/logs") as page:
        await page.get_by_role("link", name="prod").click()
        await page.get_by_role("link", name="New").click()
        await page.get_by_role("button", name="Mute").click()
        await page.get_by_text("None of its templates is new").wait_for()
        await page.get_by_role("link", name="All", exact=True).click()
        await page.get_by_text("muted by").wait_for()
        await page.get_by_role("button", name="Let it be heard").click()
        await page.get_by_text("muted by").wait_for(state="detached")


async def test_what_comes_is_seen_without_a_reload(visit: Visit) -> None:
    key = await one_that_is_news(visit.api)
    async with visit.open("/logs/prod") as page:
        await page.locator("#stream.known:not(.lost)").wait_for(state="attached")
        await speak(visit.api, key, "INFO a second kind of line")
        process = Learning(visit.api.serving.pool, visit.api.clock, LogsSettings())
        while await process.take():
            pass
        await process.tell_pages()
        await page.get_by_text("a second kind of line").first.wait_for()


async def test_what_cannot_be_muted_says_why(visit: Visit) -> None:
    await one_that_is_news(visit.api)
    async with visit.open("/logs/prod") as page:
        hidden = page.locator("input[name=template]").first
        # in one go: news that come in between write the field anew
        await hidden.evaluate("one => { one.value = 't999'; one.form.requestSubmit(); }")
        await page.get_by_text("There is no template t999").wait_for()
    visit.complaints = [one for one in visit.complaints if "status of 4" not in one]
