"""An issue's page asks once more what shows its trouble, and shows what the answer was."""

import html
from collections.abc import AsyncIterator

import pytest

from fettle.model.role import Role
from tests.engine.conftest import until
from tests.frontends.api.conftest import Api, worker
from tests.frontends.api.test_reproduce import failed, settings_text, till
from tests.frontends.api.test_solving import LOST, solve
from tests.frontends.web.site import Browser
from tests.frontends.web.test_issue_work import browser
from tests.receiving import Receiving

__all__ = ["settings_text", "till"]


@pytest.fixture
async def ada(api: Api) -> AsyncIterator[Browser]:
    made = await browser(api, Role.RESPONDER, "ada")
    async with made.client:
        yield made


async def page(ada: Browser, issue: int) -> str:
    return html.unescape((await ada.get(f"/issues/{issue}")).text)


async def asked(api: Api, ada: Browser, issue: int, form: dict[str, str]) -> str:
    """Send the form; return the page once a worker has the answer."""
    answer = await ada.send(f"/issues/{issue}/reproduce", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/issues/{issue}#again")
    assert "A worker asks." in await page(ada, issue)

    async def answered() -> bool:
        return "A worker asks." not in await page(ada, issue)

    async with worker(api):
        await until(answered)
    return await page(ada, issue)


async def test_the_probe_of_a_remedy_is_asked_from_the_page(api: Api, ada: Browser) -> None:
    issue = (await api.report(LOST, service="shop"))["number"]
    await solve(api, issue)
    before = await page(ada, issue)

    after = await asked(api, ada, issue, {"remedy": "restart-shop"})

    assert "Ask the probe of restart-shop</button>" in before
    assert "calm-flag</button>" not in before
    assert "A request is sent as a GET" not in before
    assert "its probe does not answer well: 503; the trouble is there" in after


async def test_the_request_of_an_error_is_sent_again_from_the_page(
    api: Api, ada: Browser, till: Receiving
) -> None:
    issue, error = await failed(api, url=f"{till.url}/cart/7")
    before = await page(ada, issue)

    after = await asked(api, ada, issue, {"error": str(error)})

    host = till.url.removeprefix("http://")
    assert f"Send GET {host}/cart/7</button>" in before
    assert "A request is sent as a GET" in before
    assert f"GET {host}/cart/7 is answered with 503; the trouble is there" in after


async def test_who_may_only_look_asks_nothing(api: Api, till: Receiving) -> None:
    issue, _ = await failed(api, url=f"{till.url}/cart/7")
    viewer = await browser(api, Role.VIEWER, "vic")
    async with viewer.client:
        assert 'id="again"' not in await page(viewer, issue)
