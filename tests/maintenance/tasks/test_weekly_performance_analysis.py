"""The weekly performance analysis: what it finds, what it says it could not see, its report."""

import json
from datetime import timedelta

import pytest

from fettle.maintenance.tasks import weekly_performance_analysis as weekly
from fettle.model.deploy import Deploy
from fettle.model.finding import Unknown
from fettle.model.ports_upkeep import Advice, Found, LatestLook
from fettle.model.report import Section
from fettle.model.report_kept import kept
from fettle.model.severity import Severity
from fettle.model.work import Outcome, Told
from tests.maintenance.tasks.remembering import SUNDAY, Remembered, changed, steady
from tests.maintenance.working import Steps, tools

DAY = timedelta(days=1)
PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
HIGH = Found("response_time_high", Severity.HIGH, "shop", "Answers are slow", "p95 is 1.2 s")
RAISE = Advice("high", "Make it fast", ("Add an index on orders (shop_id)", "Cache it"))


async def done(history: Remembered) -> dict[str, Told]:
    """Do all steps as a run does them: what a step leaves goes through the store."""
    steps = Steps(weekly.TASK, tools(history=history), moment=history.until + timedelta(minutes=7))
    for name in (one.name for one in weekly.TASK.task.procedure.steps):
        told = await steps.do(name)
        json.dumps(told.detail, allow_nan=False)
    return steps.told


def section(told: dict[str, Told], title: str) -> Section:
    report = told[weekly.REPORT].report
    assert report
    json.dumps(kept(report), allow_nan=False)
    return next(one for one in report.sections if one.title == title)


def rows(told: dict[str, Told], title: str) -> list[tuple[str, ...]]:
    table = section(told, title).table
    return [] if table is None else list(table.rows)


def outcomes(told: dict[str, Told]) -> list[Outcome]:
    return [one.outcome for one in told.values()]


async def test_a_usual_week_passes_and_its_report_says_so() -> None:
    history = Remembered()
    history.measured("shop", "response_p95_s", steady(0.2))
    history.measured("db", "connections_used_ratio", steady(0.3))

    told = await done(history)

    assert outcomes(told) == [PASSED] * 5
    assert told[weekly.GATHER].says == "2 figures of 2 targets"
    assert told[weekly.REPORT].says == "no figure got worse, of 2 compared"
    assert section(told, "What got worse").sentences == ("Nothing did.",)
    assert told[weekly.RECOMMEND].says == "there is nothing to recommend"


async def test_what_got_slower_is_told_since_when_and_what_went_live_before() -> None:
    history, since = Remembered(), SUNDAY - 3 * DAY
    history.measured("shop", "response_p95_s", changed(0.2, since, 1.8))
    history.measured("shop", "requests_count", steady(900))
    history.went_live = [
        Deploy("shop", "1.4.1", since - DAY, "ci"),
        Deploy("shop", "1.4.2", since - timedelta(minutes=20), "ci"),
    ]

    told = await done(history)

    (row,) = rows(told, "What got worse")
    assert row[:2] == ("shop", "response p95")
    assert 75 <= int(row[4].strip("+%")) <= 85
    assert row[5:] == ("26 Nov, 05:00 UTC", "1.4.2")
    (chart,) = section(told, "What got worse").charts
    assert [curve.name for curve in chart.curves] == ["this week", "usual"]
    assert len(chart.curves[0].points) == 168
    assert "shop: look at what 1.4.2 changed: since then response p95 got worse" in _advice(told)
    assert told[weekly.FIND].outcome is PASSED  # it is slower, and within every limit


async def test_a_page_that_got_slower_for_people_is_told() -> None:
    history, since = Remembered(), SUNDAY - 3 * DAY
    page = "/orders/{id} phone"
    history.measured("shop", "page_lcp_s", changed(2, since, 1.8), subject=page)
    history.measured("shop", "page_cls_score", changed(0.1, since, 2), subject=page)
    history.measured("shop", "page_inp_s", steady(0.1), subject=page)

    told = await done(history)

    worse = {row[1] for row in rows(told, "What got worse")}
    assert worse == {f"page lcp of {page}", f"page cls score of {page}"}


async def test_what_is_beyond_its_limit_and_got_worse_fails_and_is_reported() -> None:
    history = Remembered()
    history.measured("shop", "response_p95_s", changed(0.2, SUNDAY - 3 * DAY, 3))
    history.looks["shop"] = LatestLook("shop", SUNDAY, [HIGH], [RAISE])

    told = await done(history)

    assert outcomes(told) == [PASSED, PASSED, FAILED, PASSED, PASSED]
    assert told[weekly.FIND].says == (
        "shop: Answers are slow, and response p95 got worse this week"
    )
    (row,) = rows(told, "Bottlenecks")
    assert row == ("shop", "high", "Answers are slow", "shop", "p95 is 1.2 s", "response p95")
    assert _advice(told) == ["shop: Make it fast: Add an index on orders (shop_id); Cache it"]


