"""The work on an issue in its page: stages, steps, the cause, roles, milestones, deploys."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from fettle.model.role import Role
from tests.demonstration.hostile import TEXT as HOSTILE
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import Visit, let_in, violations
from tests.frontends.web.site import Browser
from tests.frontends.web.worked import WORKED, begun, looked, past, worked_on

HERE = "http://127.0.0.1:8470"


@pytest.fixture
def settings_text() -> str:
    return WORKED


async def browser(api: Api, role: Role, name: str) -> Browser:
    transport = httpx.ASGITransport(api.app, client=("127.0.0.1", 50_000))
    cookies = {"fettle-8470": await let_in(api, HERE, role, name)}
    return Browser(httpx.AsyncClient(transport=transport, base_url=HERE, cookies=cookies))


@pytest.fixture
async def ada(api: Api) -> AsyncIterator[Browser]:
    """Give the pages as a responder gets them, over HTTP alone."""
    made = await browser(api, Role.RESPONDER, "ada")
    async with made.client:
        yield made


def stage(issue: dict[str, Any], name: str) -> tuple[str, str, str]:
    (one,) = [one for one in issue["stages"] if one["stage"] == name]
    return one["state"], one["by"], one["text"]


async def done(api: Api, ada: Browser, number: int, act: str, **typed: str) -> dict[str, Any]:
    """Send a form of an issue's page; return the issue."""
    await ada.get(f"/issues/{number}")
    answer = await ada.send(f"/issues/{number}/{act}", typed)
    assert answer.status_code == 303, html.unescape(answer.text)
    shown = answer.headers["location"]
    anchor = shown.partition("#")[2]
    page = (await ada.get(shown)).text
    assert not anchor or f'id="{anchor}"' in page
    return await api.show(number)


# What is shown


async def test_what_is_to_do_and_what_was_done_stands_on_the_page(api: Api, ada: Browser) -> None:
    number = await worked_on(api)

    page = html.unescape((await ada.get(f"/issues/{number}")).text)

    assert "runbook, step 2: " in page
    assert "What holds the locks?" in page
    assert "Fettle did it" in page  # the look
    assert "pid 4242 is suggested; somebody states it" in page
    assert "token:responder" in page
    assert "502 from every node" in page
    assert "SELECT pid, state, query FROM pg_stat_activity" in page
    assert "<code>curl -fsS https://shop.example/health</code>" in page
    assert "1 cause proposed" in page
    assert "an expired certificate" in page  # what helped then


async def test_when_it_is_over_the_review_comes_next(api: Api, ada: Browser) -> None:
    number = await begun(api)
    await api.act(number, "resolve", evidence="cards go through")

    page = (await ada.get(f"/issues/{number}")).text
    await done(api, ada, number, "review")
    later = (await ada.get(f"/issues/{number}")).text

    assert "What came of it" not in page  # no step of the runbook waits any more
    link = f'<a href="/issues/{number}/review">Go there</a>'
    assert (link in page, "Begin the review" in page) == (True, True)
    assert (link in later, "Begin the review" in later) == (True, False)


async def test_what_went_live_shortly_before_is_the_suspect(api: Api, ada: Browser) -> None:
    number = await begun(api)

    page = (await ada.get(f"/issues/{number}")).text

    rows = [row for row in page.split("<tr>") if "https://ci.example/7" in row]
    assert [("1.4.2" in row, "suspect" in row) for row in rows] == [(True, True), (False, False)]
    assert "was deployed 4 min before" in page  # where what was found is told
    assert "was deployed 20 h before" not in page


async def test_who_may_only_look_is_shown_no_form(api: Api) -> None:
    number = await worked_on(api)
    viewer = await browser(api, Role.VIEWER, "vera")
    async with viewer.client:
        page = (await viewer.get(f"/issues/{number}")).text

        refused = await viewer.send(f"/issues/{number}/tick", {"stage": "test", "how": "done"})

    assert f'action="/issues/{number}/' not in page
    assert "Does the checkout answer?" in page
    assert refused.status_code == 409
    assert "vera is a viewer" in refused.text
    assert stage(await api.show(number), "test")[0] == "open"


