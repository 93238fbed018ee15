"""How an issue is worked on by the API: stages, steps, the cause, roles, deploys, what helped."""

from datetime import timedelta
from typing import Any

import pytest

from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.test_issues import events, fire, refused
from tests.schemas import validate

RUNBOOKS = '''
[[service]]
name = "search"
tier = "important"
team = "web"
depends_on = ["shop"]
runbook = """
## Look
- [ ] Is the index there?
- [ ] Is the disk full?
"""

[triage.runbooks]
system-outage = "- [ ] Tell the customers"
'''


@pytest.fixture
def settings_text() -> str:
    return SETTINGS + RUNBOOKS


def stage(issue: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in issue["stages"] if one["stage"] == name]
    return dict(found)


# The checklist


async def test_stages_are_derived_and_ticked(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    ticked = await api.act(number, "stages/reproduce", note="with curl")
    undone = await api.act(number, "stages/reproduce", done=False)
    caused = await api.act(number, "root-cause", text="A fan")
    resolved = await api.act(number, "resolve", evidence="it is quiet")

    assert len(ticked["stages"]) == 12
    seen = stage(ticked, "reproduce")
    assert (seen["state"], seen["by"], seen["text"]) == ("done", "token:responder", "with curl")
    assert stage(undone, "reproduce")["state"] == "open"
    assert caused["root_cause"]["text"] == "A fan"
    assert stage(caused, "root-cause")["by"] == "token:responder"
    assert stage(resolved, "verify")["text"] == "it is quiet"
    told = [one for one in events(resolved) if one != "review-due"]
    assert told[-4:] == ["stage-done", "stage-open", "root-cause", "resolved"]


async def test_a_stage_may_be_said_not_to_be_needed(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    skipped = await api.act(number, "stages/reproduce", needed=False, note="seen by many")

    seen = stage(skipped, "reproduce")
    assert (seen["state"], seen["text"]) == ("not-needed", "seen by many")


async def test_an_issue_says_what_to_do_next(api: Api) -> None:
    number = (await api.report("Search is down", service="search"))["number"]

    opened = (await api.show(number))["next_step"]
    taken = (await api.act(number, "acknowledge"))["next_step"]
    await api.act(number, "decline", why="false-positive", reason="a test")

    assert opened == {"act": "acknowledge", "text": "take it: nobody has", "stage": None}
    assert (taken["act"], taken["text"]) == ("step", "runbook, step 1: Tell the customers")
    assert (await api.show(number))["next_step"] is None


async def test_what_cannot_be_ticked_is_refused(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    refused(await api.try_to(number, "stages/thinking"), 422)
    refused(await api.try_to(77, "stages/test"), 404)
    refused(await api.try_to(number, "root-cause", text=" "), 409)
    assert "no runbook" in refused(await api.try_to(number, "steps/1"), 404)["detail"]
    refused(await api.try_to(number, "steps/0"), 422)
    viewer = await api.viewer.post(f"/api/v1/issues/{number}/stages/test")
    assert viewer.status_code == 403
    await api.act(number, "decline", why="false-positive", reason="a test")
    refused(await api.try_to(number, "stages/test"), 409)


# Runbooks


async def test_runbooks_are_copied_and_their_steps_ticked(api: Api) -> None:
    number = (await api.report("Search is down for everybody", service="search"))["number"]
    ticked = await api.act(number, "steps/3", note="90 %")
    undone = await api.act(number, "steps/3", done=False)

    outage, search = ticked["runbooks"]
    assert (outage["name"], search["name"]) == ("class system-outage", "service search")
    assert [step["number"] for step in search["steps"]] == [2, 3]
    last = search["steps"][-1]
    assert (last["section"], last["text"], last["done"]) == ("Look", "Is the disk full?", True)
    assert (last["by"], last["note"]) == ("token:responder", "90 %")
    assert not undone["runbooks"][1]["steps"][-1]["done"]
    refused(await api.try_to(number, "steps/4"), 404)


async def test_who_judges_an_issue_otherwise_gets_the_runbook_of_that(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]
    body = {"class": "system-outage", "reason": "nobody gets in"}

    judged = await api.act(number, "classify", **body)
    again = await api.act(number, "classify", severity="high", reason="some do")

    assert [one["name"] for one in judged["runbooks"]] == ["class system-outage"]
    assert again["runbooks"] == judged["runbooks"]


async def test_a_runbook_is_chosen_for_an_issue_that_had_none(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    chosen = await api.act(number, "runbooks", name="service search")
    again = await api.act(number, "runbooks", name="service search")
    unknown = refused(await api.try_to(number, "runbooks", name="service shop"), 404)

    assert [one["name"] for one in chosen["runbooks"]] == ["service search"]
    assert again["runbooks"] == chosen["runbooks"]
    assert events(again).count("runbook") == 1
    assert unknown["remedy"] == "one of class system-outage, service search"


# Roles


async def test_roles_are_given_to_people_of_a_team(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]

    given = await api.act(number, "roles", lead="ada", communications="bob")
    less = await api.act(number, "roles", lead=None)
    unknown = refused(await api.try_to(number, "roles", lead="mallory"), 404)
    refused(await api.try_to(number, "roles"), 422)

    assert given["roles"] == {"lead": "ada", "communications": "bob"}
    assert less["roles"] == {"lead": None, "communications": "bob"}
    assert "ada, bob" in unknown["remedy"]


async def test_roles_are_given_to_users_who_are_of_no_team(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]
    body = {"name": "grace", "role": "responder"}
    assert (await api.admin.post("/api/v1/users", json=body)).is_success

    given = await api.act(number, "roles", lead="grace")

    assert given["roles"]["lead"] == "grace"


# Milestones


async def test_milestones_are_amended_with_an_audit_entry(api: Api) -> None:
    number = (await api.report("Odd noise"))["number"]
    earlier = (api.clock.now() - timedelta(minutes=9)).isoformat()
    later = (api.clock.now() + timedelta(minutes=9)).isoformat()

    amended = await api.act(number, "milestones", started=earlier, reason="the log says so")
    disorder = refused(await api.try_to(number, "milestones", started=later, reason="a guess"), 409)
    (audited, *_) = (await api.admin.get("/api/v1/audit")).json()["items"]

    assert amended["milestones"]["started"] < amended["milestones"]["detected"]
    assert "detected" in disorder["detail"]
    assert audited["act"] == "POST /api/v1/issues/{number}/milestones"
    assert audited["actor"] == "token:responder"


# Deploys


async def deploy(api: Api, **body: object) -> dict[str, Any]:
    given = {"service": "shop", "version": "1.4.2", **body}
    answer = await api.responder.post("/api/v1/deploys", json=given)
    assert answer.status_code == 201, answer.text
    return validate(answer.json())


async def test_what_was_deployed_shortly_before_stands_beside_an_issue(api: Api) -> None:
    at = api.clock.now()
    await deploy(api, version="1.4.0", at=(at - timedelta(days=2)).isoformat())
    await deploy(api, version="1.4.1", at=(at - timedelta(minutes=4)).isoformat(), note="carts")
    await deploy(api, service="wiki", at=(at - timedelta(minutes=1)).isoformat())
    direct = (await api.report("The shop is down", service="shop"))["number"]
    needing = (await api.report("Search finds nothing", service="search"))["number"]

    shown = await api.show(direct)

    (only,) = shown["deploys"]
    assert (only["version"], only["when"]) == ("1.4.1", "deployed 4 min before")
    assert (only["before_s"], only["note"]) == (240, "carts")
    behind = (await api.show(needing))["deploys"]  # search needs the shop
    assert [one["version"] for one in behind] == ["1.4.1"]


async def test_what_is_deployed_meanwhile_stands_in_the_timeline(api: Api) -> None:
    over = (await api.report("The shop was down", service="shop"))["number"]
    await api.act(over, "resolve", evidence="it is up")
    live = (await api.report("The shop is down", service="shop"))["number"]
    api.clock.moment += timedelta(minutes=7)

    await deploy(api, note="the repair", url="https://ci.example/7")

    shown = await api.show(live)
    assert shown["timeline"][-1]["text"] == "shop 1.4.2: the repair"
    assert shown["deploys"][0]["when"] == "deployed 7 min after it began"
    assert stage(shown, "deploy")["state"] == "done"
    assert "deployed" not in events(await api.show(over))


async def test_what_went_live_in_the_same_moment_is_not_told_in_milliseconds(api: Api) -> None:
    await deploy(api, version="1.4.1", at=api.clock.now().isoformat())
    number = (await api.report("The shop is down", service="shop"))["number"]

    (only,) = (await api.show(number))["deploys"]

    assert only["when"] == "deployed as it began"


async def test_deploys_are_listed_and_pages_follow_each_other(api: Api) -> None:
    made = [await deploy(api, version=f"1.{n}") for n in range(3)]
    await deploy(api, service="handbook")

    first = validate((await api.viewer.get("/api/v1/deploys?service=shop&limit=2")).json())
    rest = await api.viewer.get(f"/api/v1/deploys?service=shop&cursor={first['next']}")
    everything = validate((await api.viewer.get("/api/v1/deploys")).json())

    versions = [one["version"] for one in [*first["items"], *rest.json()["items"]]]
    assert versions == ["1.2", "1.1", "1.0"]
    assert everything["items"][0]["service"] == "wiki"  # by its other name
    assert {one["actor"] for one in made} == {"token:responder"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"service": "nothing", "version": "1"}, 404),
        ({"service": "shop"}, 422),
        ({"service": "shop", "version": ""}, 422),
        ({"service": "shop", "version": "1", "at": "2026-01-01T12:06:00Z"}, 400),
        ({"service": "shop", "version": "1", "url": "javascript:alert(1)"}, 422),
        ({"service": "shop", "version": "1", "url": "http://["}, 422),
    ],
)
async def test_a_deploy_that_cannot_be_is_refused(
    api: Api, body: dict[str, object], status: int
) -> None:
    refused(await api.responder.post("/api/v1/deploys", json=body), status)


# What helped then


async def test_past_issues_that_are_like_it_say_what_helped(api: Api) -> None:
    await api.arrive(fire("a", "Checkout refuses foreign cards"))
    await api.act(1, "root-cause", text="an expired certificate")
    await api.act(1, "resolve", evidence="cards go through")
    body = {"review": "renewed by a timer now"}  # by somebody who has not worked on it
    assert (await api.admin.post("/api/v1/issues/1/close", json=body)).is_success
    other = (await api.report("A typo in the wiki", service="wiki"))["number"]
    await api.act(other, "resolve", evidence="corrected")
    number = (await api.report("Foreign cards are refused at checkout"))["number"]

    found = validate((await api.viewer.get(f"/api/v1/issues/{number}/similar")).json())

    (like,) = found["items"]
    assert (like["number"], like["status"]) == (1, "closed")
    assert any("cards" in why for why in like["why"])
    assert [(one["kind"], one["text"]) for one in like["helped"]] == [
        ("cause", "an expired certificate"),
        ("evidence", "cards go through"),
        ("review", "renewed by a timer now"),
    ]


async def test_an_issue_like_no_other_has_none(api: Api) -> None:
    number = (await api.report("...", title="!!!"))["number"]

    found = validate((await api.viewer.get(f"/api/v1/issues/{number}/similar")).json())

    assert found["items"] == []
    refused(await api.viewer.get("/api/v1/issues/77/similar"), 404)
