"""The page for everybody: what nobody could look at is not said to work."""

import re
from datetime import timedelta

import pytest

from tests.flow.watching import answer
from tests.frontends.api.conftest import Api
from tests.frontends.web.test_targets import SETTINGS, street

PAGE = '\n[status_page]\nservices = ["shop", "wiki"]\n'
STATES = re.compile(r'<span class="severity \w+">([^<]+)</span>')


@pytest.fixture
def settings_text() -> str:
    """Give a service that is looked at, and one that is not."""
    return SETTINGS + PAGE


async def test_what_nobody_could_look_at_is_not_said_to_work(api: Api) -> None:
    async def page() -> str:
        return (await api.nobody.get("/status")).text

    before = await page()
    await street(api).look("shop", [answer("shop")])
    then = await page()
    api.clock.moment += timedelta(days=1)
    later = await page()

    assert STATES.findall(before) == ["Not known now", "No trouble is known"]
    assert STATES.findall(then) == ["Works", "No trouble is known"]
    assert STATES.findall(later) == ["Not known now", "No trouble is known"]
    assert "<strong>No trouble is known</strong>" in then
    assert "<strong>Not known now: shop</strong>" in later
