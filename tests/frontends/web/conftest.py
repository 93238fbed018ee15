"""The server's application, for the tests of pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.frontends.api.conftest import api
from tests.frontends.web.site import Site, running

__all__ = ["api"]


@pytest.fixture
async def site(store_environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Site]:
    """Give a site over an empty store."""
    async with running(store_environ, tmp_path) as made:
        yield made
