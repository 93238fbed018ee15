"""What is put into words stands on the page: what moved, what was found, what went live."""

from datetime import timedelta

import pytest

from fettle.flow import evidence
from fettle.flow.evidence import Evidence
from fettle.model.advice import Wording
from fettle.store import issues
from fettle.triage.grounded import grounded
from tests.frontends.api.conftest import Api
from tests.frontends.api.test_causes import LOOK, SETTINGS, measured
from tests.frontends.api.test_words import solved
from tests.frontends.web.worked import looked

DATABASE = """
[[database]]
name = "main-db"
url = "postgresql://fettle@127.0.0.1:1/shop"
"""


@pytest.fixture
def settings_text() -> str:
    """Give a service that needs another, and a database."""
    return SETTINGS + DATABASE


async def of(api: Api, number: int, what: Wording = Wording.CAUSES) -> Evidence:
    desk, targets = api.serving.desk, api.serving.targets
    async with api.serving.pool.connection() as connection:
        issue = await issues.find(connection, number)
        if what is Wording.CAUSES:
            return await evidence.of_causes(connection, desk, targets, issue)
        return await evidence.of_enquiries(connection, desk, issue)


async def deployed(api: Api, version: str, ago: timedelta) -> None:
    at = (api.clock.now() - ago).isoformat()
    body = {"service": "shop", "version": version, "at": at}
    assert (await api.responder.post("/api/v1/deploys", json=body)).is_success


async def test_what_moved_is_given_with_its_grounds_and_can_be_said_with_units(api: Api) -> None:
    onset = api.clock.now() - 3 * LOOK
    await measured(api, "shop", 0.2, 2.0, onset)
    await measured(api, "stripe", 0.1, 1.9, onset)
    number = (await api.report("The shop is slow", service="shop"))["number"]

    found = await of(api, number)

    assert found.rests_on[0] == "stripe's answer_s"
    assert any(line.startswith("stripe may be behind it, by its answer_s") for line in found.lines)
    assert "shop needs it: shop → stripe" in found.lines
    (level,) = [line for line in found.lines if line.startswith("answer_s rose")]
    said = f"Stripe's answer_s rose to {level.split()[5].strip(',')} seconds, and shop needs it."
    assert grounded([said], "\n".join(found.lines), api.serving.targets, 5).sentences == (said,)


async def test_what_a_look_proposes_is_given(api: Api) -> None:
    number = (await api.report("The shop is slow", service="shop"))["number"]
    await looked(api, number)

    found = await of(api, number)

    assert found.rests_on == ("pid 4242 of main-db",)
    (first,) = [line for line in found.lines if "of main-db may be behind it" in line]
    assert first.endswith("% sure")


async def test_what_went_live_shortly_before_is_given_and_nothing_older(api: Api) -> None:
    await deployed(api, "1.4.1", timedelta(hours=3))
    await deployed(api, "1.4.2", timedelta(minutes=12))
    number = (await api.report("The shop is slow", service="shop"))["number"]
    api.clock.moment += timedelta(minutes=1)
    await deployed(api, "1.4.3", timedelta())

    found = await of(api, number)

    assert found.rests_on == ("shop 1.4.2",)
    assert any("12 min before it began" in line for line in found.lines)


async def test_where_nothing_is_known_there_is_no_evidence(api: Api) -> None:
    number = (await api.report("The shop is slow", service="shop"))["number"]

    assert not await of(api, number)
    assert not await of(api, number, Wording.ENQUIRIES)


async def test_of_an_unknown_error_the_lines_come_before_how_it_was_told(api: Api) -> None:
    text = 'File "/srv/shop/cart.py", line 42, in total\nOddity: stripe is odd ' + "x" * 9000
    number = (await api.report(text, service="shop"))["number"]
    await solved(api, number)

    found = await of(api, number, Wording.ENQUIRIES)

    assert found.rests_on == (
        "look at /srv/shop/cart.py, line 42, in total",
        "see whether stripe is well",
    )
    assert "Oddity: stripe is odd" in found.lines[-1]
    assert any("the error names stripe" in line for line in found.lines[:-1])
