"""What people type into a form is never lost, whatever became meanwhile of what it is about."""

import re

import pytest
from playwright.async_api import expect

from fettle.frontends.web import forms
from fettle.model.role import Role
from tests.frontends.web.browsing import Visit, violations
from tests.frontends.web.site import Browser, Site
from tests.frontends.web.test_review import Issue, issue
from tests.frontends.web.test_templates import FOLDER

__all__ = ["issue"]

TYPED = 'It was <the disk>,\r\nsays "Bob".'
SHOWN = "<code>It was &lt;the disk&gt;,\nsays &#34;Bob&#34;.</code>"
ACCOUNT = {"next", "username", "kept_path", "kept_body", "session", "sealed", "reset_totp"}
ACCOUNT |= {"end_ties", "issuer"}
KEPT = "What you had typed is kept here:"


def loses_nothing(browser: Browser) -> bool:
    """Whether a page shows once what was typed, to be copied."""
    assert browser.page is not None
    page = browser.page.text
    return page.count(KEPT) == page.count(SHOWN) == 1


async def test_what_was_written_into_a_review_that_was_signed_meanwhile_is_kept(
    issue: Issue,
) -> None:
    ada, bob = await issue.site.user("ada"), await issue.site.user("bob")
    await ada.get(issue.review)
    await issue.write(ada, "causes", "A disk was full.")
    await ada.send(f"{issue.review}/submit")
    await ada.get(issue.review)
    version = ada.hidden("version")
    await bob.get(issue.review)
    await bob.send(f"{issue.review}/approve", {"version": version})

    assert await issue.write(ada, "lucky", TYPED, version) == 409
    assert loses_nothing(ada)


@pytest.mark.parametrize("page", ["/issues/1/review", "/reviews"])
async def test_what_was_typed_of_an_action_item_that_is_done_meanwhile_is_kept(
    issue: Issue, page: str
) -> None:
    ada = await issue.site.user("ada")
    await ada.get(issue.review)
    await ada.send(f"{issue.review}/actions", {"title": "Watch disks"})
    await ada.send(f"{issue.review}/actions/1/done")
    await ada.get(page)

    answer = await ada.send(f"{page}/actions/1/drop", {"reason": TYPED})
    assert answer.status_code == 303  # what is done can be dropped all the same
    answer = await ada.send(f"{page}/actions/1/drop", {"reason": TYPED})
    assert answer.status_code == 409
    assert loses_nothing(ada)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/issues/99/note", "text"),
        ("/issues/1/split", "text"),
        ("/issues/99/review/write", "text"),
        ("/known-errors/gone/retire", "comment"),
        ("/reviews/actions/7/eat", "reason"),
    ],
)
async def test_what_was_typed_about_what_is_gone_is_kept(
    issue: Issue, path: str, field: str
) -> None:
    ada = await issue.site.user("ada")
    await ada.get("/")
    more = {"section": "causes", "version": "0"}
    answer = await ada.send(path, {**more, field: TYPED})
    assert answer.status_code == 404
    assert loses_nothing(ada)


async def test_why_everything_was_stopped_is_kept_where_it_was_not(site: Site) -> None:
    eve = await site.user("eve", Role.VIEWER)
    await eve.get("/")
    assert (await eve.send("/remedies/stop", {"reason": TYPED})).status_code == 409
    assert loses_nothing(eve)


async def test_what_stands_in_its_field_again_is_shown_there_alone(issue: Issue) -> None:
    ada = await issue.site.user("ada")
    await ada.get("/silences")
    answer = await ada.send("/silences", {"matchers": TYPED, "duration": "2h", "comment": "a move"})
    assert answer.status_code == 409
    assert KEPT not in answer.text


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_what_is_kept_is_accessible_and_can_be_copied(visit: Visit, *, phone: bool) -> None:
    other = (await visit.api.report("The wiki is gone", service="wiki"))["number"]
    number = (await visit.api.report("The shop is slow", service="shop"))["number"]
    async with visit.open(f"/issues/{number}", phone=phone) as page:
        await page.locator("summary", has_text="Resolve…").click()
        evidence = page.get_by_label("What shows that it is over")
        await evidence.fill("It is\nquick again. " + "w" * 200)
        await visit.api.act(number, "merge", into=other)
        await page.get_by_role("button", name="Resolve", exact=True).click()
        kept = page.get_by_role("note").filter(has_text=KEPT)
        await expect(kept.locator("code")).to_have_text("It is\nquick again. " + "w" * 200)
        await expect(kept.get_by_role("button", name="Copy")).to_be_visible()
        assert await violations(page) == []
        width, seen = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen
    visit.complaints.clear()  # a browser complains of an answer that refuses


def test_what_pages_fill_in_or_let_choose_is_no_text_of_anybody() -> None:
    written = dict.fromkeys(forms.CHOSEN, "x") | {"services": "shop", "services_were": "shop"}
    assert forms.written({**written, "note": "y", "text": " "}) == ["y"]


def test_it_is_known_of_every_field_whether_people_write_it() -> None:
    source = "".join(file.read_text() for file in FOLDER.glob("*.html"))
    posted = re.sub(r'<form class="filters".*?</form>', "", source, flags=re.DOTALL)
    literal = re.findall(
        r'<(?:input type="(?:hidden|date|radio|checkbox)"|select|button)[^>]* name="(\w+)"', posted
    )
    macros = re.findall(r'parts\.(?:when|choice)\(\w+, "(\w+)"', posted)
    chosen = {one for one in (*literal, *macros) if not one.endswith("_were")}
    chosen |= {"key", "merged"}  # one of them, where an error is taken apart
    assert chosen - ACCOUNT - {"name"} == forms.CHOSEN  # of a runbook it is chosen
