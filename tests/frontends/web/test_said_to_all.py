"""What is said to everybody is said on every page, also where something failed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import StoreUnreachable
from fettle.model.role import Role
from tests.frontends.web.site import Site, running

NOTICE = "This is <the> rehearsal."
SAID = '<p class="said-to-all" role="note">This is &lt;the&gt; rehearsal.</p>'
BROWSER = {"accept": "text/html"}


@pytest.fixture
async def site(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """Give a site on which everything is stopped, with a notice."""
    settings = f'notice = "{NOTICE}"\n'
    async with running(store_environ, tmp_path, settings) as made:
        root = await made.user("root", Role.ADMIN)
        await root.get("/")
        assert (await root.send("/remedies/stop", {"reason": "we <move>"})).status_code == 303
        yield made


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/", Role.VIEWER, 200),
        ("/me", Role.VIEWER, 200),
        ("/users", Role.ADMIN, 200),
        ("/users", Role.VIEWER, 403),
        ("/audit", Role.VIEWER, 403),
        ("/issues/99", Role.VIEWER, 404),
        ("/issues?status=none", Role.VIEWER, 400),
        ("/nowhere", Role.VIEWER, 404),
        ("/logout", Role.VIEWER, 405),
    ],
)
async def test_it_is_said_on_every_page(site: Site, path: str, role: Role, status: int) -> None:
    browser = await site.user("ada", role)
    answer = await browser.get(path, **BROWSER)
    assert answer.status_code == status
    assert SAID in answer.text
    assert "has stopped them all" in answer.text
    assert "<bdi>we &lt;move&gt;</bdi>" in answer.text


async def test_it_is_said_where_a_form_could_not_be_done(site: Site) -> None:
    ada = await site.user("ada")
    await ada.get("/")
    for path, status in (("/issues/99/note", 404), ("/silences", 409), ("/me/totp/off", 403)):
        answer = await ada.send(path, {"matchers": "no"}, **BROWSER)
        assert answer.status_code == status
        assert SAID in answer.text
        assert "has stopped them all" in answer.text


async def test_the_notice_is_said_where_the_store_is_away(site: Site) -> None:
    async def fail(_: Request) -> Response:
        raise StoreUnreachable("the store does not answer")

    site.app.add_route("/failing", fail, methods=["GET"])
    answer = await site.browser().get("/failing", **BROWSER)
    assert answer.status_code == 503
    assert "This is &lt;the&gt; rehearsal." in answer.text
