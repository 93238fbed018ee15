"""The page of a review: written by several at once, handed in, signed, and what it promises."""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Dialog, expect

from fettle.frontends.api import inside
from fettle.model.role import Caller, Role
from tests.frontends.api.test_reviews import resolved
from tests.frontends.web.browsing import Visit, violations
from tests.frontends.web.site import Browser, Site

HOSTILE = "<script>document.title='hit'</script> \u202eteg | `x` **y**"


@dataclass(frozen=True)
class Issue:
    """An issue, and where its review is."""

    site: Site
    number: int

    @property
    def review(self) -> str:
        return f"/issues/{self.number}/review"

    async def act(self, act: str, **body: object) -> None:
        """Do something with it as somebody else."""
        caller = Caller("user:carol", Role.RESPONDER)
        path = f"/api/v1/issues/{self.number}/{act}"
        answer = await inside.call(self.site.app, caller, "POST", path, json.dumps(body).encode())
        assert answer.ok, answer

    async def write(self, browser: Browser, section: str, text: str, version: str = "") -> int:
        """Write a section over the version that the browser sees; returns the status."""
        fields = {"section": section, "text": text, "version": version or browser.hidden("version")}
        return (await browser.send(f"{self.review}/write", fields)).status_code

    async def said(self) -> dict[str, str]:
        """Return what its review says, section by section."""
        caller = Caller("user:carol", Role.VIEWER)
        answer = await inside.call(self.site.app, caller, "GET", f"/api/v1{self.review}")
        return {one["name"]: one["text"] for one in answer.document["sections"]}


@pytest.fixture
async def issue(site: Site) -> Issue:
    """Give an issue that is over."""
    body = json.dumps({"text": HOSTILE}).encode()
    caller = Caller("user:carol", Role.RESPONDER)
    answer = await inside.call(site.app, caller, "POST", "/api/v1/reports", body)
    made = Issue(site, answer.document["number"])
    await made.act("acknowledge")
    await made.act("resolve", evidence="it answers again")
    return made


async def test_a_review_is_drafted_written_handed_in_and_signed_by_another(issue: Issue) -> None:
    ada, bob = await issue.site.user("ada"), await issue.site.user("bob")
    page = await ada.get(issue.review)
    assert "What made it possible, and what made it worse?" in page.text
    assert "Before it is handed in, write <strong>Contributing causes</strong>" in page.text
    assert "Hand it in" not in page.text
    assert HOSTILE[:8] not in page.text

    assert await issue.write(ada, "causes", "- A disk was *full*") == 303
    page = await ada.get(issue.review)
    assert "<li>A disk was <em>full</em></li>" in page.text
    assert (await ada.send(f"{issue.review}/submit")).headers["location"] == issue.review
    assert "somebody else reads it and signs it" in (await ada.get(issue.review)).text
    refused = await ada.send(f"{issue.review}/approve")
    assert (refused.status_code, "and somebody else signs it" in refused.text) == (409, True)

    assert "Sign it" in (await bob.get(issue.review)).text
    assert (await bob.send(f"{issue.review}/approve", {"text": "so it was"})).status_code == 303
    page = await ada.get(issue.review)
    assert "signed by <bdi>bob</bdi>" in page.text
    assert "Edit" not in page.text
    version = {"version": ada.hidden("version")}
    assert (await ada.send(f"/issues/{issue.number}/close", version)).status_code == 303
    assert "Closed" in (await ada.get(issue.review)).text


async def test_who_signs_has_read_what_they_sign(issue: Issue) -> None:
    ada, bob = await issue.site.user("ada"), await issue.site.user("bob")
    await ada.get(issue.review)
    await issue.write(ada, "causes", "- A disk was full")
    await ada.send(f"{issue.review}/submit")
    await bob.get(issue.review)
    seen = {"version": bob.hidden("version"), "text": "so it was"}
    await ada.get(issue.review)
    await issue.write(ada, "causes", "- Bob did it")

    refused = await bob.send(f"{issue.review}/approve", seen)
    assert (refused.status_code, "since version 1" in refused.text) == (409, True)
    assert "Bob did it" in refused.text
    assert 'value="so it was"' in refused.text
    seen["version"] = bob.hidden("version")
    assert (await bob.send(f"{issue.review}/approve", seen)).status_code == 303


