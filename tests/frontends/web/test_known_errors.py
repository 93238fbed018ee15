"""Writing a known error on its page: drafted, tried, kept; by two people at once; on a phone."""

import html

import httpx
import pytest

from fettle.flow.drafting import phrase_of
from fettle.frontends.web import known_fields
from fettle.intake.errors import masks
from fettle.model.role import Role
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import take
from tests.frontends.api.sending_errors import a_sender, errors, event
from tests.frontends.web.browsing import Visit, let_in, violations
from tests.frontends.web.site import Browser

PATH = "/known-errors"
FORM = {
    "title": "The ledger is closed",
    "cause": "It is night.",
    "solution": "Wait.\n\nSee `fettle issue list`.",
    "certain_says": "ledger |is closed\nclosing … not |yet finished",
    "certain_status": "503, 502",
}


async def browser(api: Api, name: str = "ada", role: Role = Role.RESPONDER) -> Browser:
    cookie = await let_in(api, "http://fettle", role, name)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(api.app),
        base_url="http://127.0.0.1",
        headers={"cookie": f"fettle={cookie}"},
    )
    return Browser(client)


async def kept(who: Browser, path: str, form: dict[str, str]) -> httpx.Response:
    """Send a form to be tried, then to be kept."""
    seen = {"version": who.hidden("version")} if path.endswith("/edit") else {}
    tried = await who.send(path, {**form, **seen, "do": "try"})
    assert tried.status_code == 200, tried.text
    return await who.send(path, {**form, **seen, "seal": who.hidden("seal"), "do": "keep"})


async def test_it_is_drafted_from_an_error_tried_and_kept(api: Api) -> None:
    shop = await a_sender(api)
    await shop.send(event("LedgerClosed", "account 4711 of 'ann': the ledger is closed (57P03)"))
    await take(api)
    (error,) = await errors(api)
    number = (await api.viewer.get(f"/api/v1/errors/{error['id']}")).json()["issue"]
    await api.act(number, "acknowledge")
    await api.act(number, "resolve", evidence="The closing was run again")
    ada = await browser(api)
    assert f"{PATH}/new?error={error['id']}" in (await ada.get(f"/errors/{error['id']}")).text
    draft = html.unescape((await ada.get(f"{PATH}/new?error={error['id']}")).text)
    assert f"{PATH}/new?issue={number}" in (await ada.get(f"/issues/{number}")).text
    of_issue = html.unescape((await ada.get(f"{PATH}/new?issue={number}")).text)

    assert 'name="hint_exception" value="LedgerClosed"' in draft
    assert ">\naccount … of … the ledger is closed" in draft
    for page in (draft, of_issue):
        assert "The closing was run again" in page
        assert 'value="57P03"' in page
    tried = await ada.send(f"{PATH}/new", {**FORM, "do": "keep"})  # nobody has seen it yet
    assert tried.status_code == 200
    assert "It would match 1 of the last 1 error and" in tried.text
    assert (await api.viewer.get("/api/v1/known-errors/the_ledger_is_closed")).status_code == 404
    made = await kept(ada, f"{PATH}/new", FORM)
    assert (made.status_code, made.headers["location"]) == (303, f"{PATH}/the_ledger_is_closed")
    page = html.unescape((await ada.get(made.headers["location"])).text)
    assert "closing … not |yet finished" in page
    assert "Retire it" in page
    assert "Change it" not in (await (await browser(api, "eve", Role.VIEWER)).get(PATH)).text


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(api: Api) -> None:
    ada = await browser(api)
    await ada.get(f"{PATH}/new")
    wrong = {**FORM, "certain_says": "ledger\n\n…", "hint_status": "5o3", "id": "no id"}
    page = (await ada.send(f"{PATH}/new", {**wrong, "do": "try"})).text

    assert "Line 3: " in page
    assert "5o3 is no HTTP status" in page
    assert 'aria-describedby="certain_says-fault"' in page
    for typed in ("It is night.", "ledger\n\n…", 'value="5o3"', 'value="no id"'):
        assert typed in page
    wrong = {**FORM, "id": "conn_refused"}
    taken = await kept(ada, f"{PATH}/new", wrong)
    assert (taken.status_code, "one of Fettle&#39;s own" in taken.text) == (409, True)


async def test_who_comes_second_sees_both(api: Api) -> None:
    ada, bob = await browser(api), await browser(api, "bob")
    await ada.get(f"{PATH}/new")
    path = (await kept(ada, f"{PATH}/new", FORM)).headers["location"]
    for who in (ada, bob):
        await who.get(f"{path}/edit")
    assert (await kept(bob, f"{path}/edit", {**FORM, "cause": "A holiday."})).status_code == 303
    late = await kept(ada, f"{path}/edit", {**FORM, "cause": "A strike.", "tell": "Ask."})
    page = html.unescape(late.text)

    assert late.status_code == 409
    assert "bob has changed it meanwhile" in page
    assert "A strike." in page
    assert "A holiday." in page
    mine = {**FORM, "cause": "A strike.", "tell": "Ask."}
    over = {**mine, "version": ada.hidden("version"), "seal": ada.hidden("seal"), "do": "keep"}
    assert "Keep mine over it" in page
    assert (await ada.send(f"{path}/edit", over)).status_code == 303
    whole = html.unescape((await ada.get(path)).text)
    assert "A strike." in whole
    assert "A holiday." in (await ada.get(f"{path}?version=2")).text
    await ada.send(f"{path}/retire")
    assert "Retired" in (await ada.get(PATH)).text
    assert "Bring it back" in (await ada.get(path)).text
    assert (await ada.send(f"{path}/restore")).status_code == 303


@pytest.mark.parametrize(
    ("message", "phrase"),
    [
        ("account 4711 of 'ann': the ledger is closed", "account … of … the ledger is closed"),
        ("42", ""),
        ("a|b c", "a b c"),
        ("1 x 2 y 3 z 4 q 5 r 6", "x … y … z … q"),
        ("word " * 40, " ".join(["word"] * 17)),
    ],
)
def test_a_message_becomes_a_phrase_without_its_values(message: str, phrase: str) -> None:
    assert phrase_of(masks.masked(message)) == phrase


def test_what_is_shown_in_fields_is_what_is_sent() -> None:
    body = known_fields.body(FORM)

    assert body["solution"] == [{"does": "Wait."}, {"does": "See `fettle issue list`."}]
    assert body["certain"]["status"] == ["503", "502"]
    assert known_fields.body(known_fields.of_document(body)) == body  # type: ignore[arg-type]


async def test_it_is_written_with_the_keyboard_on_a_phone_without_scripts(visit: Visit) -> None:
    async with visit.open(PATH, phone=True, scripts=False) as page:
        await page.get_by_role("link", name="Write one").press("Enter")
        for label, text in (
            ("What has happened", FORM["title"]),
            ("Why it happens", FORM["cause"]),
            ("What cures it", FORM["solution"]),
        ):
            await page.get_by_label(label).first.fill(text)
        await page.get_by_label("Phrases").first.fill("ledger is closed")
        await page.get_by_role("button", name="See what it would match").press("Enter")
        await page.get_by_role("button", name="Keep it").press("Enter")
        await page.get_by_role("heading", name=FORM["title"]).wait_for()
        wide = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("link", name="Change it").press("Enter")
        await page.get_by_role("button", name="See what it would match").wait_for()
    async with visit.open(f"{PATH}/the_ledger_is_closed/edit") as page:
        assert await violations(page) == []
        await page.get_by_role("link", name="Leave it").click()
        await page.get_by_text("Retire it…").wait_for()
        assert await violations(page) == []
    assert wide