@pytest.mark.parametrize("end", ["declined", "merged"])
async def test_nothing_is_ticked_in_what_is_no_issue(api: Api, ada: Browser, end: str) -> None:
    other = await past(api)
    await api.act(other, "reopen", reason="it is back")
    number = await begun(api)
    if end == "declined":
        await api.act(number, "decline", why="false-positive", reason="a test")
    else:
        await api.act(number, "merge", into=other)

    page = (await ada.get(f"/issues/{number}")).text

    for act in ("tick", "step", "cause", "role", "milestone", "runbook"):
        assert f"/issues/{number}/{act}" not in page


async def test_a_long_story_is_told_page_by_page(api: Api, ada: Browser) -> None:
    number = (await api.report("Odd noise"))["number"]
    for place in range(255):
        await api.act(number, "note", text=f"news {place} of it")

    page = (await ada.get(f"/issues/{number}")).text
    first = (await ada.get(f"/issues/{number}/timeline")).text
    (cursor,) = re.findall(r"timeline\?cursor=(\d+)", first)
    second = (await ada.get(f"/issues/{number}/timeline?cursor={cursor}")).text

    told = [re.findall(r"news (\d+) of it", one) for one in (page, first, second)]
    assert f"/issues/{number}/timeline" in page
    assert (len(told[0]), told[0][0]) == (50, "254")
    assert [*map(int, told[1]), *map(int, told[2])] == list(range(254, -1, -1))
    assert 'rel="next"' not in second
    assert (await ada.get("/issues/999/timeline")).status_code == 404
    assert (await ada.get(f"/issues/{number}/timeline?cursor=x")).status_code == 400


# What is done


async def test_a_stage_is_ticked_said_not_to_be_needed_and_opened_again(
    api: Api, ada: Browser
) -> None:
    number = await begun(api)

    ticked = await done(api, ada, number, "tick", stage="test", how="done", note="on staging")
    skipped = await done(api, ada, number, "tick", stage="reproduce", how="not-needed", note="")
    opened = await done(api, ada, number, "tick", stage="test", how="open")
    audit = (await api.admin.get("/api/v1/audit")).json()["items"][0]

    assert stage(ticked, "test") == ("done", "user:ada", "on staging")
    assert stage(skipped, "reproduce")[:2] == ("not-needed", "user:ada")
    assert stage(opened, "test")[0] == "open"
    assert (audit["actor"], audit["act"]) == (
        "user:ada",
        "POST /api/v1/issues/{number}/stages/{stage}",
    )
    story = html.unescape((await ada.get(f"/issues/{number}")).text)
    for told in ("test: done", "reproduce: not needed", "test: not done"):
        assert f"<strong>{told}</strong>" in story


async def test_the_cause_is_stated_from_what_was_proposed_and_corrected(
    api: Api, ada: Browser
) -> None:
    number = await begun(api)
    await looked(api, number)
    page = html.unescape((await ada.get(f"/issues/{number}")).text)
    proposed = re.search(r'<textarea name="text"[^>]*>(pid 4242: .*?)</textarea>', page, re.DOTALL)
    assert proposed

    stated = await done(api, ada, number, "cause", text=proposed[1])
    corrected = await done(api, ada, number, "cause", text="carts that are never let go")

    assert stated["root_cause"]["text"].startswith("pid 4242: ")
    assert corrected["root_cause"]["text"] == "carts that are never let go"
    assert corrected["root_cause"]["by"] == "user:ada"
    assert "Correct it…" in (await ada.get(f"/issues/{number}")).text


