"""The server's application, for the tests of pages, and a browser that visits it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from fettle.frontends.web import figures
from tests.frontends.api.conftest import Api, api, environ, settings_text
from tests.frontends.web.browsing import Visit, chromium, visited
from tests.frontends.web.site import Site, running

__all__ = ["api", "environ", "settings_text"]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for figures: on a machine that does much else they may take a while to be counted."""
    monkeypatch.setattr(figures, "PATIENCE", timedelta(minutes=1))


@pytest.fixture
async def site(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """Give a site over an empty store."""
    async with running(store_environ, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Give a browser that runs as long as the tests: to begin to drive it takes half a second."""
    with chromium(tmp_path_factory.mktemp("chromium")) as url:
        async with async_playwright() as playwright:
            yield await playwright.chromium.connect_over_cdp(url)


@pytest.fixture
async def visit(api: Api, browser: Browser) -> AsyncIterator[Visit]:
    """Give the pages as a responder sees them; at the end no script may have complained."""
    async with visited(api, browser) as found:
        yield found
        assert found.complaints == []
