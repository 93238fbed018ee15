"""Known errors by the API: what one is, what may be done, who decides, and how all is stopped."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fettle.model.deploy import Deploy
from fettle.store import deploys
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api
from tests.schemas import validate

LOST = "The shop: server closed the connection unexpectedly"
REMEDIES = """
[outgoing]
allow = ["127.0.0.1"]

[[remedy]]
name = "restart-shop"
for = ["conn_lost"]
kind = "restart"
target = "shop"
url = "http://127.0.0.1:1/deploy/${HOOK}"
mode = "automatic"

[[remedy]]
name = "calm-flag"
for = ["conn_lost"]
kind = "webhook"
target = "main-db"
url = "http://127.0.0.1:1/flags?key=${HOOK}"
undo = { url = "http://127.0.0.1:1/flags/undo" }
mode = "suggest"
"""


@pytest.fixture
def environ(store_environ: dict[str, str]) -> dict[str, str]:
    return {**store_environ, "HOOK": "s3cret"}


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + REMEDIES


async def solve(api: Api, number: int, **wish: object) -> dict[str, Any]:
    answer = await api.responder.post(f"/api/v1/issues/{number}/solve", json=wish or None)
    assert answer.is_success, answer.text
    assert "s3cret" not in answer.text
    return validate(answer.json())


async def test_a_known_error_is_shown_with_what_cures_it_and_what_may_be_done(api: Api) -> None:
    issue = await api.report(LOST, service="shop")

    found = await solve(api, issue["number"])

    first = found["known_solutions"][0]
    assert (found["answered"], first["class"]) == (True, "conn_lost")
    assert first["solutions"]
    assert first["evidence"]
    assert found["error"]["text"] == LOST
    restart, flag = found["remedies"]
    assert (restart["mode"], restart["may"]) == ("automatic", "approve")
    assert "0 of 0 helped" in restart["why"]
    assert restart["does"] == "POST http://127.0.0.1:1/…"
    assert (flag["may"], flag["undoable"]) == ("suggest", True)
    (waits,) = found["fix_results"]
    assert (waits["state"], waits["remedy"]) == ("waiting", "restart-shop")
    assert found["begun"] == [waits["attempt"]]
    assert (found["analysis"], found["resolved"]) == ([], False)

    shown = await api.show(issue["number"])
    assert shown["known"]["matches"][0]["class"] == "conn_lost"
    assert [one["event"] for one in shown["timeline"]][-2:] == ["recognised", "remedy-waiting"]
    again = validate((await api.viewer.get(f"/api/v1/issues/{issue['number']}/solution")).json())
    assert again == {**found, "begun": []}
    await solve(api, issue["number"])
    events = [one["event"] for one in (await api.show(issue["number"]))["timeline"]]
    assert events.count("recognised") == 1


async def test_a_new_issue_is_recognised_by_a_worker_with_nobody_asking(api: Api) -> None:
    issue = await api.report(LOST, service="shop")
    before = (await api.show(issue["number"]))["known"]

    async with api.serving.engine.worker():

        async def recognised() -> bool:
            return (await api.show(issue["number"]))["known"] is not None

        await until(recognised)

    assert before is None
    (waits,) = (await api.viewer.get("/api/v1/attempts")).json()["items"]
    assert (waits["state"], waits["issue"]) == ("waiting", issue["number"])


async def test_a_person_says_yes_or_no(api: Api) -> None:
    first, second = [await api.report(f"{LOST} {n}", service="shop") for n in ("one", "two")]
    for issue in (first, second):
        await solve(api, issue["number"])
    second_waits, *rest = (await api.viewer.get("/api/v1/attempts?state=waiting")).json()["items"]
    place = f"/api/v1/attempts/{second_waits['attempt']}"

    no_reason = await api.responder.post(f"{place}/decline", json={"reason": " "})
    declined = validate(
        (await api.responder.post(f"{place}/decline", json={"reason": "no"})).json()
    )
    twice = await api.responder.post(f"{place}/approve")

    assert no_reason.status_code == 409
    assert (declined["attempt"]["state"], declined["attempt"]["reason"]) == ("declined", "no")
    assert declined["attempt"]["decided_by"] == "token:responder"
    assert (twice.status_code, "nobody is asked" in twice.text) == (409, True)
    if rest:
        place = f"/api/v1/attempts/{rest[0]['attempt'][:13]}"
        approved = validate((await api.responder.post(f"{place}/approve")).json())
        assert approved["attempt"]["state"] == "queued"


async def test_a_yes_that_comes_after_a_week_is_too_late(api: Api) -> None:
    issue = await api.report(LOST, service="shop")
    (waits,) = (await solve(api, issue["number"]))["fix_results"]
    api.clock.moment += timedelta(days=8)

    late = await api.responder.post(f"/api/v1/attempts/{waits['attempt']}/approve")
    shown = await api.viewer.get(f"/api/v1/attempts/{waits['attempt']}")
    anew = await solve(api, issue["number"], apply=True)

    assert (late.status_code, "waited too long" in late.text) == (409, True)
    assert shown.json()["attempt"]["state"] == "lapsed"
    assert [one["state"] for one in anew["fix_results"]] == ["queued", "ended"]


async def test_who_asks_for_a_remedy_begins_it(api: Api) -> None:
    issue = await api.report(LOST, service="shop")

    found = await solve(api, issue["number"], remedy="calm_flag")
    again = await api.responder.post(
        f"/api/v1/issues/{issue['number']}/solve", json={"remedy": "calm-flag"}
    )

    begun = next(one for one in found["fix_results"] if one["attempt"] in found["begun"])
    assert (begun["remedy"], begun["state"], begun["actor"]) == (
        "calm-flag",
        "queued",
        "token:responder",
    )
    assert (again.status_code, "in use for this issue already" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("text", "service", "wish", "status"),
    [
        ("it is odd", "shop", {"apply": True}, 409),
        (LOST[10:], "wiki", {"apply": True}, 409),
        (LOST[10:], "wiki", {"remedy": "restart-shop"}, 409),
        (LOST, "shop", {"remedy": "no-such"}, 404),
        (LOST, "shop", {"url": "http://evil.example"}, 422),
        (LOST, "shop", {"apply": "surely"}, 422),
    ],
)
async def test_what_may_not_be_done_is_refused(
    api: Api, text: str, service: str, wish: dict[str, Any], status: int
) -> None:
    issue = await api.report(text, service=service)

    answer = await api.responder.post(f"/api/v1/issues/{issue['number']}/solve", json=wish)

    assert answer.status_code == status, answer.text
    assert (await api.viewer.get("/api/v1/attempts?state=queued")).json()["items"] == []


async def test_what_nobody_knows_has_lines_of_enquiry_and_no_match(api: Api) -> None:
    now = api.clock.now()
    async with api.serving.pool.connection() as connection:
        deploy = Deploy("shop", "7", now - timedelta(minutes=9), "ci")
        await deploys.mark(connection, replace(deploy), now)
    text = 'File "/srv/shop/cart.py", line 42, in total\nOddity: main-db is odd'
    issue = await api.report(text, service="shop")

    found = await solve(api, issue["number"])

    assert (found["answered"], found["remedies"], found["fix_results"]) == (False, [], [])
    assert {one["about"] for one in found["analysis"]} == {"frame", "deploy", "dependency"}
    assert all(one["evidence"] for one in found["analysis"])


async def test_what_solved_it_before_stands_below_what_is_known(api: Api) -> None:
    first = await api.report(LOST, service="shop")
    await solve(api, first["number"])
    await api.act(first["number"], "acknowledge")
    await api.act(first["number"], "resolve", evidence="the pool was too old")
    api.clock.moment += timedelta(days=3)
    second = await api.report("The wiki: server closed the connection unexpectedly", service="wiki")

    found = await solve(api, second["number"])

    (before, *_) = found["solved_before"]
    assert before["number"] == first["number"]
    assert before["why"][0] == "both are conn_lost"
    assert "the pool was too old" in before["helped"][0]["text"]


async def test_a_text_is_answered_with_what_solved_it_before(api: Api) -> None:
    odd = "LedgerRefused: posting batch 8812 was refused by the ledger"
    for text, helped in ((LOST, "the pool was too old"), (f"Books\n{odd}", "the month was open")):
        issue = await api.report(text, service="shop")
        await solve(api, issue["number"])
        await api.act(issue["number"], "acknowledge")
        await api.act(issue["number"], "resolve", evidence=helped)

    async def said(text: str) -> dict[str, Any]:
        answer = await api.viewer.post("/api/v1/errors/known", json={"text": text})
        assert answer.is_success, answer.text
        return validate(answer.json())

    lost = await said("The wiki: server closed the connection unexpectedly")
    refused = await said(
        'Traceback (most recent call last):\n  File "/srv/books.py", line 7, in post\n'
        f"    ledger.post(batch)\nbooks.{odd.replace('8812', '9027')}"
    )
    other = await said("the kettle is cold")

    assert (lost["answered"], lost["matches"][0]["class"]) == (True, "conn_lost")
    assert [one["number"] for one in lost["solved_before"]] == [1]
    assert "the pool was too old" in lost["solved_before"][0]["helped"][0]["text"]
    assert not refused["answered"]
    (alike,) = refused["solved_before"]
    assert (alike["number"], alike["helped"][0]["text"]) == (2, "the month was open")
    assert "ledgerrefused" in alike["why"][0]
    assert other["solved_before"] == []


async def test_an_admin_stops_all_of_it_and_everybody_sees_that(api: Api) -> None:
    issue = await api.report(LOST, service="shop")
    nothing = await api.admin.post("/api/v1/solving/stop", json={"reason": ""})
    stopped = validate(
        (await api.admin.post("/api/v1/solving/stop", json={"reason": "the sale"})).json()
    )
    seen = validate((await api.viewer.get("/api/v1/solving")).json())
    solved = await solve(api, issue["number"])
    started = validate((await api.admin.post("/api/v1/solving/start")).json())
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]

    assert nothing.status_code == 409
    assert stopped["stopped"]["reason"] == "the sale"
    assert seen == stopped
    assert solved["stopped"] == stopped["stopped"]
    assert started["stopped"] is None
    acts = [one["act"] for one in audit]
    assert "POST /api/v1/solving/stop" in acts
    assert "POST /api/v1/solving/start" in acts


async def test_records_are_shown_with_their_interval_and_the_prior_as_what_it_is(
    api: Api,
) -> None:
    async with api.serving.pool.connection() as connection:
        await connection.execute(
            b"""INSERT INTO remedy_attempt (
                id, remedy, kind, known, target, mode, actor, why, created_at, state, outcome,
                acted_at, ended_at
            )
            SELECT
                gen_random_uuid(), 'r', 'restart', 'conn_refused', 'shop', 'approve', 'x', 'x',
                now(), 'ended', o, now(), now()
            FROM unnest(ARRAY['resolved', 'resolved', 'came-back', 'refused', 'unsure']) AS o"""
        )

    listed = validate((await api.viewer.get("/api/v1/known-errors")).json())
    one = validate((await api.viewer.get("/api/v1/known-errors/conn-refused")).json())
    lost = validate((await api.viewer.get("/api/v1/known-errors/conn_lost")).json())
    nothing = await api.viewer.get("/api/v1/known-errors/no-such")

    records = {item["class"]: item["record"] for item in listed["items"]}
    assert len(records) >= 35
    assert records["timeout"] == {
        "attempts": 0,
        "resolved": 0,
        "low": None,
        "high": None,
        "likely": 0.7,
        "prior": 0.7,
    }
    record = records["conn_refused"]
    assert (record["attempts"], record["resolved"], record["prior"]) == (3, 2, 0.85)
    assert (record["low"], record["high"]) == (0.208, 0.939)
    assert one["record"] == record
    assert one["remedies"] == [
        {"remedy": "r", "target": "shop", "record": {**record, "likely": 0.667, "prior": None}}
    ]
    assert [item["remedy"] for item in lost["remedies"]] == ["calm-flag", "restart-shop"]
    assert nothing.status_code == 404
