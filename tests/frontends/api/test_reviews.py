"""Reviews and action items over the API: written, signed, kept in versions, and tracked."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.frontends.api.conftest import Api
from tests.schemas import validate

CAUSES = "An index was missing, and no check was on."


def review(number: int, act: str = "") -> str:
    return f"/api/v1/issues/{number}/review" + (f"/{act}" if act else "")


def document(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return validate(answer.json())


def refused(answer: httpx.Response, status: int = 409) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


async def resolved(api: Api, text: str = "The shop is down") -> int:
    """Give a p1 that a responder has worked on and resolved."""
    number = int((await api.report(text, service="shop"))["number"])
    await api.act(number, "acknowledge")
    await api.act(number, "resolve", evidence="orders come in again")
    return number


async def written(api: Api, number: int, **sections: str) -> dict[str, Any]:
    before = document(await api.viewer.get(review(number)))
    given = {"version": before["version"], "sections": {"causes": CAUSES, **sections}}
    return document(await api.responder.put(review(number), json=given))


def section(document: dict[str, Any], name: str) -> str:
    (found,) = [one["text"] for one in document["sections"] if one["name"] == name]
    return str(found)


async def test_a_review_is_drafted_before_anybody_writes_it(api: Api) -> None:
    number = await resolved(api)
    found = document(await api.viewer.get(review(number)))

    assert (found["state"], found["version"], found["versions"]) == ("draft", 0, [])
    assert (found["needed"], found["why"], found["overdue"]) == (True, "it was a p1", False)
    assert found["due_at"] == "2026-01-04T12:00:00Z"
    assert found["resolved"]["evidence"] == "word"
    assert "The shop is down" in section(found, "summary")
    assert section(found, "causes").startswith("> ")
    assert "## Contributing causes" in found["markdown"]


async def test_a_p1_closes_with_a_review_that_somebody_else_has_signed(api: Api) -> None:
    number = await resolved(api)
    await written(api, number)
    assert "closed with its review" in refused(await api.try_to(number, "close"))

    submitted = document(await api.responder.post(review(number, "submit")))
    assert (submitted["state"], submitted["author"]) == ("in-review", "token:responder")
    assert (await api.show(number))["status"] == "in-review"
    assert "closed with its review" in refused(await api.try_to(number, "close"))
    assert "somebody else signs it" in refused(await api.responder.post(review(number, "approve")))
    signed = document(await api.admin.post(review(number, "approve"), json={"text": "so it was"}))
    assert signed["state"] == "reviewed"
    assert signed["signed"] == {
        "name": "token:admin",
        "at": "2026-01-01T12:00:00Z",
        "version": 1,
    }

    closed = await api.act(number, "close")
    assert closed["status"] == "closed"
    assert closed["review"]["state"] == "closed"
    assert closed["timeline"][-1]["text"] == "reviewed, signed by token:admin"
    events = [entry["event"] for entry in closed["timeline"]]
    assert [event for event in events if event.startswith("review-")] == [
        "review-due",
        "review-submitted",
        "review-signed",
    ]


async def test_what_was_resolved_as_a_p1_owes_its_review_whatever_it_is_called_then(
    api: Api,
) -> None:
    number = await resolved(api)
    called = await api.act(number, "classify", priority="p4", reason="it was only one shop")

    assert called["review"]["needed"]
    assert called["next_step"]["act"] == "review"
    assert "a p1 is closed with its review" in refused(await api.try_to(number, "close"))
    assert "this p1" in refused(await api.try_to(number, "close", review="all is well"))


async def test_who_says_what_they_have_read_signs_nothing_else(api: Api) -> None:
    number = await resolved(api)
    await written(api, number)
    document(await api.responder.post(review(number, "submit")))
    late = {"version": 1, "sections": {"lucky": "It was at night."}}
    document(await api.responder.put(review(number), json=late))

    answer = await api.admin.post(review(number, "approve"), json={"version": 1})
    assert "something else since version 1" in refused(answer, 412)
    assert document(await api.viewer.get(review(number)))["state"] == "in-review"
    signed = document(await api.admin.post(review(number, "approve"), json={"version": 2}))
    assert signed["signed"]["version"] == 2


async def test_every_version_is_kept_and_none_is_overwritten(api: Api) -> None:
    number = await resolved(api)
    await written(api, number, summary="First.")
    second = await written(api, number, summary="Second.")
    assert [one["version"] for one in second["versions"]] == [2, 1]
    assert section(second, "causes") == CAUSES

    first = document(await api.viewer.get(review(number), params={"version": 1}))
    assert section(first, "summary") == "First."
    assert refused(await api.viewer.get(review(number), params={"version": 9}), 404)
    late = {"version": 1, "sections": {"summary": "Third."}}
    assert "since version 1" in refused(await api.admin.put(review(number), json=late), 412)
    other = {"version": 1, "sections": {"lucky": "It was at night."}}
    merged = document(await api.admin.put(review(number), json=other))
    assert (section(merged, "summary"), section(merged, "lucky")) == ("Second.", "It was at night.")
    again = document(await api.admin.put(review(number), json={**other, "version": 3}))
    assert again["version"] == 3


async def test_a_review_is_written_as_markdown(api: Api) -> None:
    number = await resolved(api)
    text = document(await api.viewer.get(review(number)))["markdown"]
    told = text.replace("## Contributing causes\n", f"## Contributing causes\n\n{CAUSES}\n")
    made = document(await api.responder.put(review(number), json={"version": 0, "markdown": told}))
    assert section(made, "causes").startswith(CAUSES)


@pytest.mark.parametrize(
    "body",
    [
        {"version": 0},
        {"version": 0, "sections": {"blame": "Bob"}},
        {"version": 0, "sections": {}, "markdown": ""},
        {"version": 0, "markdown": "no section"},
        {"version": -1, "sections": {}},
    ],
)
async def test_what_is_no_review_is_refused(api: Api, body: dict[str, Any]) -> None:
    number = await resolved(api)
    assert (await api.responder.put(review(number), json=body)).status_code in (400, 422)


async def test_a_prompt_is_no_answer_and_a_live_issue_not_over(api: Api) -> None:
    number = await resolved(api)
    assert "nothing of its causes" in refused(await api.responder.post(review(number, "submit")))
    await api.act(number, "reopen", reason="it is down again")
    assert "it is reviewed when it is over" in refused(
        await api.responder.post(review(number, "submit"))
    )


async def test_a_few_words_of_a_colleague_are_a_review(api: Api) -> None:
    number = await resolved(api)
    words = {"review": "A disk was full; see the minutes."}
    assert "somebody else" in refused(await api.try_to(number, "close", **words))
    answer = await api.admin.post(f"/api/v1/issues/{number}/close", json=words)
    assert answer.status_code == 200

    found = document(await api.viewer.get(review(number)))
    assert (found["state"], found["author"]) == ("closed", "token:responder")
    assert found["signed"]["name"] == "token:admin"
    assert section(found, "summary") == "A disk was full; see the minutes."
    assert section(found, "causes") == ""


async def test_a_signed_review_is_opened_again_with_a_reason(api: Api) -> None:
    number = await resolved(api)
    await written(api, number)
    await api.responder.post(review(number, "submit"))
    await api.admin.post(review(number, "approve"))
    assert "is reviewed" in refused(
        await api.responder.put(review(number), json={"version": 1, "sections": {}})
    )
    again = document(
        await api.responder.post(review(number, "reopen"), json={"reason": "one more cause"})
    )
    assert (again["state"], again["signed"]) == ("draft", None)


async def test_reviews_that_are_waited_for_are_listed(api: Api) -> None:
    first = await resolved(api)
    api.clock.moment += timedelta(days=2)
    second = await resolved(api, "Search is down")
    api.clock.moment += timedelta(days=2)

    found = document(await api.viewer.get("/api/v1/reviews", params={"asked": True}))["items"]
    assert [(one["issue"], one["overdue"]) for one in found] == [(first, True), (second, False)]
    assert found[0]["title"] == "The shop is down"
    assert not document(await api.viewer.get("/api/v1/reviews?team=data"))["items"]
    assert not document(await api.viewer.get("/api/v1/reviews?state=reviewed"))["items"]


# Action items


async def promised(api: Api, number: int, **more: object) -> dict[str, Any]:
    given = {"issue": number, "title": "Alert on full disks", **more}
    return document(await api.responder.post("/api/v1/action-items", json=given), 201)


async def test_an_action_item_is_promised_tracked_and_done(api: Api) -> None:
    number = await resolved(api)
    made = await promised(api, number, owner="ada", due="2026-01-02")
    assert (made["team"], made["state"], made["overdue"]) == ("web", "open", False)

    api.clock.moment += timedelta(days=2)
    late = document(await api.viewer.get("/api/v1/action-items", params={"overdue": True}))
    assert [one["id"] for one in late["items"]] == [made["id"]]
    path = f"/api/v1/action-items/{made['id']}"
    later = document(await api.responder.patch(path, json={"due": "2026-02-01", "owner": "bob"}))
    assert (later["due"], later["owner"], later["overdue"]) == ("2026-02-01", "bob", False)
    done = document(await api.responder.patch(path, json={"state": "done"}))
    assert (done["state"], done["ended_at"]) == ("done", "2026-01-03T12:00:00Z")
    assert "is done already" in refused(await api.responder.patch(path, json={"state": "done"}))
    assert "is done" in refused(await api.responder.patch(path, json={"title": "Other"}))

    assert not document(await api.viewer.get("/api/v1/action-items"))["items"]
    shown = await api.show(number)
    assert [one["state"] for one in shown["review"]["actions"]] == ["done"]
    events = [entry["event"] for entry in shown["timeline"]]
    assert [event for event in events if event.startswith("action-")] == [
        "action-added",
        "action-changed",
        "action-done",
    ]


async def test_dropping_needs_the_reason_and_can_be_taken_back(api: Api) -> None:
    number = await resolved(api)
    path = f"/api/v1/action-items/{(await promised(api, number))['id']}"
    assert "needs the reason" in refused(await api.responder.patch(path, json={"state": "dropped"}))
    given = {"state": "dropped", "reason": "the host is gone"}
    assert document(await api.responder.patch(path, json=given))["reason"] == "the host is gone"
    again = document(await api.responder.patch(path, json={"state": "open", "owner": "bob"}))
    assert (again["state"], again["owner"], again["ended_at"]) == ("open", "bob", None)


async def test_who_says_what_they_saw_of_an_item_changes_nothing_else(api: Api) -> None:
    number = await resolved(api)
    made = await promised(api, number, owner="ada", due="2026-02-01")
    path = f"/api/v1/action-items/{made['id']}"
    document(await api.admin.patch(path, json={"title": "Watch all disks"}))

    other = {"due": "2026-03-01", "seen": {"due": "2026-02-01", "owner": "ada"}}
    later = document(await api.responder.patch(path, json=other))
    assert (later["title"], later["due"]) == ("Watch all disks", "2026-03-01")
    same = {"title": "Watch them", "seen": {"title": made["title"]}}
    assert "since you saw it: title" in refused(await api.responder.patch(path, json=same), 412)
    only = {"seen": {"title": made["title"]}}
    assert refused(await api.responder.patch(path, json=only), 422)


async def test_action_items_are_filtered_and_paged(api: Api) -> None:
    number = await resolved(api)
    for owner in ("ada", "bob", "ada"):
        await promised(api, number, owner=owner)
    first = document(await api.viewer.get("/api/v1/action-items?owner=ada&limit=1"))
    rest = document(
        await api.viewer.get("/api/v1/action-items?owner=ada&limit=2&cursor=" + first["next"])
    )
    assert [one["id"] for one in first["items"] + rest["items"]] == [3, 1]
    assert not document(await api.viewer.get("/api/v1/action-items?team=data"))["items"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"issue": 1, "title": ""}, 422),
        ({"issue": 99, "title": "x"}, 404),
        ({"issue": 1, "title": "x", "team": "nobody"}, 404),
        ({"issue": 1, "title": "x", "due": "tomorrow"}, 422),
    ],
)
async def test_a_promise_that_cannot_be_kept_is_refused(
    api: Api, body: dict[str, Any], status: int
) -> None:
    await resolved(api)
    answer = await api.responder.post("/api/v1/action-items", json=body)
    assert answer.status_code in (status, 400)


async def test_what_was_promised_before_is_shown_when_it_comes_back(api: Api) -> None:
    first = await resolved(api, "System outage: the shop is down")
    await promised(api, first)
    api.clock.moment += timedelta(days=1)
    second = await resolved(api, "System outage again: the shop is down")

    shown = await api.show(second)
    assert {"kind": "recurrence", "issue": first} in shown["links"]
    assert [one["title"] for one in shown["review"]["earlier_actions"]] == ["Alert on full disks"]
    found = document(await api.viewer.get(review(second)))
    assert f"the return of #{first}" in section(found, "summary")
    assert not (await api.show(first))["review"]["earlier_actions"]


async def test_a_viewer_reads_and_writes_nothing(api: Api) -> None:
    number = await resolved(api)
    assert (await api.viewer.get(review(number))).status_code == 200
    for method, path in (
        ("PUT", review(number)),
        ("POST", review(number, "submit")),
        ("POST", "/api/v1/action-items"),
    ):
        assert (await api.viewer.request(method, path, json={})).status_code == 403