async def test_who_works_alone_signs_for_themselves(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    page = await ada.get(issue.review)
    assert "Somebody else" not in page.text
    await issue.write(ada, "causes", "A disk was full.")
    await ada.send(f"{issue.review}/submit")
    assert "Sign it" in (await ada.get(issue.review)).text
    assert (await ada.send(f"{issue.review}/approve")).status_code == 303


async def test_two_who_write_in_the_same_section_at_once_see_both_texts(issue: Issue) -> None:
    ada, bob = await issue.site.user("ada"), await issue.site.user("bob")
    for browser in (ada, bob):
        await browser.get(issue.review)
    assert await issue.write(ada, "causes", "The disk was full.") == 303
    assert await issue.write(bob, "causes", "It was the network.\r\n  At <night>.") == 409
    assert bob.page is not None
    assert "somebody has changed “Contributing causes” since version 0" in bob.page.text
    assert "<p>The disk was full.</p>" in bob.page.text
    assert "It was the network.\r\n  At &lt;night&gt;.</textarea>" in bob.page.text
    assert (await issue.said())["causes"] == "The disk was full."

    both = "The disk was full, and the network slow."
    assert await issue.write(bob, "causes", both) == 303
    assert (await issue.said())["causes"] == both


async def test_two_who_write_in_different_sections_at_once_both_write(issue: Issue) -> None:
    ada, bob = await issue.site.user("ada"), await issue.site.user("bob")
    for browser in (ada, bob):
        await browser.get(issue.review)
    assert await issue.write(ada, "causes", "The disk was full.") == 303
    assert await issue.write(bob, "lucky", "It was at night.") == 303
    said = await issue.said()
    assert (said["causes"], said["lucky"]) == ("The disk was full.", "It was at night.")


async def test_what_it_said_before_can_be_read_and_not_written(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    for text in ("First.", "Second."):
        await ada.get(issue.review)
        await issue.write(ada, "causes", text)
    page = await ada.get(f"{issue.review}?version=1")
    assert "First." in page.text
    assert "/write" not in page.text
    assert (await ada.get(f"{issue.review}?version=7")).status_code == 404
    assert (await ada.get(f"{issue.review}?version=x")).status_code == 400


async def test_what_the_issue_tells_later_can_be_taken_over(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get(issue.review)
    assert await issue.write(ada, "causes", "A disk was full.") == 303
    assert "What the issue tells by itself now" not in (await ada.get(issue.review)).text
    await issue.act("note", text="The disk is 2 TB now")
    page = await ada.get(issue.review)
    told = page.text.partition("What the issue tells by itself now")[2]
    assert "The disk is 2 TB now" in told.partition("</details>")[0]


async def test_it_is_begun_from_its_issue(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get(f"/issues/{issue.number}")
    begun = await ada.send(f"/issues/{issue.number}/review", {"version": ada.hidden("version")})
    assert begun.headers["location"] == issue.review
    page = await ada.get(f"/issues/{issue.number}")
    assert f'href="{issue.review}">Go on with the review</a>' in page.text


async def test_it_is_taken_along_as_markdown(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get(issue.review)
    await issue.write(ada, "causes", "- A disk was full")
    await ada.send(f"{issue.review}/actions", {"title": "Watch [disks]", "owner": "ada"})
    answer = await ada.get(f"{issue.review}.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="review-1.md"'
    assert answer.text.startswith("# Review of #1: \\<script\\>")
    assert "Written by ada; a draft, and not signed.\n" in answer.text
    assert "## Contributing causes\n\n- A disk was full\n" in answer.text
    assert "- [ ] Watch \\[disks\\]; ada" in answer.text
    assert "What made it" not in answer.text
    assert "Where we were lucky" not in answer.text


async def test_what_it_promises_is_kept_changed_done_and_dropped(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get(issue.review)
    refused = await ada.send(f"{issue.review}/actions", {"title": "Watch disks", "due": "soon"})
    assert refused.status_code == 409
    assert 'value="Watch disks"' in refused.text
    given = {"title": "Watch disks", "due": "2025-12-31", "owner": " ada "}
    assert (await ada.send(f"{issue.review}/actions", given)).status_code == 303
    page = await ada.get(issue.review)
    assert "was due 31 Dec 2025" in page.text

    item = f"{issue.review}/actions/1"
    later = {"title": "Watch all disks", "due": "2026-02-01", "owner": ""}
    assert (await ada.send(f"{item}/change", later)).headers["location"].endswith("#actions")
    page = await ada.get(issue.review)
    assert "until 1 Feb 2026" in page.text
    refused = await ada.send(f"{item}/drop", {"reason": ""})
    assert "needs the reason" in refused.text
    await ada.send(f"{item}/drop", {"reason": "the host is gone"})
    assert "the host is gone" in (await ada.get(issue.review)).text
    await ada.send(f"{item}/open")
    await ada.send(f"{item}/done")
    assert '<span class="tag">done</span>' in (await ada.get(issue.review)).text
    assert (await ada.send(f"{item}/eat")).status_code == 404


async def test_two_who_change_an_action_item_at_once_lose_nothing(issue: Issue) -> None:
    ada, bob = await issue.site.user("ada"), await issue.site.user("bob")
    await ada.get(issue.review)
    await ada.send(f"{issue.review}/actions", {"title": "Watch disks", "due": "2026-02-01"})
    seen = {"title": "Watch disks", "owner": "", "due": "2026-02-01"}
    were = {f"{name}_were": value for name, value in seen.items()}
    change = f"{issue.review}/actions/1/change"
    for browser in (ada, bob):
        await browser.get(issue.review)
    assert {name: ada.hidden(name) for name in were} == were
    assert (await ada.send(change, {**seen, **were})).status_code == 303
    assert (await ada.send(change, {**seen, **were, "owner": "ada"})).status_code == 303
    assert (await bob.send(change, {**seen, **were, "due": "2026-03-01"})).status_code == 303

    refused = await bob.send(change, {**seen, **were, "owner": "bob"})
    assert (refused.status_code, "since you saw it: owner" in refused.text) == (409, True)
    assert 'value="bob" maxlength' in refused.text
    assert "There stands now: ada" in refused.text
    assert bob.hidden("owner_were") == "ada"
    row = await issue.site.rows("SELECT title, owner, due::text FROM action_item")
    assert row == [("Watch disks", "ada", "2026-03-01")]


async def test_a_viewer_reads_it_and_finds_nothing_to_press(issue: Issue) -> None:
    eve = await issue.site.user("eve", Role.VIEWER)
    page = await eve.get(issue.review)
    assert re.findall(r'<form[^>]*action="(/issues[^"]*)"', page.text) == []
    assert await issue.write(eve, "causes", "x", "0") == 409
    assert (await eve.get("/issues/99/review")).status_code == 404


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_it_is_written_in_a_browser(visit: Visit, *, scripts: bool) -> None:
    number = await resolved(visit.api)
    async with visit.open(f"/issues/{number}", scripts=scripts) as page:
        await page.locator("aside").get_by_role("link", name="draft").click()
        await page.get_by_label("Write Contributing causes").click()
        await page.get_by_label("Contributing causes", exact=True).fill("- A **disk** was full")
        await page.locator("#causes").get_by_role("button", name="Keep").click()
        await expect(page.locator("#causes li strong")).to_have_text("disk")
        await page.get_by_text("Promise something…").click()
        await page.get_by_label("What changes").last.fill("Watch disks")
        await page.get_by_role("button", name="Promise it").click()
        await page.get_by_role("button", name="Done: Watch disks").click()
        await expect(page.locator(".promise.done")).to_be_visible()
        await page.get_by_role("button", name="Hand it in").click()
        await expect(page.locator(".review-state")).to_have_text("To be signed")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_it_is_accessible_where_it_is_written(visit: Visit, *, dark: bool) -> None:
    number = await resolved(visit.api, f"The shop is down {HOSTILE}")
    async with visit.open(f"/issues/{number}/review", phone=dark, dark=dark) as page:
        await page.get_by_label("Write What went well").click()
        await page.get_by_text("Promise something…").click()
        assert await violations(page) == []
        width, seen = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen


async def test_what_another_writes_is_shown_and_what_is_typed_stays(visit: Visit) -> None:
    number = await resolved(visit.api)
    path = f"/api/v1/issues/{number}/review"
    async with visit.open(f"/issues/{number}/review") as page:
        await expect(page.get_by_title("Live")).to_be_visible()
        given = {"version": 0, "sections": {"lucky": "It was at night."}}
        assert (await visit.api.responder.put(path, json=given)).is_success
        await expect(page.locator("#lucky .marked")).to_have_text("It was at night.")

        await page.get_by_label("Write Contributing causes").click()
        causes = page.get_by_label("Contributing causes", exact=True)
        await expect(causes).to_be_focused()
        await causes.fill("I think that")
        given = {"version": 1, "sections": {"causes": "A disk was full."}}
        assert (await visit.api.responder.put(path, json=given)).is_success
        told = page.get_by_text("This page has changed since")
        await expect(told).to_be_visible(timeout=30_000)  # a tab looks again after seconds
        await causes.press("Control+Enter")
        await expect(page.get_by_role("alert")).to_contain_text("somebody has changed")
        await expect(page.locator("#causes .marked")).to_have_text("A disk was full.")
        await expect(causes).to_have_value("I think that")
        await expect(causes).to_be_focused()
        await page.get_by_role("button", name="Keep mine over it").click()
        await expect(page.locator("#causes .marked")).to_have_text("I think that")
    visit.complaints.clear()  # a browser complains of an answer that refuses


async def test_who_leaves_what_is_written_and_not_sent_is_asked(visit: Visit) -> None:
    number = await resolved(visit.api)
    async with visit.open(f"/issues/{number}/review") as page:
        await page.get_by_label("Write Contributing causes").click()
        await page.get_by_label("Contributing causes", exact=True).fill("I think that")
        await page.get_by_label("Write Contributing causes").click()
        asked = []

        async def stay(dialog: Dialog) -> None:
            asked.append(dialog.type)
            await dialog.dismiss()

        page.on("dialog", stay)
        await page.locator(".places").get_by_role("link", name="Issues").click(no_wait_after=True)
        await page.get_by_label("Write Contributing causes").click()
        causes = page.get_by_label("Contributing causes", exact=True)
        await expect(causes).to_have_value("I think that")
        await causes.press("Control+Enter")
        await expect(page.locator("#causes .marked")).to_have_text("I think that")
        assert asked == ["beforeunload"]
