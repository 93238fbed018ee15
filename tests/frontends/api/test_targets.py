"""Targets by the API: how they are, how it went, what was measured, and looking now."""

from datetime import timedelta
from typing import Any

import pytest

from fettle.flow import watch
from fettle.store import timers
from tests.flow.watching import Street, Told, answer, silence
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import take
from tests.schemas import validate

SETTINGS = """
[[service]]
name = "shop"
tier = "critical"
team = "web"
depends_on = ["stripe", "main-db"]

[[service]]
name = "wiki"

[[dependency]]
name = "stripe"
url = "https://stripe.example"
critical = true

[[team]]
name = "web"
member = [{ name = "ada" }]
"""


@pytest.fixture
def settings_text() -> str:
    """Give a service that needs somebody else's."""
    return SETTINGS


def street(api: Api) -> Street:
    return Street(api.serving.pool, api.clock, api.serving.settings)


async def looked(api: Api, *looks: Told, minutes: int = 1) -> None:
    await street(api).looks("stripe", *looks, apart=timedelta(minutes=minutes))
    await take(api)


async def got(api: Api, path: str) -> dict[str, Any]:
    answered = await api.viewer.get(f"/api/v1/{path}")
    assert answered.status_code == 200, answered.text
    return validate(answered.json())


async def test_before_anybody_has_looked_nothing_is_said_to_be_well(api: Api) -> None:
    items = {one["name"]: one for one in (await got(api, "targets"))["items"]}
    shown = await got(api, "targets/stripe")

    assert list(items) == ["shop", "wiki", "stripe"]
    assert {one["status"] for one in items.values()} == {None}
    assert (items["shop"]["depends_on"], items["stripe"]["needed_by"]) == (
        ["stripe", "main-db"],
        ["shop"],
    )
    assert (items["shop"]["watched"], items["shop"]["every_s"]) == ([], None)
    assert (items["stripe"]["watched"], items["stripe"]["every_s"]) == (["its address"], 60)
    assert (shown["figures"], shown["looks"], shown["days"]) == ([], [], [])
    assert (await got(api, "services"))["items"][0]["status"] is None


async def test_a_target_is_shown_with_its_past_and_its_issues(api: Api) -> None:
    await looked(api, [answer("stripe", 0.25)], [silence("stripe")], [silence("stripe")])
    shown = await got(api, "targets/stripe")

    assert (shown["status"], shown["kind"], shown["critical"]) == ("medium", "dependency", True)
    assert shown["issues"] == [1]
    assert [one["status"] for one in shown["looks"]] == ["medium", "medium", "ok"]
    assert "the connection was refused" in shown["looks"][0]["worst"]
    (day,) = shown["days"]
    assert (day["status"], day["looks"]) == ("medium", {"ok": 1, "medium": 2})
    (figure,) = shown["figures"]
    assert (figure["metric"], figure["value"], figure["subject"]) == ("probe_whole_s", 0.25, None)
    (stripe,) = (await got(api, "targets?kind=dependency"))["items"]
    assert stripe["issues"] == [1]


async def test_what_was_looked_at_long_ago_is_unknown(api: Api) -> None:
    await looked(api, [answer("stripe")])
    fresh = (await got(api, "targets/stripe"))["status"]
    api.clock.moment += timedelta(minutes=10)

    assert (fresh, (await got(api, "targets/stripe"))["status"]) == ("ok", "unknown")


async def test_a_figure_is_given_over_a_time(api: Api) -> None:
    await looked(api, *([answer("stripe", n / 10)] for n in range(1, 13)))
    fine = await got(api, "targets/stripe/series?metric=probe_whole_s")
    rough = await got(api, "targets/stripe/series?metric=probe_whole_s&points=1")

    assert fine["step_s"] == 300
    assert [point["number"] for point in fine["points"]] == [5, 5, 2]
    assert fine["points"][0]["at"] == "2026-01-01T12:00:00Z"
    assert (fine["points"][0]["least"], fine["points"][0]["most"]) == (0.1, 0.5)
    assert fine["points"][0]["mean"] == pytest.approx(0.3)
    assert rough["step_s"] == 24 * 3600
    assert sum(point["number"] for point in rough["points"]) == 12
    assert rough["points"][-1]["most"] == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("targets/nothing", 404, "nothing that is watched is called nothing"),
        ("targets/stripe/series?metric=odd", 404, "its figures are probe_whole_s"),
        ("targets/stripe/series?metric=probe_whole_s&subject=x", 404, "of x"),
        ("targets/stripe/series", 422, "metric"),
        ("targets/stripe/series?metric=a&points=0", 422, "points"),
        (
            "targets/stripe/series?metric=a&to=0001-01-01T05:00:00Z",
            400,
            "to is before all calendars",
        ),
        (
            "targets/stripe/series?metric=a&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            400,
            "ends before it begins",
        ),
        ("targets?kind=odd", 422, "kind"),
    ],
)
async def test_what_cannot_be_given_says_why(api: Api, path: str, status: int, why: str) -> None:
    await looked(api, [answer("stripe")])
    answered = await api.viewer.get(f"/api/v1/{path}")

    assert answered.status_code == status
    assert why in answered.text


async def test_a_look_is_asked_for_and_comes_at_once(api: Api) -> None:
    await street(api).prepare()
    api.clock.moment += timedelta(seconds=1)
    async with api.serving.pool.connection() as connection:
        await timers.schedule(
            connection,
            watch.KIND,
            "checks/stripe",
            api.clock.now() + timedelta(minutes=1),
            None,
        )
    refused = await api.viewer.post("/api/v1/targets/stripe/look")
    asked = await api.responder.post("/api/v1/targets/stripe/look")
    nowhere = await api.responder.post("/api/v1/targets/wiki/look")
    async with api.serving.pool.connection() as connection:
        (timer,) = await timers.pending(connection, "checks/stripe")

    assert refused.status_code == 403
    assert (asked.status_code, validate(asked.json())["target"]) == (202, "stripe")
    assert timer.due_at == api.clock.now()
    assert nowhere.status_code == 409
    assert "give it a url" in nowhere.text
