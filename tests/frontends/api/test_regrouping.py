"""Issues are merged, split, linked and classified anew, with all that belongs to them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fettle.model.severity import Severity
from tests.frontends.api.conftest import Api
from tests.frontends.api.test_issues import events, fire, refused


async def test_a_merge_takes_the_alerts_and_the_counts_along(api: Api) -> None:
    await api.arrive(fire("a"), fire("b"))
    await api.arrive(fire("c", group="other"))

    merged = await api.act(2, "merge", into=1, text="the same cause")

    assert (merged["status"], merged["merged_into"], merged["alerts"]) == ("merged", 1, [])
    target = await api.show(1)
    assert [alert["key"] for alert in target["alerts"]] == ["a", "b", "c"]
    assert target["signals"] == 3
    assert target["timeline"][-1]["event"] == "took-in"
    assert target["timeline"][-1]["detail"] == {"from": "2", "signals": "1"}
    assert {"kind": "merged", "issue": 2} in target["links"]


async def test_the_ends_of_merged_alerts_find_the_issue_that_goes_on(api: Api) -> None:
    await api.arrive(fire("a"))
    await api.arrive(fire("b", group="other"))
    await api.act(2, "merge", into=1)

    await api.arrive(replace(fire("a"), firing=False))
    half = (await api.show(1))["status"]
    await api.arrive(replace(fire("b", group="other"), firing=False))

    assert (half, (await api.show(1))["status"]) == ("triaged", "resolved")


async def test_merges_make_no_circle(api: Api) -> None:
    for title in ("Disk full", "Login broken", "Cart empty"):
        await api.report(title)
    await api.act(1, "merge", into=2)

    assert refused(await api.try_to(2, "merge", into=1), 409)["remedy"] == "merge into 2"
    refused(await api.try_to(3, "merge", into=1), 409)
    refused(await api.try_to(3, "merge", into=3), 409)
    refused(await api.try_to(1, "merge", into=3), 409)
    refused(await api.try_to(3, "merge", into=99), 404)
    await api.act(2, "resolve", evidence="it is over")
    over = refused(await api.try_to(3, "merge", into=2), 409)
    assert over["remedy"] == "fettle issue reopen 2"


async def test_two_who_merge_into_each_other_leave_one_issue(api: Api) -> None:
    await api.report("Disk full")
    await api.report("Login broken")

    answers = await asyncio.gather(
        api.responder.post("/api/v1/issues/1/merge", json={"into": 2}),
        api.admin.post("/api/v1/issues/2/merge", json={"into": 1}),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    statuses = [(await api.show(number))["status"] for number in (1, 2)]
    assert statuses.count("merged") == 1


async def test_what_is_trouble_of_its_own_gets_an_issue(api: Api) -> None:
    await api.arrive(fire("a"), fire("b", "Disk full on db-1", severity=Severity.CRITICAL))
    disk = next(one["id"] for one in (await api.show(1))["alerts"] if one["key"] == "b")

    new = await api.act(1, "split", alerts=[disk], text="another machine")

    assert (new["number"], new["title"], new["severity"]) == (2, "Disk full on db-1", "critical")
    assert [alert["key"] for alert in new["alerts"]] == ["b"]
    assert {"kind": "split_from", "issue": 1} in new["links"]
    assert new["clocks"]["response"]["state"] == "running"
    old = await api.show(1)
    assert [alert["key"] for alert in old["alerts"]] == ["a"]
    assert (old["signals"], new["signals"]) == (1, 1)
    assert events(old)[-1] == "split"
    assert {"kind": "split_from_back", "issue": 2} in old["links"]
    refused(await api.try_to(1, "split", alerts=[disk]), 404)
    only = old["alerts"][0]["id"]
    refused(await api.try_to(1, "split", alerts=[only]), 409)


async def test_links_are_seen_from_both_sides_and_made_once(api: Api) -> None:
    await api.report("Disk full")
    await api.report("Login broken")

    await api.act(2, "link", issue=1, kind="caused_by")
    linked = await api.act(2, "link", issue=1, kind="caused_by")

    assert linked["links"] == [{"kind": "caused_by", "issue": 1}]
    assert (await api.show(1))["links"] == [{"kind": "caused_by_back", "issue": 2}]
    assert events(linked).count("linked") == 1
    refused(await api.try_to(2, "link", issue=2), 409)
    refused(await api.try_to(2, "link", issue=9), 404)


CORRECTED: list[tuple[dict[str, object], dict[str, object]]] = [
    (
        {"class": "system-outage"},
        {
            "severity": "critical",
            "priority": "p1",
            "category": "infrastructure",
            "escalation": "immediate",
            "class": "system-outage",
        },
    ),
    (
        {"class": "search-outage"},
        {"severity": "high", "category": "search", "class": "search-outage"},
    ),
    ({"severity": "critical"}, {"severity": "critical", "priority": "p1"}),
    ({"severity": "info"}, {"severity": "info", "priority": "p4"}),
    ({"priority": "p4"}, {"priority": "p4", "escalation": "next-sprint"}),
    ({"category": "search"}, {"category": "search", "priority": "p2"}),
    ({"services": ["wiki"]}, {"services": ["wiki"], "priority": "p4", "team": "data"}),
    ({"class": None, "priority": "p1"}, {"class": None, "priority": "p1"}),
]


@pytest.mark.parametrize(("body", "expected"), CORRECTED, ids=[str(one[0]) for one in CORRECTED])
async def test_people_decide_otherwise_and_promises_follow(
    api: Api, body: dict[str, object], expected: dict[str, object]
) -> None:
    before = await api.report("Carts empty themselves", service="shop", severity="medium")
    assert (before["severity"], before["priority"]) == ("medium", "p2")

    after = await api.act(before["number"], "classify", **body, reason="we know it")

    assert {name: after[name] for name in expected} == expected
    assert (after["by"], after["confidence"]) == ("person", 1.0)
    assert after["evidence"][0] == "token:responder decided: we know it"
    assert set(before["evidence"]) <= set(after["evidence"])
    assert events(after).count("reclassified") == 1
    if after["priority"] != before["priority"]:
        assert after["sla"] != before["sla"]


async def test_who_has_taken_an_issue_keeps_it_and_what_nobody_has_goes_to_its_team(
    api: Api,
) -> None:
    for number in (1, 2, 3):
        await api.report("Carts empty themselves", service="shop")
        api.clock.moment += timedelta(days=1)
        if number == 2:
            await api.act(number, "acknowledge")
        if number == 3:
            await api.act(number, "assign", team="web", assignee="bob")
    one, two, three = [
        await api.act(number, "classify", services=["wiki"], reason="it is the wiki")
        for number in (1, 2, 3)
    ]

    assert (one["team"], two["team"], three["team"]) == ("data", "web", "web")
    (handed,) = (entry for entry in one["timeline"] if entry["event"] == "assigned")
    assert handed["text"] == "data owns wiki"


async def test_what_people_decide_and_let_stand_is_learnt_from(api: Api) -> None:
    await api.report("Carts empty themselves", symptoms=["no items"])
    await api.arrive(fire("a", "Odd noise", labels={"host": "db-1"}, severity=Severity.LOW))
    await api.act(1, "classify", severity="critical", reason="it loses orders")
    await api.act(1, "classify", severity="high", reason="not all of them")
    await api.act(2, "resolve", evidence="it is quiet")
    await api.act(2, "close")

    cursor = await api.store.connection.execute(
        "SELECT issue, actor, corrected, said ->> 'by', said_severity, settled_severity, told"
        " FROM decision ORDER BY issue"
    )

    carts, noise = await cursor.fetchall()
    assert carts[:6] == (1, "token:responder", True, "rule", 2, 3)
    assert (carts[6]["title"], carts[6]["symptoms"]) == ("Carts empty themselves", ["no items"])
    assert (noise[2], noise[4], noise[5]) == (False, 1, 1)
    assert noise[6]["labels"] == {"host": "db-1"}


async def test_classes_that_nobody_knows_are_refused(api: Api) -> None:
    await api.report()

    unknown: dict[str, Any] = {"class": "moon-phase", "reason": "x"}
    assert "search-outage" in refused(await api.try_to(1, "classify", **unknown), 404)["remedy"]
    refused(await api.try_to(1, "classify", reason="nothing else"), 400)
    refused(await api.try_to(1, "classify", severity="low", reason=" "), 400)


async def test_the_clock_forgets_nothing_when_the_priority_changes(api: Api) -> None:
    await api.report("Carts empty themselves", service="shop")
    api.clock.moment += 3 * (api.clock.moment - api.clock.moment.replace(minute=0, hour=11))

    worse = await api.act(1, "classify", severity="critical", reason="it loses orders")

    assert worse["clocks"]["response"]["state"] == "breached"
    assert worse["clocks"]["response"]["due"] == "2026-01-01T12:15:00Z"
