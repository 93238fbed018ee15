"""Figures over the API: of real issues, by team and week, and as CSV."""

from datetime import timedelta
from typing import Any

import pytest

from fettle.intake import own
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests.frontends.api.conftest import Api
from tests.schemas import validate

FROM = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}


def signal(service: str, *, firing: bool) -> Signal:
    return Signal(
        f"prod/{own.VENDOR}",
        SignalKind.ALERT,
        service,
        firing,
        f"{service} is slow",
        severity=Severity.HIGH,
        service=service,
    )


async def read(api: Api, **asked: str) -> dict[str, Any]:
    answer = await api.viewer.get("/api/v1/figures", params={**FROM, **asked})
    assert answer.status_code == 200, answer.text
    return validate(answer.json())


async def happened(api: Api) -> None:
    """Let one issue be worked on for an hour, one end by itself, and one be declined."""
    await api.arrive(signal("shop", firing=True), signal("wiki", firing=True))
    api.clock.moment += timedelta(minutes=10)
    await api.act(1, "acknowledge")
    api.clock.moment += timedelta(minutes=50)
    await api.act(1, "resolve", evidence="it is fast again")
    await api.arrive(signal("wiki", firing=False))
    number = (await api.report("A ghost"))["number"]
    await api.act(number, "decline", why="false-positive", reason="there are none")


async def test_figures_are_made_of_what_happened(api: Api) -> None:
    await happened(api)
    found = await read(api, by="team")

    total = found["total"]
    assert total["issues"] == 3
    assert total["mtta"]["median_s"] == 600
    assert total["mttr"] == {"number": 2, "median_s": 3600, "p90_s": 3600, "mean_s": 3600}
    assert total["noise_ratio"] == pytest.approx(2 / 3, abs=1e-4)
    assert total["recurrence_rate"] == 0
    by_team = {group["name"]: group["figures"]["issues"] for group in found["groups"]}
    assert (by_team["web"] >= 1, by_team["data"]) == (True, 1)
    assert [part["figures"]["issues"] for part in found["series"]] == [3, 0, 0, 0, 0]
    assert (await read(api, service="wiki"))["total"]["issues"] == 1
    assert (await read(api, team="nobody"))["total"]["mttr"]["median_s"] is None


async def test_what_came_back_and_what_was_broken_are_counted(api: Api) -> None:
    await happened(api)
    api.clock.moment += timedelta(days=1)
    await api.arrive(signal("shop", firing=False))
    await api.arrive(signal("shop", firing=True))

    found = await read(api, by="service", every="month")
    (shop,) = [group for group in found["groups"] if group["name"] == "shop"]
    assert shop["figures"]["recurrence_rate"] == 0.5
    assert len(found["series"]) == 1


async def test_merged_issues_count_where_they_went(api: Api) -> None:
    for text in ("One", "Two"):
        await api.report(text)
    await api.act(2, "merge", into=1)
    assert (await read(api))["total"]["issues"] == 1


async def test_figures_as_csv_hold_no_formulas(api: Api) -> None:
    await happened(api)
    answer = await api.viewer.get("/api/v1/figures", params={**FROM, "by": "team", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, whole, *_ = answer.text.splitlines()
    assert head.startswith("group,from,to,issues,mttd_number,mttd_median_s")
    assert whole.startswith(",2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,3,")
    assert any(line.startswith("data,2026-01-01") for line in answer.text.splitlines())


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "1990-01-01T00:00:00Z"},
        {"by": "blame"},
        {"every": "day"},
        {"from": "yesterday"},
    ],
)
async def test_a_time_that_cannot_be_counted_is_refused(api: Api, asked: dict[str, str]) -> None:
    assert (await api.viewer.get("/api/v1/figures", params=asked)).status_code in (400, 422)
