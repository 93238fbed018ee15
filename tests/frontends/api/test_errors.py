"""Errors of applications: listed, shown, decided about; told when they are new and come back."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.flow import errors as flow
from fettle.model.role import Role
from fettle.store import errors as stored
from fettle.store import remedies
from fettle.triage.moves import By
from tests.engine.conftest import until
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import issues, take
from tests.frontends.api.sending_errors import (
    Sender,
    a_sender,
    act,
    errors,
    event,
    shown,
)
from tests.schemas import validate


@pytest.fixture
async def shop(api: Api) -> Sender:
    """Give an application that sends its errors; a service is called like it."""
    return await a_sender(api)


async def test_events_of_one_bug_are_one_error_and_one_issue(shop: Sender) -> None:
    api = shop.api
    people = [{"id": one} for one in ("7", "8", "7")]
    sent = [event(user=who, environment="production", release="1.0") for who in people]
    await shop.send(*sent, event("ValueError", "no such cart"))
    await take(api)

    other, error = await errors(api)
    assert (error["title"], error["state"], error["events"]) == ("KeyError: 'price'", "new", 3)
    assert (error["users"], error["project"], error["level"]) == (2, "shop", "error")
    assert error["known"][0]["class"] == "key_missing"
    assert (other["title"], other["state"]) == ("ValueError: no such cart", "new")
    _, issue = await issues(api)
    assert (issue["title"], issue["services"], issue["team"]) == (
        "shop: KeyError: 'price'",
        ["shop"],
        "web",
    )
    whole = await shown(api, error["id"])
    assert whole["issue"] == issue["number"]
    assert whole["keys"][0]["why"]
    assert sum(hour["events"] for hour in whole["hours"]) == 3
    assert [one["id"] for one in whole["latest"]] == [
        str(uuid.UUID(one["event_id"])) for one in reversed(sent)
    ]
    assert {tag["tag"]: tag["values"][0]["value"] for tag in whole["tags"]} == {
        "environment": "production",
        "level": "error",
        "release": "1.0",
    }
    assert whole["solutions"][0]["solutions"]
    told = (await api.viewer.get(f"/api/v1/issues/{issue['number']}")).json()["description"]
    for part in ("KeyError: 'price'", "shop.cart", "release 1.0", "environment production"):
        assert part in told


async def test_an_event_is_shown_whole_with_those_beside_it(shop: Sender) -> None:
    first, second = event(), event(message="the cart was empty")
    await shop.send(first, second)
    (error,) = await errors(shop.api)

    path = f"/api/v1/errors/{error['id']}/events"
    one = validate((await shop.api.viewer.get(f"{path}/{second['event_id']}")).json())
    assert uuid.UUID(one["earlier"]).hex == first["event_id"]
    assert one["later"] is None
    assert one["event"]["raised"][0]["frames"][0]["module"] == "shop.cart"
    page = validate((await shop.api.viewer.get(path, params={"limit": 1})).json())
    assert page["items"][0]["id"] == one["id"]
    rest = await shop.api.viewer.get(path, params={"cursor": page["next"]})
    assert [uuid.UUID(item["id"]).hex for item in rest.json()["items"]] == [first["event_id"]]
    assert (await shop.api.viewer.get(f"{path}/{uuid.uuid4()}")).status_code == 404


async def test_the_list_is_by_what_was_seen_last_filtered_and_in_pages(shop: Sender) -> None:
    api = shop.api
    wiki = await a_sender(api, "wiki")
    for number in range(5):
        await shop.send(event(f"Error{number}Of", "a cart"))
        await api.clock.sleep(1)
    await wiki.send(event("Lost", "50%_of it"))

    assert [one["project"] for one in await errors(api)] == ["wiki", *["shop"] * 5]
    assert len(await errors(api, project="shop")) == 5
    assert [one["title"] for one in await errors(api, q="%_OF")] == ["Lost: 50%_of it"]
    await act(api, (await errors(api, project="wiki"))[0]["id"], "resolve")
    assert [one["project"] for one in await errors(api, state="resolved,muted")] == ["wiki"]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await api.viewer.get("/api/v1/errors", params={"limit": 2, "cursor": cursor})
        page = validate(answer.json())
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert seen == [one["id"] for one in await errors(api)]


async def test_what_was_resolved_and_comes_again_is_told_again(shop: Sender) -> None:
    api = shop.api
    await shop.send(event())
    await take(api)
    (error,) = await errors(api)

    resolved = await act(api, error["id"], "resolve")
    assert (resolved["state"], resolved["resolution"]["by"]) == ("resolved", "now")
    await take(api)
    assert [one["status"] for one in await issues(api)] == ["resolved"]

    await api.clock.sleep(60)
    await shop.send(event(timestamp="2026-01-01T12:01:00Z"))
    await take(api)
    assert (await shown(api, error["id"]))["state"] == "regressed"
    assert [one["status"] for one in await issues(api)] == ["investigating"]


async def test_one_that_is_fixed_in_the_next_release_may_come_from_those_before(
    shop: Sender,
) -> None:
    api = shop.api
    await shop.send(event(release="1.0"), event(release="1.1"))
    (error,) = await errors(api)
    await act(api, error["id"], "resolve", by="next-release")

    await shop.send(event(release="1.0"), event(release="1.1"))
    assert (await shown(api, error["id"]))["state"] == "resolved"
    await shop.send(event(release="1.2"))
    whole = await shown(api, error["id"])
    assert whole["state"] == "regressed"
    assert [one["release"] for one in whole["releases"]] == ["1.2", "1.1", "1.0"]


async def test_the_next_release_is_the_one_after_the_newest_whatever_came_last(
    shop: Sender,
) -> None:
    api = shop.api
    await shop.send(event(release="2.0.0"))
    await shop.send(event(release="1.0.5"))  # a branch that is looked after still
    (error,) = await errors(api)
    await act(api, error["id"], "resolve", by="next-release")

    await shop.send(event(release="2.0.0"), event(release="1.0.6"))
    assert (await shown(api, error["id"]))["state"] == "resolved"
    await shop.send(event(release="2.0.1"))
    assert (await shown(api, error["id"]))["state"] == "regressed"


async def test_one_that_the_next_deploy_fixes_may_come_until_then(shop: Sender) -> None:
    api = shop.api
    await shop.send(event())
    (error,) = await errors(api)
    await act(api, error["id"], "resolve", by="deploy")
    await shop.send(event())
    assert (await shown(api, error["id"]))["state"] == "resolved"

    await api.clock.sleep(60)
    await api.responder.post("/api/v1/deploys", json={"service": "shop", "version": "2"})
    await api.clock.sleep(60)
    await shop.send(event(timestamp="2026-01-01T12:02:00Z"))
    assert (await shown(api, error["id"]))["state"] == "regressed"


async def test_what_is_muted_is_quiet_until_so_many_came(shop: Sender) -> None:
    api = shop.api
    await shop.send(event())
    (error,) = await errors(api)
    muted = await act(api, error["id"], "mute", events=2)
    assert (muted["state"], muted["muting"]["events"]) == ("muted", 2)

    await api.clock.sleep(60)
    later = "2026-01-01T12:01:00Z"
    await shop.send(event(timestamp=later))
    assert (await shown(api, error["id"]))["state"] == "muted"
    await shop.send(event(timestamp=later))
    assert (await shown(api, error["id"]))["state"] == "escalating"
    await act(api, error["id"], "mute", duration="1h")
    assert (await act(api, error["id"], "unmute"))["muting"] is None


async def test_errors_that_are_one_are_merged_and_it_is_taken_back(shop: Sender) -> None:
    api = shop.api
    await shop.send(event(), event("ValueError", "no cart"), event("ValueError", "no cart"))
    await take(api)
    value, key = await errors(api)

    merged = await act(api, key["id"], "merge", others=[int(value["id"])])
    assert (merged["events"], [one["merged_from"] for one in merged["keys"]]) == (
        3,
        [value["id"], None],
    )
    assert [one["id"] for one in await errors(api)] == [key["id"]]
    assert (await shown(api, value["id"]))["id"] == key["id"]
    await take(api)
    assert sorted(one["status"] for one in await issues(api)) == ["resolved", "triaged"]
    await shop.send(event("ValueError", "no cart"))
    assert (await shown(api, key["id"]))["events"] == 4

    parted = await act(api, key["id"], "split", merged=int(value["id"]))
    assert (parted["id"], parted["events"], parted["title"]) == (
        value["id"],
        3,
        "ValueError: no cart",
    )
    assert (await shown(api, key["id"]))["events"] == 1
    await shop.send(event("ValueError", "no cart"))
    assert (await shown(api, value["id"]))["events"] == 4


async def test_a_part_of_an_error_stands_by_itself_and_is_merged_back(shop: Sender) -> None:
    api = shop.api
    await shop.send(event(), event("ValueError", "no cart"))
    value, key = await errors(api)
    whole = await act(api, value["id"], "merge", others=[int(key["id"])])
    own = next(one["id"] for one in whole["keys"] if one["merged_from"] is None)

    parted = await act(api, value["id"], "split", keys=[int(own)])
    assert parted["id"] not in (value["id"], key["id"])
    assert (parted["title"], parted["events"]) == ("ValueError: no cart", 1)
    back = await act(api, value["id"], "merge", others=[int(parted["id"])])
    assert (back["events"], len(back["keys"])) == (2, 2)


async def told(api: Api, number: int) -> list[tuple[str, str]]:
    """Return what an issue was told of its errors being merged."""
    timeline = (await api.show(number))["timeline"]
    return [(one["event"], one["text"]) for one in timeline if one["event"].startswith("error-")]


@pytest.mark.parametrize("before", ["none", "over", "muted"])
async def test_an_error_without_an_issue_goes_on_with_that_of_what_it_takes_in(
    shop: Sender, before: str
) -> None:
    api = shop.api
    one, other = await several(shop, "KeyError", "ValueError")
    await take(api)
    was, number = [(await shown(api, str(id_)))["issue"] for id_ in (one, other)]
    if before == "muted":
        await act(api, str(one), "mute", events=5)
    if before == "none":
        await api.store.connection.execute("UPDATE alert SET issue = NULL WHERE issue = %s", (was,))
    else:
        await api.act(was, "resolve", evidence="a restart")
    had = (await shown(api, str(one)))["issue"]

    merged = await act(api, str(one), "merge", others=[other])
    await take(api)
    assert (merged["issue"], (await api.show(number))["status"]) == (number, "triaged")
    ((event_, text),) = await told(api, number)
    assert event_ == "error-taken-in"
    assert f"error {other} is a part of error {one} from now on" in text
    assert text.endswith("which this is about")

    parted = await act(api, str(one), "split", merged=other)
    await take(api)
    assert (parted["issue"], (await api.show(number))["status"]) == (number, "triaged")
    assert (await shown(api, str(one)))["issue"] == had
    assert [kind for kind, _ in await told(api, number)] == ["error-taken-in", "error-taken-out"]
    await act(api, str(other), "resolve")
    await take(api)
    assert (await api.show(number))["status"] == "resolved"


async def test_the_issue_of_what_was_taken_in_is_resolved_with_the_whole(shop: Sender) -> None:
    api = shop.api
    one, two, three = await several(shop, "KeyError", "ValueError", "TypeError")
    await take(api)
    numbers = [(await shown(api, str(id_)))["issue"] for id_ in (one, two, three)]
    await api.act(numbers[0], "resolve", evidence="a restart")

    await act(api, str(one), "merge", others=[two, three])
    await take(api)
    assert [(await api.show(number))["status"] for number in numbers] == [
        "resolved",
        "triaged",
        "resolved",
    ]
    (line,) = [text for _, text in await told(api, numbers[2])]
    assert line.endswith(f"which issue {numbers[1]} is about")
    async with api.serving.pool.connection() as connection:
        heard = await remedies.heard(connection, (), numbers[1])
    assert any(alert.goes_on for alert in heard)

    await act(api, str(one), "resolve")
    await take(api)
    assert (await api.show(numbers[1]))["status"] == "resolved"


async def test_the_issue_of_a_muted_error_that_is_taken_in_ends_too(shop: Sender) -> None:
    api = shop.api
    one, other = await several(shop, "KeyError", "ValueError")
    await take(api)
    number = (await shown(api, str(other)))["issue"]
    await act(api, str(other), "mute", events=5)

    await act(api, str(one), "merge", others=[other])
    await take(api)

    assert (await api.show(number))["status"] == "resolved"


async def several(shop: Sender, *types: str) -> list[int]:
    """Send an error of each type; return their ids in this order."""
    await shop.send(*(event(type_, "no cart") for type_ in types))
    ids = {one["title"].partition(":")[0]: int(one["id"]) for one in await errors(shop.api)}
    return [ids[type_] for type_ in types]


async def test_what_was_merged_into_a_merged_error_goes_with_it(shop: Sender) -> None:
    api = shop.api
    inner, middle, outer = await several(shop, "KeyError", "ValueError", "TypeError")
    await act(api, str(middle), "merge", others=[inner])
    await act(api, str(outer), "merge", others=[middle])

    parted = await act(api, str(outer), "split", merged=middle)

    assert (parted["id"], parted["events"]) == (str(middle), 2)
    assert (await shown(api, str(inner)))["id"] == str(middle)
    assert (await shown(api, str(outer)))["events"] == 1
    alone = await act(api, str(middle), "split", merged=inner)
    assert (alone["id"], alone["events"]) == (str(inner), 1)


async def test_a_part_that_was_merged_into_another_error_is_taken_back(shop: Sender) -> None:
    api = shop.api
    one, two, three, other = await several(shop, "KeyError", "ValueError", "TypeError", "OSError")
    whole = await act(api, str(one), "merge", others=[two, three])
    keys = {key["merged_from"]: int(key["id"]) for key in whole["keys"]}

    part = await act(api, str(one), "split", keys=[keys[str(two)], keys[str(three)]])
    assert (await shown(api, str(two)))["id"] == part["id"]
    await act(api, str(other), "merge", others=[int(part["id"])])
    back = await act(api, str(other), "split", merged=int(part["id"]))
    assert (back["id"], back["events"]) == (part["id"], 2)
    assert (await shown(api, str(three)))["id"] == part["id"]

    await act(api, str(one), "merge", others=[two])
    own = await act(api, str(one), "split", keys=[keys[None]])
    assert [key["merged_from"] for key in own["keys"]] == [None]
    await act(api, str(other), "merge", others=[int(own["id"])])
    assert (await act(api, str(other), "split", merged=int(own["id"])))["id"] == own["id"]


async def test_a_merged_error_is_heard_as_what_it_was_merged_into(shop: Sender) -> None:
    """Else whoever waits whether a remedy helped would take that for silence."""
    api = shop.api
    one, other = await several(shop, "KeyError", "ValueError")
    await take(api)
    issue = (await shown(api, str(one)))["issue"]

    async def heard() -> datetime | None:
        (alert,) = await remedies.alerts(api.store.connection, issue)
        (found,) = await remedies.heard(api.store.connection, [alert], None)
        return found.fired_at

    before = await heard()
    await act(api, str(other), "merge", others=[one])
    await take(api)
    assert await heard() == before
    await api.clock.sleep(60)
    await shop.send(event("KeyError", "no cart"))

    assert await heard() == api.clock.now()


async def test_what_is_merged_in_that_moment_does_not_grow_by_itself(shop: Sender) -> None:
    api, long_ago = shop.api, datetime(2020, 1, 1, tzinfo=UTC)
    one, other = await several(shop, "KeyError", "ValueError")
    pool = api.serving.pool

    async def grown() -> set[int]:
        async with pool.connection() as connection, connection.transaction():
            return {*await stored.grown(connection, long_ago, long_ago, 0)}

    async with pool.connection() as connection, connection.transaction():
        by = By("test", api.clock.now())
        await flow.merge(connection, api.serving.desk, other, by, [one])
        growing = asyncio.create_task(grown())

        async def waits() -> bool:
            asked = "SELECT FROM pg_locks WHERE NOT granted"
            cursor = await api.store.connection.execute(asked)
            return growing.done() or bool(await cursor.fetchall())

        await until(waits)

    assert await growing == {other}


async def test_what_makes_no_sense_is_refused(shop: Sender) -> None:
    api, wiki = shop.api, await a_sender(shop.api, "wiki")
    await shop.send(event())
    await wiki.send(event())
    other, error = (int(one["id"]) for one in await errors(api))
    (key,) = (await shown(api, str(error)))["keys"]

    async def status(verb: str, of: int = error, **body: object) -> int:
        answer = await api.responder.post(f"/api/v1/errors/{of}/{verb}", json=body or None)
        return answer.status_code

    assert await status("merge", others=[other]) == 409
    assert await status("merge", others=[error]) == 409
    assert await status("merge", others=[999]) == 404
    assert await status("split", keys=[int(key["id"])]) == 409
    assert await status("split", keys=[999]) == 404
    assert await status("split", merged=other) == 404
    assert await status("split") == 422
    assert await status("mute") == 422
    assert await status("mute", duration="1h", until="2030-01-01T00:00:00Z") == 422
    assert await status("resolve", of=999) == 404
    assert await status("reopen") == 409
    assert await status("unmute") == 409


async def test_what_is_decided_is_audited_and_done_once(shop: Sender) -> None:
    api = shop.api
    await shop.send(event())
    (error,) = await errors(api)
    path, key = f"/api/v1/errors/{error['id']}/resolve", {"Idempotency-Key": "once"}

    first = await api.responder.post(path, json={"by": "now"}, headers=key)
    again = await api.responder.post(path, json={"by": "now"}, headers=key)
    assert first.json() == again.json()
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert [(one["subject"], one["actor"]) for one in audit if "errors" in one["subject"]] == [
        (path, f"token:{Role.RESPONDER}")
    ]


async def test_a_tag_with_ever_new_values_is_kept_within_bounds(shop: Sender) -> None:
    api = shop.api
    for at in range(0, 150, 50):
        await shop.send(*(event(tags={"cart": str(n), "page": "1"}) for n in range(at, at + 50)))
    (error,) = await errors(api)

    tags = {one["tag"]: one for one in (await shown(api, error["id"]))["tags"]}
    assert (tags["cart"]["events"], tags["page"]["events"]) == (150, 150)
    ((kept,),) = await _rows(api, "SELECT count(*) FROM error_tag WHERE tag = 'cart'")
    assert kept == 101


async def _rows(api: Api, query: str) -> list[tuple[object, ...]]:
    return await (await api.store.connection.execute(query.encode())).fetchall()


async def test_an_error_is_known_by_its_latest_event(shop: Sender) -> None:
    await shop.send(event("ConnectionRefusedError", "[Errno 111] Connection refused"))
    (error,) = await errors(shop.api)

    answer = await shop.api.viewer.get(f"/api/v1/errors/{error['id']}/known")

    known = validate(answer.json())
    assert (known["answered"], known["matches"][0]["class"]) == (True, "conn_refused")


async def test_what_nobody_works_on_becomes_an_issue_when_that_is_asked(shop: Sender) -> None:
    api = shop.api
    await shop.send(event())
    (error,) = await errors(api)
    await act(api, error["id"], "mute", events=100)  # before it was told of

    first = await act(api, error["id"], "issue")
    again = await act(api, error["id"], "issue")
    assert first["issue"] == again["issue"] is not None
    await api.clock.sleep(60)
    await shop.send(event())  # it is no news, and says all the same that it goes on
    (heard,) = await remedies.heard(api.store.connection, (), first["issue"])
    assert (heard.goes_on, heard.fired_at) == (True, api.clock.now())

    await api.act(first["issue"], "resolve", evidence="carts have prices")
    later = await act(api, error["id"], "issue")
    assert later["issue"] == first["issue"]
    assert (await api.show(later["issue"]))["status"] not in ("resolved", "closed")

    await act(api, error["id"], "resolve")
    answer = await api.responder.post(f"/api/v1/errors/{error['id']}/issue")
    assert answer.status_code == 409


async def test_the_release_that_an_unknown_error_came_with_is_a_line_of_enquiry(
    shop: Sender,
) -> None:
    api = shop.api
    await shop.send(event("Oddity", "it is odd", release="shop@1"))
    await shop.send(event("Quirk", "it is queer", release="shop@2"))
    await take(api)
    quirk, oddity = [await shown(api, one["id"]) for one in await errors(api)]

    async def about(error: dict[str, Any]) -> list[str]:
        answer = await api.responder.post(f"/api/v1/issues/{error['issue']}/solve")
        found = validate(answer.json())["analysis"]
        return [one["says"] for one in found if one["about"] == "release"]

    assert await about(quirk) == ["compare shop@2 with shop@1, the release before it"]
    assert await about(oddity) == []