async def test_a_finding_that_got_no_worse_is_told_and_fails_nothing() -> None:
    history = Remembered()
    history.measured("shop", "response_p95_s", steady(0.2))
    history.looks["shop"] = LatestLook("shop", SUNDAY, [HIGH], [RAISE])

    told = await done(history)

    assert told[weekly.FIND].outcome is PASSED
    assert len(rows(told, "Bottlenecks")) == 1


async def test_what_gets_worse_by_a_few_percent_a_week_is_told() -> None:
    history, usual = Remembered(), steady(0.2)
    history.measured(
        "shop", "response_p95_s", lambda at: usual(at) * 1.04 ** ((at - SUNDAY) / DAY / 7)
    )

    told = await done(history)

    assert rows(told, "What got worse") == []
    (row,) = rows(told, "What gets worse slowly")
    assert row[:2] == ("shop", "response p95")
    assert row[3].startswith("+")


@pytest.mark.parametrize(("a_day", "outcome"), [(0.004, PASSED), (0.02, FAILED)])
async def test_what_will_be_full_is_told_with_its_day(a_day: float, outcome: Outcome) -> None:
    history = Remembered()
    history.measured(
        "box", "disk_used_ratio", lambda at: 0.8 + a_day * ((at - SUNDAY) / DAY), subject="/var"
    )

    told = await done(history)

    (row,) = rows(told, "What will be full")
    assert row[:2] == ("box", "disk used of /var")
    days = 0.2 / a_day
    assert row[3] == f"{(SUNDAY + days * DAY).day} {SUNDAY + days * DAY:%b %Y}"
    assert told[weekly.FIND].outcome is outcome
    assert rows(told, "What got worse") == []  # it goes on as it went
    assert any("make room: disk used of /var is full in about" in one for one in _advice(told))


async def test_more_to_do_is_no_trouble() -> None:
    history = Remembered()
    history.measured("shop", "requests_count", changed(900, SUNDAY - 4 * DAY, 2))

    told = await done(history)

    assert outcomes(told) == [PASSED] * 5
    assert rows(told, "More or less to do")[0][:2] == ("shop", "requests count")


async def test_what_got_better_is_told() -> None:
    history = Remembered()
    history.measured("db", "cache_hit_ratio", lambda at: 0.97 if at >= SUNDAY - 4 * DAY else 0.8)

    assert rows(await done(history), "What got better")[0][:2] == ("db", "cache hit")


async def test_nothing_watched_is_nothing_seen() -> None:
    told = await done(Remembered())

    assert told[weekly.GATHER].outcome is UNKNOWN
    assert told[weekly.GATHER].remedy
    assert told[weekly.COMPARE].outcome is UNKNOWN


async def test_a_target_that_was_not_measured_in_the_week_is_named() -> None:
    history = Remembered()
    history.measured("shop", "response_p95_s", steady(0.2))
    history.names.append("new-db")

    told = await done(history)

    assert told[weekly.GATHER].outcome is UNKNOWN
    assert "nothing was measured of new-db" in told[weekly.GATHER].says
    assert told[weekly.FIND].outcome is UNKNOWN
    assert told[weekly.FIND].says.endswith("nobody has looked at new-db in the week")
    assert (
        "Nothing was measured in this week: new-db."
        in section(told, "What was looked at").sentences
    )


async def test_a_check_that_could_not_look_is_named_with_what_would_let_it() -> None:
    history = Remembered()
    history.measured("main-db", "connections_used_ratio", steady(0.2))
    gap = Unknown("pg_stat_statements is not there", "CREATE EXTENSION pg_stat_statements;")
    history.looks["main-db"] = LatestLook("main-db", SUNDAY, [], [], [("slow_queries", gap)])

    found = (await done(history))[weekly.FIND]

    assert found.outcome is UNKNOWN
    assert "main-db: slow_queries: pg_stat_statements is not there" in found.says
    assert found.remedy == gap.remedy


async def test_too_little_history_is_said_and_compared_with_nothing() -> None:
    history = Remembered()
    history.measured("shop", "response_p95_s", changed(0.2, SUNDAY - 2 * DAY, 9), days=12)

    told = await done(history)

    assert told[weekly.COMPARE].outcome is UNKNOWN
    assert "too little is known of shop" in told[weekly.COMPARE].says
    assert rows(told, "What got worse") == []
    assert "Too little history to compare: shop." in section(told, "What was looked at").sentences


async def test_a_step_that_is_done_again_says_the_same() -> None:
    history = Remembered()
    history.measured("shop", "response_p95_s", changed(0.2, SUNDAY - 3 * DAY, 1.8))

    assert await done(history) == await done(history)


async def test_of_a_target_with_many_figures_what_is_felt_is_compared() -> None:
    history = Remembered()
    for number in range(40):
        history.measured("shop", "edge_function_calls_total", steady(5), subject=f"f{number:02}")
    history.measured("shop", "response_p95_s", changed(0.2, SUNDAY - 3 * DAY, 1.8))

    assert len(rows(await done(history), "What got worse")) == 1


def _advice(told: dict[str, Told]) -> list[str]:
    items = section(told, "What would make it faster").items
    assert list(items) == told[weekly.RECOMMEND].detail
    return list(items)
