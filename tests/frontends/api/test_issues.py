"""Issues by the API: listed, shown, worked on; what may not be done is refused with what to do."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests.frontends.api.conftest import Api
from tests.schemas import validate


def fire(key: str, title: str = "Checkout is slow", **more: object) -> Signal:
    given: dict[str, Any] = {"severity": Severity.HIGH, "group": "checkout", **more}
    return Signal("prod/alertmanager", SignalKind.ALERT, key, True, title, **given)


def events(issue: dict[str, Any]) -> list[str]:
    return [entry["event"] for entry in issue["timeline"]]


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    return problem


async def numbers(api: Api, **query: str | list[str]) -> list[int]:
    answer = await api.viewer.get("/api/v1/issues", params=query)
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in validate(answer.json())["items"]]


# Listed and shown


async def test_the_list_says_what_was_promised(api: Api) -> None:
    await api.report("The shop is down", service="shop")

    (item,) = (await api.viewer.get("/api/v1/issues")).json()["items"]

    assert item["title"] == "The shop is down"
    assert (item["status"], item["team"], item["services"]) == ("triaged", "web", ["shop"])
    assert {clock["state"] for clock in item["clocks"].values()} == {"running"}
    assert item["clocks"]["response"]["due"] > item["opened_at"]
    assert item["signals"] == 1


async def test_the_list_is_restricted_by_what_is_asked_for(api: Api) -> None:
    down = (await api.report("The shop is down", service="shop"))["number"]
    typo = (await api.report("A typo in the wiki", service="wiki", severity="low"))["number"]
    gone = (await api.report("Something odd"))["number"]
    await api.act(down, "acknowledge")
    await api.act(gone, "decline", why="false-positive", reason="a test")

    assert await numbers(api) == [gone, typo, down]
    assert await numbers(api, status="acknowledged") == [down]
    assert await numbers(api, status=["acknowledged", "declined"]) == [gone, down]
    assert await numbers(api, status="acknowledged,declined") == [gone, down]
    assert await numbers(api, severity="critical") == [down]
    assert await numbers(api, service="wiki") == [typo]
    assert await numbers(api, team="data") == [typo]
    assert await numbers(api, q="typo") == [typo]
    assert await numbers(api, live="true") == [typo, down]
    assert await numbers(api, status="", severity="", service="", cursor="") == [gone, typo, down]
    assert await numbers(api, service="nobody's \0") == []


@pytest.mark.parametrize(
    "query",
    ["status=open", "severity=awful", "cursor=x", "cursor=0", f"cursor={2**63}", "limit=0", "by=x"],
)
async def test_what_nobody_can_ask_for_is_refused(api: Api, query: str) -> None:
    problem = refused(await api.viewer.get(f"/api/v1/issues?{query}"), 422)

    assert problem["errors"][0]["at"].startswith(f"query.{query.partition('=')[0]}")


async def test_pages_follow_each_other_without_a_gap(api: Api) -> None:
    made = [(await api.report(f"Trouble {place}"))["number"] for place in range(5)]

    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await api.viewer.get("/api/v1/issues", params={"limit": 2, "cursor": cursor})
        seen += [item["number"] for item in page.json()["items"]]
        cursor = page.json()["next"]

    assert seen == made[::-1]


async def test_an_issue_is_shown_with_all_that_is_known(api: Api) -> None:
    await api.arrive(fire("a"), fire("b", "Cart is slow"))

    issue = await api.show(1)

    assert [(alert["key"], alert["firing"]) for alert in issue["alerts"]] == [
        ("a", True),
        ("b", True),
    ]
    assert events(issue)[:2] == ["opened", "triaged"]
    assert issue["notifications"][0]["event"] == "opened"
    assert issue["notifications"][0]["state"] == "waiting"
    assert issue["evidence"]
    assert issue["sla"]["response"].startswith("P")


async def test_what_there_is_not_is_not_found(api: Api) -> None:
    problem = refused(await api.viewer.get("/api/v1/issues/7"), 404)

    assert problem["remedy"] == "fettle issue list"
    for act in ("acknowledge", "review", "resume"):
        refused(await api.try_to(7, act), 404)
    refused(await api.try_to(7, "note", text="x"), 404)
    refused(await api.viewer.get(f"/api/v1/issues/{2**70}"), 422)


# Reported


async def test_a_report_becomes_an_issue_with_what_was_said(api: Api) -> None:
    answer = await api.responder.post(
        "/api/v1/reports",
        json={
            "text": "Nobody can pay.\nThe card form hangs.",
            "symptoms": ["timeout at checkout"],
            "service": "shop",
            "users_affected": 1200,
            "money_stuck": True,
        },
    )

    issue = validate(answer.json())
    assert answer.headers["location"] == f"/api/v1/issues/{issue['number']}"
    assert issue["title"] == "Nobody can pay."
    assert "card form" in issue["description"]
    assert (issue["severity"], issue["priority"]) == ("critical", "p1")
    assert issue["class"] == "payment-processing-failure"
    assert (issue["services"], issue["team"]) == (["shop"], "web")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "x" * 100_001},
        {"text": "x", "users_affected": -1},
        {"text": "x", "severity": "awful"},
        {"text": "x", "colour": "red"},
        {"text": "half a \ud83d"},
        {"text": "x", "started_at": "2026-01-01T00:00:00"},
        {"text": "x", "started_at": "0001-01-01T00:00:00+14:00"},
        ["x"],
        None,
    ],
)
async def test_a_report_that_cannot_be_understood_is_refused(api: Api, body: object) -> None:
    answer = await api.responder.post(
        "/api/v1/reports",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    problem = refused(answer, 422)

    assert problem["errors"][0]["at"].startswith("body")


async def test_hostile_texts_come_back_as_they_are(api: Api) -> None:
    text = "<script>alert(1)</script>\0 \x1b[31m'; DROP TABLE issue; -- {{7*7}} \u202e 💥"
    number = (await api.report(text))["number"]
    await api.act(number, "note", text=text)
    await api.act(number, "hold", reason=text)

    issue = await api.show(number)

    kept = text.replace("\0", "\ufffd")
    assert issue["title"] == kept
    assert [entry["text"] for entry in issue["timeline"][-2:]] == [kept, kept]


async def test_keys_that_cannot_be_kept_as_they_are_still_belong_together(api: Api) -> None:
    odd = fire("a\0", "Odd", service="shop\0", group="g\0")
    await api.arrive(odd, fire("b\0", "Odder", group="g\0"))
    await api.arrive(replace(odd, firing=False))
    await api.report("Odd too", service="shop\0")

    assert [alert["firing"] for alert in (await api.show(1))["alerts"]] == [True, False]
    assert (await api.show(2))["services"] == ["shop"]


async def test_what_is_too_large_is_not_read_to_its_end(api: Api) -> None:
    answer = await api.responder.post("/api/v1/reports", json={"text": "x" * 3 * 1024**2})
    refused(answer, 413)

    deep = await api.responder.post(
        "/api/v1/reports",
        content="[" * 100_000,
        headers={"Content-Type": "application/json"},
    )
    assert deep.status_code in (400, 422)


# Worked on


async def test_an_issue_is_worked_on_from_its_report_to_its_end(api: Api) -> None:
    number = (await api.report("The shop is down", service="shop"))["number"]

    taken = await api.act(number, "acknowledge")
    assert (taken["status"], taken["acknowledged_by"]) == ("acknowledged", "token:responder")
    assert taken["clocks"]["response"]["state"] == "met"
    assert (await api.act(number, "acknowledge"))["timeline"] == taken["timeline"]
    for stage in ("investigating", "identified", "fixing", "monitoring"):
        assert (await api.act(number, "stage", stage=stage, text="so far"))["status"] == stage
    resolved = await api.act(number, "resolve", evidence="orders come in again")
    assert resolved["clocks"]["resolution"]["state"] == "met"
    assert resolved["clocks"]["update"] is None
    assert (await api.act(number, "review"))["status"] == "in-review"
    problem = refused(await api.try_to(number, "close"), 409)
    assert problem["remedy"] == f"fettle issue review {number} --show"
    words = {"review": "more memory; see the minutes"}
    assert "somebody else" in refused(await api.try_to(number, "close", **words), 409)["detail"]
    closed = await api.admin.post(f"/api/v1/issues/{number}/close", json=words)
    assert closed.json()["status"] == "closed"
    again = await api.act(number, "reopen", reason="it is down again")

    assert (again["status"], again["acknowledged_by"]) == ("investigating", None)
    assert [event for event in events(again) if event != "called"] == [
        "opened",
        "triaged",
        "acknowledged",
        "investigating",
        "identified",
        "fixing",
        "monitoring",
        "resolved",
        "review-due",
        "in-review",
        "closed",
        "reopened",
    ]
    assert {entry["actor"] for entry in again["timeline"][-3:]} >= {"token:responder"}


async def test_it_is_handed_to_teams_and_people(api: Api) -> None:
    number = (await api.report("The shop is slow", service="shop"))["number"]

    def who(issue: dict[str, Any]) -> tuple[str | None, str | None]:
        return issue["team"], issue["assignee"]

    assert who(await api.act(number, "assign", assignee="ada")) == ("web", "ada")
    assert who(await api.act(number, "assign", team="web")) == ("web", "ada")
    assert who(await api.act(number, "assign", team="data")) == ("data", None)
    assert who(await api.act(number, "assign", team="web", assignee="bob")) == ("web", "bob")
    assert who(await api.act(number, "assign", assignee=None)) == ("web", None)

    stranger = refused(await api.try_to(number, "assign", team="nobody"), 404)
    assert stranger["remedy"] == "one of web, data"
    assert refused(await api.try_to(number, "assign", assignee="eve"), 404)["remedy"] == (
        "one of ada, bob"
    )
    refused(await api.responder.post(f"/api/v1/issues/{number}/assign", json={}), 422)


async def test_on_hold_the_clocks_wait(api: Api) -> None:
    number = (await api.report())["number"]
    until = api.clock.now() + timedelta(hours=5)

    held = await api.act(number, "hold", reason="waits for the bank", until=until.isoformat())

    assert held["on_hold"]
    assert held["held_until"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert held["clocks"]["resolution"] == {"due": None, "state": "paused", "met_at": None}
    assert held["clocks"]["response"]["state"] == "running"
    refused(await api.try_to(number, "hold", reason="again"), 409)
    assert not (await api.act(number, "resume"))["on_hold"]
    refused(await api.try_to(number, "resume", text="again"), 409)
    past = api.clock.now() - timedelta(hours=5)
    refused(await api.try_to(number, "hold", reason="x", until=past.isoformat()), 409)
    refused(await api.try_to(number, "hold", reason="x", until="tomorrow"), 422)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("note", {"text": " "}),
        ("hold", {"reason": ""}),
        ("resolve", {"evidence": " "}),
        ("decline", {"why": "duplicate", "reason": ""}),
        ("reopen", {"reason": "why not"}),
        ("close", {"review": "none"}),
        ("review", {}),
        ("resume", {}),
    ],
)
async def test_what_may_not_be_done_is_refused_and_changes_nothing(
    api: Api, act: str, body: dict[str, object]
) -> None:
    before = await api.report()

    problem = refused(await api.try_to(before["number"], act, **body), 409)

    assert problem["detail"]
    assert await api.show(before["number"]) == before


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("note", None),
        ("note", {"txt": "x"}),
        ("stage", {"stage": "resolved"}),
        ("decline", {"why": "boring", "reason": "x"}),
        ("merge", {"into": "the other"}),
        ("merge", {"into": 2**63}),
        ("split", {"alerts": []}),
        ("link", {"issue": 1, "kind": "cousin"}),
        ("classify", {"severity": "high"}),
        ("classify", {"severity": "awful", "reason": "x"}),
        ("milestones", {"started": None, "reason": "x"}),
    ],
)
async def test_what_cannot_be_understood_is_said_with_its_place(
    api: Api, act: str, body: object
) -> None:
    await api.report()

    refused(await api.responder.post(f"/api/v1/issues/1/{act}", json=body), 422)


async def test_milestones_are_set_right(api: Api) -> None:
    number = (await api.report())["number"]

    amended = await api.act(
        number, "milestones", started="2026-01-01T11:00:00+01:00", reason="the log says so"
    )

    assert amended["milestones"]["started"] == "2026-01-01T10:00:00Z"
    assert amended["milestones"]["detected"] == "2026-01-01T12:00:00Z"
    late = refused(
        await api.try_to(number, "milestones", started="2026-01-01T13:00:00Z", reason="x"), 409
    )
    assert late["remedy"] == "each milestone is at or after the one before it"


async def test_two_who_act_at_once_come_one_after_the_other(api: Api) -> None:
    number = (await api.report())["number"]

    both = await asyncio.gather(
        api.responder.post(f"/api/v1/issues/{number}/resolve", json={"evidence": "it is over"}),
        api.admin.post(f"/api/v1/issues/{number}/hold", json={"reason": "waits"}),
        *(
            api.responder.post(f"/api/v1/issues/{number}/note", json={"text": f"note {place}"})
            for place in range(6)
        ),
    )

    assert both[0].status_code == 200
    assert both[1].status_code in (200, 409)  # 409 when it came after the end
    assert {answer.status_code for answer in both[2:]} == {200}
    told = events(await api.show(number))
    assert told.count("note") == 6
    assert told.count("resolved") == 1


async def test_an_act_is_done_once_under_its_key(api: Api) -> None:
    number = (await api.report())["number"]
    path, body = f"/api/v1/issues/{number}/note", {"text": "once"}

    answers = await asyncio.gather(
        *(
            api.responder.post(path, json=body, headers={"Idempotency-Key": "same"})
            for _ in range(4)
        )
    )

    assert {answer.status_code for answer in answers} == {200}
    assert sorted("idempotent-replayed" in answer.headers for answer in answers) == [
        False,
        True,
        True,
        True,
    ]
    assert events(await api.show(number)).count("note") == 1
    audited = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert [entry["act"] for entry in audited[:2]] == [
        "POST /api/v1/issues/{number}/note",
        "POST /api/v1/reports",
    ]


async def test_an_answer_that_is_given_again_says_too_where_the_issue_is(api: Api) -> None:
    body, headers = {"text": "Nobody can pay."}, {"Idempotency-Key": "same"}

    first = await api.responder.post("/api/v1/reports", json=body, headers=headers)
    again = await api.responder.post("/api/v1/reports", json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]


async def test_a_long_timeline_is_read_page_by_page(api: Api) -> None:
    await api.report()
    async with api.serving.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO timeline (issue, at, actor, event, text)"
            " SELECT 1, now(), 'ada', 'note', n::text FROM generate_series(1, 250) AS n"
        )
    shown = await api.show(1)
    texts = [entry["text"] for entry in shown["timeline"]]
    pages, cursor = [], shown["timeline_next"]
    while cursor:
        query = {"cursor": cursor, "limit": 40}
        page = validate((await api.viewer.get("/api/v1/issues/1/timeline", params=query)).json())
        pages += [entry["text"] for entry in page["items"]]
        cursor = page["next"]

    assert texts == [str(number) for number in range(51, 251)]
    assert pages[:50] == [str(number) for number in range(50, 0, -1)]
    assert len(pages) == 50 + 3  # and that it was opened, triaged and told
    refused(await api.viewer.get("/api/v1/issues/9/timeline"), 404)