async def test_who_states_the_cause_over_what_somebody_else_has_stated_is_told(
    api: Api, ada: Browser
) -> None:
    number = await begun(api)
    await ada.get(f"/issues/{number}")
    seen = ada.hidden("text_were")
    await api.act(number, "root-cause", text="a full disk\nof the database")
    late = await ada.send(f"/issues/{number}/cause", {"text": "a bad deploy", "text_were": seen})

    assert (seen, late.status_code) == ("", 409)
    assert "omebody else has stated the root cause meanwhile" in late.text
    assert "There stands now: a full disk" in late.text
    assert re.search(r"<textarea[^>]*>a bad deploy</textarea>", late.text)
    assert (await api.show(number))["root_cause"]["text"].startswith("a full disk")
    again = {"text": "a bad deploy, and a full disk", "text_were": ada.hidden("text_were")}
    stated = await done(api, ada, number, "cause", **again)
    assert stated["root_cause"]["text"] == "a bad deploy, and a full disk"


async def test_steps_are_ticked_and_another_runbook_is_taken(api: Api, ada: Browser) -> None:
    number = await begun(api)
    name = "class database-performance-degradation"

    ticked = await done(api, ada, number, "step", step="1", how="done", note="502")
    opened = await done(api, ada, number, "step", step="1", how="open")
    taken = await done(api, ada, number, "runbook", name=name)

    (first, *_) = ticked["runbooks"][0]["steps"]
    assert (first["done"], first["by"], first["note"]) == (True, "user:ada", "502")
    assert not opened["runbooks"][0]["steps"][0]["done"]
    assert [one["name"] for one in taken["runbooks"]] == ["class system-outage", name]
    assert 'action="/issues/1/runbook"' not in (await ada.get("/issues/1")).text  # none is left


async def test_roles_are_taken_given_and_freed(api: Api, ada: Browser) -> None:
    number = await begun(api)

    taken = await done(api, ada, number, "role", role="lead", person="ada")
    given = await done(api, ada, number, "role", role="communications", person="bob")
    freed = await done(api, ada, number, "role", role="lead", person="")

    assert taken["roles"] == {"lead": "ada", "communications": None}
    assert given["roles"] == {"lead": "ada", "communications": "bob"}
    assert freed["roles"] == {"lead": None, "communications": "bob"}


async def test_a_milestone_is_set_at_a_time_of_ones_own_and_taken_back(
    api: Api, ada: Browser
) -> None:
    number = await begun(api)
    await api.act(number, "acknowledge")
    api.clock.moment += timedelta(hours=1)
    at = (api.clock.now() - timedelta(minutes=20)).isoformat()[:16]

    set_ = await done(api, ada, number, "milestone", milestone="mitigated", at=at)
    back = await done(api, ada, number, "milestone", milestone="mitigated", at="", reason="no")
    story = [entry for entry in back["timeline"] if entry["event"] == "milestones"]

    assert set_["milestones"]["mitigated"] == f"{at}:00Z"
    assert back["milestones"]["mitigated"] is None
    assert [(entry["actor"], entry["text"]) for entry in story] == [
        ("user:ada", "mitigated was set on its page"),
        ("user:ada", "no"),
    ]


async def test_a_deploy_is_marked_from_the_page(api: Api, ada: Browser) -> None:
    number = await begun(api)
    api.clock.moment += timedelta(minutes=9)

    marked = await done(api, ada, number, "deploy", service="shop", version="1.4.3", at="", url="")

    newest = marked["deploys"][0]
    assert (newest["version"], newest["actor"]) == ("1.4.3", "user:ada")
    assert stage(marked, "deploy")[0] == "done"


async def test_an_issue_is_held_until_a_moment(api: Api, ada: Browser) -> None:
    number = await begun(api)
    until = (api.clock.now() + timedelta(hours=2)).isoformat()[:16]

    held = await done(api, ada, number, "hold", reason="the vendor's night", until=until)

    assert (held["on_hold"], held["held_until"]) == (True, f"{until}:00Z")


