"""What may have caused an issue, by the API: from what looks have measured."""

from datetime import datetime, timedelta

import pytest

from fettle.store import partitions, samples
from fettle.store.samples import Sample, Took
from tests.flow.watching import Street, answer
from tests.frontends.api.conftest import Api
from tests.schemas import validate

SETTINGS = """
[[service]]
name = "shop"
url = "https://shop.example"
depends_on = ["stripe"]

[[dependency]]
name = "stripe"
url = "https://stripe.example"
"""
LOOK = timedelta(minutes=5)


@pytest.fixture
def settings_text() -> str:
    """Give a service that needs another."""
    return SETTINGS


async def measured(api: Api, name: str, level: float, fault: float, onset: datetime) -> None:
    """Let looks have measured how long something takes, every five minutes of the last six hours.

    It takes longer from an onset on.
    """
    street = Street(api.serving.pool, api.clock, api.serving.settings)
    await street.look(name, [answer(name, level)])
    stands = await street.stand(name)
    async with api.serving.pool.connection() as connection:
        await partitions.prepare(connection, api.clock.now())
    for place in range(72):
        at = api.clock.now() - (72 - place) * LOOK
        value = level * (1 + place % 5 / 50) + (fault if at >= onset else 0)
        took = Took(stands.id, at, "checks", "ok", 0, 0, 0.1)
        async with api.serving.pool.connection() as connection, connection.transaction():
            await samples.keep(connection, took, [Sample("answer_s", "", value)])


async def test_what_an_issues_service_needs_is_named_with_grounds(api: Api) -> None:
    onset = api.clock.now() - 3 * LOOK
    await measured(api, "shop", 0.2, 2.0, onset)
    await measured(api, "stripe", 0.1, 1.9, onset)
    number = (await api.report("The shop is slow", service="shop"))["number"]

    answered = await api.viewer.get(f"/api/v1/issues/{number}/causes")

    assert answered.status_code == 200, answered.text
    first = validate(answered.json())["causes"][0]
    assert (first["subject"], first["metric"]) == ("stripe", "answer_s")
    assert "shop needs it: shop → stripe" in first["evidence"]


async def test_nothing_is_said_where_nothing_was_measured(api: Api) -> None:
    number = (await api.report("The shop is slow", service="shop"))["number"]

    answered = await api.viewer.get(f"/api/v1/issues/{number}/causes")

    assert validate(answered.json())["causes"] == []


async def test_an_issue_that_is_not_there_has_no_causes(api: Api) -> None:
    assert (await api.viewer.get("/api/v1/issues/99/causes")).status_code == 404
