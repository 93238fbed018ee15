"""What to do first, how long it takes, and what happens otherwise."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis import causes
from fettle.diagnosis.recommend import recommend
from fettle.model.diagnosis import Recommendation
from fettle.model.finding import Finding
from fettle.model.severity import Severity

IDLE = Finding(
    "app@shop (web)",
    Severity.MEDIUM,
    "idle in a transaction for 12 min",
    recommendations=("End it: SELECT pg_terminate_backend(4242);",),
    fixes=("terminate_session",),
    about=("pid 4242",),
    check="idle_in_transaction",
    category="database",
    title="A session is idle in a transaction",
    impact="Its locks stay. Vacuum stands still.",
)
BLOCKED = Finding(
    "app@shop (checkout)",
    Severity.CRITICAL,
    "11 sessions wait",
    recommendations=("Deal with pid 4242",),
    blames=("pid 4242",),
    check="blocked_sessions",
    category="database",
    title="Sessions wait for a lock",
    impact="Whoever waits keeps a connection.",
)
QUEUED = replace(BLOCKED, subject="app@shop (deploy)", severity=Severity.HIGH, check="ddl_queue")
SLOW = Finding(
    "query 8123",
    Severity.MEDIUM,
    "1.8 s on average, 12,400 calls: select …",
    metrics={"calls_count": 12_400},
    evidence=({"query": "select * from orders where note = $1;", "calls": 12_400},),
    check="slow_queries",
    category="database",
    title="A statement is slow",
    impact="Everybody who calls it waits.",
)
UNINDEXED = Finding(
    "shop.items (order_id)",
    Severity.MEDIUM,
    "1,000,000 rows",
    recommendations=("CREATE INDEX CONCURRENTLY ON shop.items (order_id);",),
    fixes=("create_foreign_key_index",),
    check="foreign_key_unindexed",
    category="database",
    title="A foreign key has no index",
    impact="Deleting a parent row reads the whole table.",
)
FULL = Finding(
    "connections",
    Severity.HIGH,
    "91 of 97 connections are taken, 70 of them idle",
    recommendations=("Lower the pool of web",),
    saturation=True,
    check="connections_saturated",
    category="database",
    title="Connections run out",
    impact="The next connection is refused.",
)
COLD = Finding(
    "shared_buffers",
    Severity.MEDIUM,
    "71 % of 40,000 blocks were in the cache",
    recommendations=("SHOW shared_buffers; -- raise it",),
    saturation=True,
    check="cache_hit_low",
    category="database",
    title="Reads miss the cache",
    impact="Reads go to the disk.",
)
KEYLESS = Finding(
    "shop.log",
    Severity.LOW,
    "no primary key",
    check="primary_key_missing",
    category="database",
    title="A table has no primary key",
)


def by_priority(*findings: Finding) -> dict[str, Recommendation]:
    given = list(recommend(findings, list(causes.explain(findings)), "shop"))
    assert len({advice.priority for advice in given}) == len(given)
    return {advice.priority: advice for advice in given}


def test_nothing_found_asks_for_nothing() -> None:
    assert by_priority() == {}


@pytest.mark.parametrize(
    ("finding", "priorities"),
    [
        (replace(BLOCKED, blames=()), {"immediate"}),
        (FULL, {"immediate", "high", "medium"}),
        (SLOW, {"high"}),
        (COLD, {"high", "medium"}),
        (KEYLESS, {"low"}),
        (replace(KEYLESS, severity=Severity.INFO), {"low"}),
        (replace(KEYLESS, severity=Severity.MEDIUM), {"high"}),
    ],
)
def test_a_finding_asks_for_what_it_gives_ground_for(
    finding: Finding, priorities: set[str]
) -> None:
    assert set(by_priority(finding)) == priorities


def test_every_finding_is_in_some_recommendation() -> None:
    everything = (IDLE, BLOCKED, QUEUED, SLOW, UNINDEXED, FULL, COLD, KEYLESS)
    told = {key for advice in by_priority(*everything).values() for key in advice.findings}

    assert told == {finding.key for finding in everything}


def test_what_cannot_wait_begins_with_the_root_of_it() -> None:
    immediate = by_priority(BLOCKED, QUEUED, IDLE)["immediate"]

    assert immediate.title == "Begin with pid 4242: it is behind 2 of 2 urgent findings"
    assert immediate.actions == (
        "End it: SELECT pg_terminate_backend(4242);",
        "Deal with pid 4242",
    )
    assert immediate.findings[0] == IDLE.key


def test_one_urgent_finding_is_named_in_the_title() -> None:
    immediate = by_priority(FULL)["immediate"]

    assert immediate.title == "Connections run out: connections"
    assert immediate.risk_if_not_done == "The next connection is refused."


def test_a_slow_statement_is_explained_with_its_own_text() -> None:
    high = by_priority(SLOW)["high"]

    assert any(
        action.endswith("EXPLAIN (GENERIC_PLAN) select * from orders where note = $1;")
        for action in high.actions
    )
    assert any("query 8123" in action and "Keep the result" in action for action in high.actions)


@pytest.mark.parametrize(
    "query",
    ["vacuum shop.orders", "select '" + "x" * 492, "call work()", "<insufficient privilege>"],
)
def test_what_has_no_plan_or_was_cut_is_not_explained(query: str) -> None:
    high = by_priority(replace(SLOW, evidence=({"query": query},)))["high"]

    assert not any("EXPLAIN" in action for action in high.actions)


def test_what_writes_is_not_kept_in_a_cache() -> None:
    high = by_priority(replace(SLOW, evidence=({"query": "update orders set note = $1"},)))["high"]

    assert not any("Keep the result" in action for action in high.actions)


def test_the_database_gets_only_the_lines_it_has_ground_for() -> None:
    everything = by_priority(SLOW, UNINDEXED, FULL, COLD)["high"]
    one = by_priority(UNINDEXED)["high"]

    assert everything.title == (
        "Put the database in order: 1 slow statement, 1 missing index, 1 full pool, 1 cold cache, "
        "1 result worth keeping"
    )
    assert any("pooler" in action and "91 of 97" in action for action in everything.actions)
    assert one.title == "Put the database in order: 1 missing index"
    assert one.actions == ("CREATE INDEX CONCURRENTLY ON shop.items (order_id);",)


def test_scaling_names_what_runs_out_and_how_to_watch_it() -> None:
    medium = by_priority(FULL, COLD)["medium"]

    assert medium.actions[0].startswith("Make room for connections: 91 of 97")
    assert medium.actions[-1] == (
        "Watch where it goes: fettle check shop --only connections_saturated --only cache_hit_low "
        "--save --since-last"
    )


def test_slow_answers_ask_whether_there_is_room_enough() -> None:
    """As the guide has it; that something runs out is only said of what does."""
    alone = by_category(LATE)["scaling"]
    assert alone.title == "See whether there is room enough for shop"
    assert alone.actions[0].startswith("See what shop waits for before it is given more: ")
    assert alone.findings == (LATE.key,)

    both = by_category(LATE, REFUSED)["scaling"]
    assert both.title == "Give room to what runs out: api.bank.example"
    assert both.findings == (REFUSED.key, LATE.key)
    assert "scaling" not in by_category(FAILING, BLIND)


def test_the_time_follows_from_the_findings() -> None:
    one = by_priority(UNINDEXED)["high"].estimated_time
    many = [replace(UNINDEXED, subject=f"t{n}") for n in range(11)]

    assert one == (timedelta(minutes=5), timedelta(minutes=15))
    assert by_priority(*many)["high"].estimated_time == (
        timedelta(minutes=25),
        timedelta(minutes=65),
    )
    assert by_priority(SLOW)["high"].estimated_time == (timedelta(minutes=30), timedelta(hours=1))


def test_every_recommendation_is_whole() -> None:
    for advice in by_priority(IDLE, BLOCKED, SLOW, FULL, COLD, KEYLESS).values():
        least, most = advice.estimated_time
        assert advice.title
        assert advice.description
        assert advice.actions
        assert advice.risk_if_not_done
        assert timedelta(0) < least <= most


LATE = Finding(
    "shop",
    Severity.MEDIUM,
    "95 of 100 answers came within 2.5 s – 5 s",
    recommendations=("Profile /checkout first",),
    check="response_time_high",
    category="application",
    title="Answers take too long",
    impact="Who waits goes away.",
)
FAILING = replace(
    LATE,
    severity=Severity.HIGH,
    recommendations=("Look into the most frequent error",),
    check="error_rate_high",
    title="Requests fail",
    impact="Somebody did not get what they came for.",
)
BLIND = Finding(
    "db 10.0.0.7:9187",
    Severity.MEDIUM,
    "it does not reach PostgreSQL",
    recommendations=("See whether it runs",),
    check="exporter_failing",
    category="infrastructure",
    title="An exporter is blind, or not there",
)
REFUSED = Finding(
    "api.bank.example",
    Severity.MEDIUM,
    "it refused 3.0 % of 400 requests",
    recommendations=("Ask it less",),
    saturation=True,
    check="allowance_low",
    category="external",
    title="Somebody else lets us ask no more",
)


def by_category(*findings: Finding) -> dict[str, Recommendation]:
    given = list(recommend(findings, list(causes.explain(findings)), "shop"))
    assert len({advice.category for advice in given}) == len(given)
    return {advice.category: advice for advice in given}


def test_each_category_with_findings_has_a_recommendation_of_its_own() -> None:
    given = by_category(LATE, BLIND, REFUSED, UNINDEXED, KEYLESS)

    assert {category: advice.priority for category, advice in given.items()} == {
        "database": "high",
        "application": "high",
        "infrastructure": "medium",
        "external": "medium",
        "scaling": "medium",
        "upkeep": "low",
    }
    assert given["application"].findings == (LATE.key,)
    assert given["infrastructure"].findings == (BLIND.key,)
    assert given["external"].findings == (REFUSED.key,)


def test_the_most_urgent_comes_first() -> None:
    given = list(recommend([KEYLESS, BLIND, LATE, FAILING, UNINDEXED]))

    order = ["immediate", "high", "medium", "low"]
    assert [order.index(advice.priority) for advice in given] == sorted(
        order.index(advice.priority) for advice in given
    )


def test_a_category_says_what_cures_its_findings_and_what_keeps_them_from_coming_back() -> None:
    application = by_category(LATE)["application"]

    assert application.title == "Put the application in order: answers take too long"
    assert application.actions == (
        "Profile /checkout first",
        "Trace where the time of shop goes, and give each route a budget",
    )
    assert application.risk_if_not_done == "Who waits goes away."
    assert application.estimated_time == (timedelta(minutes=30), timedelta(hours=1))


def test_what_cannot_wait_is_done_at_once_and_its_category_says_what_lasts() -> None:
    given = by_category(FAILING, LATE)

    assert given["emergency"].actions == ("Look into the most frequent error",)
    assert "Look into the most frequent error" not in given["application"].actions
    assert any("Let nothing of shop fail unseen" in one for one in given["application"].actions)
    assert set(given["application"].findings) == {FAILING.key, LATE.key}


def test_what_is_low_waits_for_the_upkeep() -> None:
    given = by_category(replace(BLIND, severity=Severity.LOW))

    assert set(given) == {"upkeep"}


def test_a_finding_of_a_check_that_nobody_knows_yet_says_what_it_recommends() -> None:
    given = by_category(replace(BLIND, check="roof_leaks", severity=Severity.HIGH))

    assert given["infrastructure"].actions == ("See whether it runs",)