async def test_services_are_set_right_only_where_they_were_changed(api: Api, ada: Browser) -> None:
    number = await begun(api)
    same = {"services": "shop", "services_were": "shop"}

    kept = await done(api, ada, number, "classify", severity="high", **same)
    other = await done(api, ada, number, "classify", services="wiki, shop", services_were="shop")

    assert (kept["severity"], kept["services"]) == ("high", ["shop"])
    assert other["services"] == ["wiki", "shop"]


async def test_one_click_sets_the_severity_right(api: Api, ada: Browser) -> None:
    number = await begun(api)
    shown = [await rather(ada, number)]
    version = ada.hidden("version")
    set_right = await done(api, ada, number, "classify", severity="high", version=version)
    shown.append(await rather(ada, number))

    assert shown == [["high"], ["critical", "medium"]]
    assert (set_right["severity"], set_right["by"]) == ("high", "person")
    assert set_right["timeline"][-1]["text"] == "set right on its page"


async def rather(ada: Browser, number: int) -> list[str]:
    """Return which severities an issue's page offers instead."""
    page = (await ada.get(f"/issues/{number}")).text
    (offered,) = re.findall(r"It is rather</span>(.*?)</div>", page)
    return re.findall(r'value="(\w+)">\1</button>', offered)


@pytest.mark.parametrize(
    ("act", "typed", "why", "kept"),
    [
        ("role", {"role": "lead", "person": "mallory"}, "no team has a member mallory", "mallory"),
        ("role", {"role": "god", "person": "ada"}, "god", ""),
        ("step", {"step": "99", "how": "done", "note": "x"}, "no step 99", ""),
        ("step", {"step": "", "how": "done"}, "", ""),
        ("tick", {"stage": "../close", "how": "done"}, "", ""),
        ("runbook", {"name": "service shop"}, "no runbook service shop", ""),
        ("cause", {"text": " "}, "needs words", ""),
        (
            "milestone",
            {"milestone": "mitigated", "at": "2001-01-01T00:00"},
            "is before",
            "2001-01-01T00:00",
        ),
        ("milestone", {"milestone": "mitigated", "at": "tonight"}, "mitigated", ""),
        ("deploy", {"service": "nothing", "version": "9.9"}, "no service nothing", "9.9"),
        ("deploy", {"service": "shop", "version": "9", "url": "javascript:x"}, "http", ""),
        ("split", {}, "nothing is called split here.", ""),
    ],
)
async def test_what_cannot_be_done_says_why_and_loses_nothing(
    api: Api, ada: Browser, act: str, typed: dict[str, str], why: str, kept: str
) -> None:
    number = await begun(api)
    before = (await api.show(number))["version"]
    await ada.get(f"/issues/{number}")

    answer = await ada.send(f"/issues/{number}/{act}", typed)

    page = html.unescape(answer.text)
    assert answer.status_code in (404, 409)
    assert why in page
    assert not kept or page.count(f'value="{kept}"') == 1  # in its own form, and in no other
    assert (await api.show(number))["version"] == before


async def test_what_was_typed_into_a_form_that_is_gone_is_kept(api: Api, ada: Browser) -> None:
    number = await begun(api)
    await ada.get(f"/issues/{number}")
    version = ada.hidden("version")
    await api.act(number, "decline", why="false-positive", reason="a test")

    for act, typed in (
        ("resolve", {"evidence": "p95 is <120> ms"}),
        ("cause", {"text": "<carts>"}),
    ):
        answer = await ada.send(f"/issues/{number}/{act}", {**typed, "version": version})
        said = html.unescape(re.sub("<[^>]*>", " ", answer.text.split('id="main"')[1]))

        assert answer.status_code == 409
        kept = f"What you had typed is kept here: {next(iter(typed.values()))} Copy"
        assert kept in " ".join(said.split())


# In a browser


