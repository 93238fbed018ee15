"""The server's application, for the tests of pages, and a browser that visits it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.frontends.api.conftest import Api, api, environ, settings_text
from tests.frontends.web.browsing import Visit, chromium, visited
from tests.frontends.web.site import Site, running

__all__ = ["api", "environ", "settings_text"]


@pytest.fixture
async def site(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """Give a site over an empty store."""
    async with running(store_environ, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def browser_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a browser that runs as long as the tests."""
    with chromium(tmp_path_factory.mktemp("chromium")) as url:
        yield url


@pytest.fixture
async def visit(api: Api, browser_url: str) -> AsyncIterator[Visit]:
    """Give the pages as a responder sees them; at the end no script may have complained."""
    async with visited(api, browser_url) as found:
        yield found
        assert found.complaints == []
