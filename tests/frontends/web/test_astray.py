"""Who is at an address that is no page is told so in a page, and programs by JSON."""

import html
import re

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import StoreUnreachable
from fettle.frontends.web import forms
from tests.frontends.web.site import URL, Site

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_who_is_logged_in_sees_what_was_not_found_in_the_shell(site: Site) -> None:
    ada = await site.user("ada")
    answer = await ada.get("/nowhere/<b>", **BROWSER)

    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "<h1>There is no such page</h1>" in answer.text
    assert "There is nothing at /nowhere/&lt;b&gt;." in answer.text
    assert 'aria-label="Places"' in answer.text
    assert 'name="csrf"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_who_is_not_logged_in_is_told_and_led_to_the_log_in(site: Site) -> None:
    answer = await site.browser().get("/nowhere", **BROWSER)

    assert answer.status_code == 404
    assert "There is nothing at /nowhere." in answer.text
    assert 'href="/login"' in answer.text
    assert 'aria-label="Places"' not in answer.text


async def test_who_opens_the_address_of_a_form_is_told_that_it_is_one(site: Site) -> None:
    ada = await site.user("ada")
    answer = await ada.get("/logout", **BROWSER)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "takes only what a form sends" in answer.text
    assert await ada.is_in()


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/nowhere"])
async def test_the_api_answers_browsers_as_it_answers_programs(site: Site, path: str) -> None:
    answer = await (await site.user("ada")).get(path, **BROWSER)

    assert answer.json()["status"] == 404


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_programs_are_answered_by_a_document(site: Site, accept: str) -> None:
    answer = await site.browser().get("/nowhere", accept=accept)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["remedy"] == "GET /api/openapi.json tells what there is"


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (StoreUnreachable("the store does not answer", remedy="try again"), 503, "Try again."),
        (ZeroDivisionError(), 500, "This is a bug in Fettle; its log tells more of request "),
    ],
)
async def test_what_fails_is_said_in_a_page(
    site: Site, error: Exception, status: int, says: str
) -> None:
    async def fail(_: Request) -> Response:
        raise error

    site.app.add_route("/failing", fail, methods=["GET"])
    transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        answer = await client.get("/failing", headers=BROWSER)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert says in answer.text
    assert "ZeroDivision" not in answer.text


FORM = {"csrf": "c0", "once": "1", "version": "3", "text": "<b>It</b>\r\nis"}


@pytest.mark.parametrize("error", [StoreUnreachable("the store does not answer"), KeyError()])
async def test_what_was_typed_is_shown_and_can_be_sent_again_where_it_could_not_be_taken(
    site: Site, error: Exception
) -> None:
    taken: list[dict[str, str]] = []

    async def fail_once(request: Request) -> Response:
        form = await forms.typed(request)
        if not taken:
            taken.append(form)
            raise error
        taken.append(form)
        return Response("taken")

    site.app.add_route("/failing", fail_once, methods=["POST"])
    transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=BROWSER) as client:
        answer = await client.post("/failing?x=1", data=FORM)
        assert answer.status_code >= 500
        assert "<pre>&lt;b&gt;It&lt;/b&gt;\nis</pre>" in answer.text
        (action,) = re.findall('<form method="post" action="([^"]*)"', answer.text)
        again = re.findall(
            r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', answer.text, re.DOTALL
        )
        again += re.findall('<input type="hidden" name="(csrf)" value="([^"]*)"', answer.text)
        fields = {name: html.unescape(value) for name, value in again}
        assert (await client.post(action, data=fields)).text == "taken"

    assert taken == [FORM, FORM]


async def test_a_password_is_neither_shown_nor_sent_again(site: Site) -> None:
    async def fail(request: Request) -> Response:
        await request.body()
        raise StoreUnreachable("the store does not answer")

    site.app.add_route("/failing", fail, methods=["POST"])
    form = {**FORM, "current": "secret of hers"}
    answer = await site.browser().send("/failing", form, **BROWSER)
    assert answer.status_code == 503
    assert "hers" not in answer.text
    assert "<form" not in answer.text


async def test_a_form_that_is_too_large_is_held_by_nobody(site: Site) -> None:
    ada = await site.user("ada")
    await ada.get("/")
    answer = await ada.send("/issues/1/note", {"text": "long" * 2**20}, **BROWSER)
    assert answer.status_code == 413
    assert "longlong" not in answer.text


async def test_looking_for_the_head_only_gets_no_body(site: Site) -> None:
    ada = await site.user("ada")
    answer = await ada.client.head("/nowhere", headers=BROWSER)

    assert (answer.status_code, answer.content) == (404, b"")