@pytest.mark.parametrize(
    ("phone", "dark"),
    [
        pytest.param(False, False, marks=pytest.mark.soak, id="desk"),
        pytest.param(True, True, id="phone"),
    ],
)
async def test_an_issue_that_is_worked_on_is_accessible(
    visit: Visit, *, phone: bool, dark: bool
) -> None:
    number = await worked_on(visit.api)
    await visit.api.act(number, "root-cause", text=HOSTILE)
    async with visit.open(f"/issues/{number}", phone=phone, dark=dark) as page:
        assert await violations(page) == []
        await page.evaluate(
            "() => document.querySelectorAll('#live details:not([name])')"
            ".forEach((one) => { one.open = true; })"
        )
        await page.locator("#stage-root-cause summary").click()
        assert await violations(page) == []
        width, seen = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_an_issue_is_worked_through_with_scripts_and_without(
    visit: Visit, *, scripts: bool
) -> None:
    number = await begun(visit.api)
    async with visit.open(f"/issues/{number}", scripts=scripts) as page:
        await page.get_by_role("button", name="Acknowledge").click()
        await page.get_by_role("checkbox", name="1. Does the checkout answer?").click()
        await expect(page.get_by_role("checkbox", name="1. ")).to_be_checked()
        await page.get_by_label("What came of it").fill("the cart's table")
        await page.get_by_role("checkbox", name="2. What holds the locks?").click()
        await page.locator("#stage-reproduce summary").click()
        await page.get_by_role("button", name="Not needed").click()
        await page.get_by_text("State it…").click()
        await page.get_by_label("What is behind it").fill("carts that are never let go")
        await page.get_by_role("button", name="State it").click()
        await page.locator("#people").get_by_role("button", name="I do").first.click()
        await expect(page.locator("#people")).to_contain_text("Lead ada")
        await expect(page.locator("#cause")).to_contain_text("ada")

    issue = await visit.api.show(number)
    steps = issue["runbooks"][0]["steps"]
    assert [(step["done"], step["note"]) for step in steps[:2]] == [
        (True, ""),
        (True, "the cart's table"),
    ]
    assert stage(issue, "reproduce")[0] == "not-needed"
    assert issue["root_cause"]["text"] == "carts that are never let go"


async def test_times_are_typed_in_the_zone_of_the_browser(visit: Visit) -> None:
    number = await begun(visit.api)
    visit.api.clock.moment += timedelta(hours=1)
    context = await visit.context(zone="Asia/Tokyo")
    page = await context.new_page()
    await page.goto(f"{visit.url}/issues/{number}")
    await page.get_by_text("Set one right…").click()
    at = page.get_by_label("At (Asia/Tokyo)")
    await expect(at).to_have_value("2026-01-01T22:00")
    await at.fill("2026-01-01T21:35")
    await page.get_by_role("button", name="Set one right").click()
    await page.wait_for_url("**#milestones")
    await context.close()

    milestones = (await visit.api.show(number))["milestones"]
    assert milestones["mitigated"] == "2026-01-01T12:35:00Z"


async def test_what_somebody_has_opened_stays_open_when_the_page_is_shown_anew(
    visit: Visit,
) -> None:
    number = await worked_on(visit.api)
    async with visit.open(f"/issues/{number}") as page:
        await expect(page.get_by_title("Live")).to_be_visible()
        await page.locator("#like > summary").click()
        await visit.api.act(number, "note", text="The cache was cold")
        await expect(page.get_by_text("The cache was cold")).to_be_visible()
        await expect(page.locator("#like")).to_contain_text("an expired certificate")
        assert await page.locator("#like").evaluate("(one) => one.open")


async def test_what_is_next_leads_to_where_it_is_done(visit: Visit) -> None:
    number = (await visit.api.report("Odd noise"))["number"]
    await visit.api.act(number, "acknowledge")
    async with visit.open(f"/issues/{number}") as page:
        await page.get_by_role("link", name="Go there").click()
        await page.locator("#stage-gather").get_by_role("button", name="Done").click()
        await expect(page.locator("#stage-gather summary")).to_have_class("stage done")
        await expect(page.get_by_role("region", name="What to do next")).to_contain_text(
            "say what the findings mean"
        )
