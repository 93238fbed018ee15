"""What can be done on pages is done there in a browser, act by act, and stands in the store."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Page, expect

from fettle.model.role import Role
from fettle.store import deliveries
from fettle.store.deliveries import Arrived, Settled
from tests.demonstration import telling
from tests.frontends.api.conftest import Api
from tests.frontends.web.browsing import Visit

# Of an issue, in an order in which each can be done: the form, its fields, and what it comes to.
HOLD = ("Put on hold", {"What it waits for": "the vendor"}, "on_hold", True)
ISSUE: Sequence[tuple[str, dict[str, str], str, Any]] = (
    HOLD,
    ("Go on", {"Why": "the vendor has answered"}, "on_hold", False),
    ("Hand over", {"Team": "data"}, "team", "data"),
    ("Set it right", {"Severity": "low", "Why": "one page only"}, "severity", "low"),
    (
        "How far it is",
        {"Now it is": "identified", "What is known now": "A."},
        "status",
        "identified",
    ),
    ("Resolve", {"What shows that it is over": "it is quick"}, "status", "resolved"),
    ("Reopen", {"Why it is not over": "it is slow again"}, "status", "investigating"),
    ("Decline", {"It is": "duplicate", "Why": "nobody minds"}, "status", "declined"),
)


@pytest.fixture
def settings_text() -> str:
    """Give the settings of the story: teams, services and a database."""
    return telling.SETTINGS


async def confirm(page: Page, name: str, fields: dict[str, str]) -> None:
    """Open a form by its name, fill it, and send it."""
    form = page.locator("details.confirmation", has=page.locator("summary", has_text=name)).first
    more = page.locator("#more:not([open]) > summary")
    if await more.count() and not await form.locator("summary").is_visible():
        await more.click()
    await form.locator("summary").click()
    for label, text in fields.items():
        field = form.get_by_label(label, exact=False).first
        if await field.evaluate("(one) => one.matches('select')"):
            await field.select_option(text)
        else:
            await field.fill(text)
    async with page.expect_navigation():
        await form.get_by_role("button", name=name, exact=True).click()


async def test_an_issue_is_moved_by_each_of_its_forms(visit: Visit) -> None:
    number = (await visit.api.report("The shop is slow", service="shop"))["number"]
    await visit.api.act(number, "acknowledge")
    async with visit.open(f"/issues/{number}") as page:
        for name, fields, what, comes_to in ISSUE:
            await confirm(page, name, fields)
            await expect(page.get_by_role("alert")).to_have_count(0)
            assert (await visit.api.show(number))[what] == comes_to, name


async def test_from_monitoring_a_way_leads_back(visit: Visit) -> None:
    number = (await visit.api.report("The shop is slow", service="shop"))["number"]
    async with visit.open(f"/issues/{number}") as page:
        for fields, status in (
            ({"Now it is": "monitoring"}, "monitoring"),
            ({}, "fixing"),
            ({"Now it is": "investigating"}, "investigating"),
            ({"Now it is": "monitoring"}, "monitoring"),
        ):
            await confirm(page, "How far it is", fields)
            assert (await visit.api.show(number))["status"] == status
        await confirm(page, "Reopen", {"Why it is not over": "it is slow again"})
        issue = await visit.api.show(number)
        assert (issue["status"], issue["milestones"]["mitigated"]) == ("investigating", None)
        await expect(page.locator("summary", has_text="Reopen")).to_have_count(0)


async def test_what_a_colleague_set_right_meanwhile_stays(visit: Visit) -> None:
    number = (await visit.api.report("The shop is slow", service="shop"))["number"]
    async with visit.open(f"/issues/{number}") as page:
        form = page.locator("details.confirmation", has_text="Set it right")
        await form.locator("summary").click()
        services, again = form.get_by_label("Services"), form.get_by_role("button")
        await form.get_by_label("Severity").select_option("low")
        await visit.api.act(number, "classify", services=["shop", "search"], reason="both")
        await again.click()
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you saw it")
        await expect(services).to_have_value("shop, search")

        await services.fill("shop, wiki")
        await visit.api.act(number, "classify", services=["search"], reason="not the shop")
        await again.click()
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you saw it")
        await expect(services).to_have_value("shop, wiki")
        await expect(form.get_by_text("There stands now: search")).to_be_visible()
        await services.fill("search")
        await form.get_by_label("Severity").select_option("low")
        await again.click()
        await expect(page.get_by_role("alert")).to_have_count(0)
    issue = await visit.api.show(number)
    assert (issue["severity"], issue["services"]) == ("low", ["search"])
    visit.complaints.clear()  # a browser complains of an answer that refuses


async def test_an_issue_of_nobody_is_handed_to_no_team_that_nobody_has_chosen(
    visit: Visit,
) -> None:
    number = (await visit.api.report("Something is slow"))["number"]
    await visit.api.act(number, "assign", team=None)
    async with visit.open(f"/issues/{number}") as page:
        await confirm(page, "Hand over", {})
        assert (await visit.api.show(number))["team"] is None
        await confirm(page, "Hand over", {"Team": "web"})
        await confirm(page, "Hand over", {"Somebody of it": "ada"})
        await confirm(page, "Hand over", {"Team": "data"})
    issue = await visit.api.show(number)
    assert (issue["team"], issue["assignee"]) == ("data", None)


async def test_deploys_and_looks_are_asked_for_on_an_issue(visit: Visit) -> None:
    number = (await visit.api.report("reports: the database is slow", service="shop"))["number"]
    async with visit.open(f"/issues/{number}") as page:
        await confirm(page, "Mark a deploy", {"Version": "2026.48"})
        await expect(page.locator("#deploys + .table")).to_contain_text("2026.48")
        await page.get_by_role("button", name="Look at all of them again").click()
        await expect(page.get_by_text("a look asked for").first).to_be_visible()


async def test_a_silence_is_made_and_ended(visit: Visit) -> None:
    async with visit.open("/silences") as page:
        await confirm(page, "Silence something", {"Conditions": "no condition", "Why": "a move"})
        await expect(page.get_by_role("alert")).to_contain_text("Not done")
        await expect(page.get_by_label("Conditions")).to_have_value("no condition")
        await page.get_by_label("Conditions").fill("service=wiki")
        await page.get_by_role("button", name="Silence something", exact=True).click()
        await expect(page.get_by_role("cell", name="service=wiki")).to_be_visible()
        await page.get_by_role("button", name="End it").click()
        await expect(page.get_by_text("Nothing is silenced.")).to_be_visible()
    visit.complaints.clear()  # a browser complains of an answer that refuses


async def test_a_plan_is_declined_with_a_reason_and_only_with_one(visit: Visit) -> None:
    await telling.keep(visit.api)
    async with visit.open("/fixes") as page:
        await confirm(page, "Decline", {"Why": " "})
        await expect(page.get_by_role("alert")).to_contain_text("Not done")
        why = page.get_by_label("Why")
        await expect(why).to_be_visible()
        await why.fill("the constraint goes anyway")
        await page.get_by_role("button", name="Decline", exact=True).click()
        await expect(page.get_by_text("No plan waits.")).to_be_visible()
    visit.complaints.clear()


async def test_a_dead_letter_is_taken_again(visit: Visit) -> None:
    visit.role = Role.ADMIN
    await _dead_letter(visit.api)
    async with visit.open("/intake") as page:
        await page.get_by_role("button", name="Take it again").click()
        await expect(page.get_by_text("Everything that arrived could be taken.")).to_be_visible()


async def _dead_letter(api: Api) -> None:
    arrived = Arrived(api.clock.now(), "prod", "alertmanager", {}, b"{")
    async with api.serving.pool.connection() as connection, connection.transaction():
        (letter,) = await deliveries.keep(connection, [arrived])
        await deliveries.settle(connection, [Settled(letter, "dead", "it is no JSON")])


async def test_a_search_is_kept_named_anew_and_deleted(visit: Visit) -> None:
    async with visit.open("/issues?q=lag") as page:
        await confirm(page, "Keep this search", {"Name": "Lag"})
        await confirm(page, "Change this filter", {"Name": "Index lag"})
        await expect(page.get_by_role("link", name="Index lag")).to_be_visible()
        await confirm(page, "Delete this filter", {})
        await expect(page.get_by_role("link", name="Index lag")).to_have_count(0)
