"""A desk for the tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from tests.flow.desk import Place, place_of


@pytest.fixture
async def place(store_environ: dict[str, str]) -> AsyncIterator[Place]:
    """Give a desk with a team, two services, and a clock that stands still."""
    async with place_of(store_environ) as found:
        yield found
