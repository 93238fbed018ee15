"""Errors that a Sentry has: asked for by name, followed, counted, and said there to be fixed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from fettle.errors import CannotLook
from fettle.flow.sentry_rounds import Rounds
from fettle.model.role import Role
from fettle.store import remedies
from fettle.store import sentries as store
from fettle.targets import sentry as targets
from fettle.targets.outgoing import Outgoing
from fettle.testing import START, SteppedClock
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.frontends.api.posting import issues, take
from tests.frontends.api.sending_errors import act, digested, errors, event, shown
from tests.frontends.web.browsing import let_in
from tests.schemas import validate
from tests.sentry_server import TOKEN, FakeSentry, Held, a_sentry

HOUR = timedelta(hours=1)
SEVERAL = """
[[sentry]]
name = "other"
url = "URL"
token = "${SENTRY_TOKEN}"
organization = "acme"
projects = ["web", "api"]
follow = true

[[sentry]]
name = "third"
url = "URL"
token = "${SENTRY_TOKEN}"
organization = "acme"
projects = ["web"]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[FakeSentry]:
    with a_sentry() as made:
        yield made


@dataclass(frozen=True)
class Place:
    """Fettle, the Sentry that it reads, and the clock of both."""

    api: Api
    sentry: FakeSentry
    clock: SteppedClock

    async def round(self, after: timedelta = timedelta(minutes=2), workers: int = 2) -> None:
        """Let some time pass, and what is due be read and taken, by some workers at once."""
        await self.clock.sleep(after.total_seconds())
        rounds = Rounds(self.api.serving.sentries)
        await asyncio.gather(*(rounds.follow() for _ in range(workers)))
        await digested(self.api)
        await self.api.serving.sentries.count()
        await take(self.api)

    async def ask(self, issue: str, sentry: str | None = None, status: int = 200) -> dict[str, Any]:
        """Ask for an issue of the Sentry."""
        wish = {"issue": issue, "sentry": sentry}
        answer = await self.api.responder.post("/api/v1/errors/sentries", json=wish)
        assert answer.status_code == status, answer.text
        assert TOKEN not in answer.text
        found: dict[str, Any] = answer.json()
        return validate(found) if status == 200 else found

    async def read(self) -> dict[str, Any]:
        """Return how reading goes."""
        (item,) = validate((await self.api.viewer.get("/api/v1/errors/sentries")).json())["items"]
        return dict(item)

    async def counted(self) -> dict[str, dict[str, int]]:
        """Return what arrived from Sentries, by outcome."""
        document = validate((await self.api.viewer.get("/api/v1/intake")).json())
        (found,) = [one for one in document["items"] if one["vendor"] == "sentry"]
        return {outcome: found["reasons"][outcome] for outcome in found["outcomes"]}


@pytest.fixture
def more() -> str:
    """Give what else stands in [[sentry]]."""
    return "follow = true\nresolve = true"


@pytest.fixture
async def place(
    server: FakeSentry, store_environ: dict[str, str], tmp_path: Path, more: str
) -> AsyncIterator[Place]:
    server.issues.clear()
    server.asked.clear()
    server.bodies.clear()
    server.merged.clear()
    server.projects = ("shop", "web", "api")
    server.answers = lambda _: None
    clock = SteppedClock()
    server.now = clock.now
    text = f"""{SETTINGS}
[outgoing]
allow = ["127.0.0.1"]

[[sentry]]
name = "own"
url = "{server.url}"
token = "${{SENTRY_TOKEN}}"
organization = "acme"
projects = ["shop"]
{more.replace("URL", server.url)}
"""
    environ = {**store_environ, "SENTRY_TOKEN": TOKEN}
    async with running(environ, text, tmp_path, clock) as api:
        reading = targets.apis(api.serving.settings.sentry, Outgoing(("127.0.0.1",)), clock)
        serving = replace(api.serving, apis=reading)
        api.app.state.serving = serving
        yield Place(replace(api, serving=serving), server, clock)


def happens(type_: str = "KeyError", **more: object) -> dict[str, Any]:
    return event(type_, "'price'", timestamp=None, event_id=uuid4().hex, **more)


@pytest.mark.parametrize("more", [""])
async def test_an_issue_that_is_asked_for_is_taken_in_as_if_it_had_been_sent(place: Place) -> None:
    api, held = place.api, place.sentry.hold(START - 900 * HOUR, happens(release="shop@1"))
    held.events.append((START - 3 * HOUR, happens(release="shop@2", user={"id": "7"})))
    held.more = [START - 2 * HOUR] * 40

    first = await place.ask("SHOP-1")
    by_address = await place.ask(f"{place.sentry.url}/organizations/acme/issues/1/")
    by_number = await place.ask("1", "own")

    assert first["id"] == by_address["id"] == by_number["id"]
    assert (first["title"], first["project"], first["state"]) == (
        "KeyError: 'price'",
        "shop",
        "ongoing",  # known there for weeks: it is no news, and nobody is told
    )
    assert (first["events"], first["users"], first["last_release"]) == (42, 1, "shop@2")
    assert first["first_seen"] == f"{START - 900 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert first["last_seen"] == f"{START - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert sorted(hour["events"] for hour in first["hours"]) == [1, 40]
    assert (await issues(api), by_number["events"]) == ([], 42)

    worked_on = await act(api, first["id"], "issue")
    (issue,) = await issues(api)
    assert worked_on["issue"] == issue["number"]
    assert issue["services"] == ["shop"]
    told = (await api.show(issue["number"]))["description"]
    assert "is to be resolved: token:responder asks for it" in told
    assert "in total" in told

    whole = await shown(api, first["id"])
    assert whole["sentries"] == [
        {
            "sentry": "own",
            "issue": "SHOP-1",
            "url": f"{place.sentry.url}/organizations/acme/issues/1/",
            "status": "unresolved",
            "events": 42,
        }
    ]
    read = await place.read()
    assert (read["follow"], read["issues"], read["failure"]) == (False, 1, None)
    assert await place.counted() == {
        "read": {"from own": 1},
        "counted": {"counted by own, not read one by one": 41},
    }
    await _asked_again(place, held, issue["number"])


async def _asked_again(place: Place, held: Held, issue: int) -> None:
    """Whoever judges a remedy asks first, though nothing is followed."""
    api, clock = place.api, place.clock
    look, settled = api.serving.sentries.look_again, clock.now()
    await clock.sleep(600)

    await look((), issue)
    assert await _heard_since(api, issue, settled) is False
    held.more.append(clock.now())
    await look((), issue)
    assert await _heard_since(api, issue, settled) is True

    place.sentry.answers = lambda _: (500, {}, b"")
    with pytest.raises(CannotLook, match="answered 500"):
        await look((), issue)


@pytest.mark.parametrize("more", [""])
async def test_what_cannot_be_taken_is_said_and_nothing_else_is_called(place: Place) -> None:
    sentry = place.sentry
    sentry.hold(START, happens(), project="secret")
    sentry.hold(START, {"event_id": uuid4().hex})
    sentry.issues[2].events[0][1]["exception"] = None

    other = await place.ask("SHOP-1", status=403)
    empty = await place.ask("SHOP-9", status=404)
    elsewhere = await place.ask("https://evil.example/organizations/acme/issues/1/", status=400)
    sentry.answers = lambda path: (200, {}, b"<html>") if "latest" in path else None
    broken = await place.ask("SHOP-2", status=502)
    sentry.answers = lambda _: (429, {"Retry-After": "9"}, b"{}")
    limited = await place.ask("SHOP-2", status=429)

    assert "of the project secret, which [[sentry]] own does not name" in other["detail"]
    assert "has not issue SHOP-9" in empty["detail"]
    assert "is not the address of a [[sentry]]" in elsewhere["detail"]
    assert "the latest event of SHOP-2: is not JSON" in broken["detail"]
    assert "wants to be left alone" in limited["detail"]
    assert all("/acme/" in one for one in sentry.asked)
    await place.round(HOUR)  # nothing is followed
    assert not any("/projects/" in one for one in sentry.asked)


async def test_what_happens_in_a_sentry_that_is_followed_is_news_here(place: Place) -> None:
    api, sentry, clock = place.api, place.sentry, place.clock
    old = sentry.hold(START - 900 * HOUR, happens("OldError"))
    sentry.hold(START - 800 * HOUR, happens("Forgotten"))
    await place.round()
    assert (await errors(api), (await place.read())["issues"]) == ([], 0)
    assert len(sentry.asked) == 1

    await clock.sleep(60)
    new = sentry.hold(clock.now(), happens("NewError"))
    new.more = [clock.now()] * 4
    old.events.append((clock.now(), happens("OldError")))
    sentry.hold(clock.now(), happens("Slow"), category="performance")
    await place.round()

    found = {one["title"]: one for one in await errors(api)}
    assert found.keys() == {"NewError: 'price'", "OldError: 'price'"}
    was_new, was_old = found["NewError: 'price'"], found["OldError: 'price'"]
    assert (was_new["state"], was_new["events"]) == ("new", 5)
    assert (was_old["state"], was_old["events"]) == ("ongoing", 2)
    (issue,) = await issues(api)  # of what is new alone
    assert issue["title"] == "shop: NewError: 'price'"

    # what is read again, by another one or after a fall, is counted once
    asked = len([one for one in sentry.asked if "latest" in one])
    await place.round()
    assert len([one for one in sentry.asked if "latest" in one]) == asked
    assert [one["events"] for one in await errors(api)] == [5, 2]

    # it is resolved there, and comes back there
    new.status = "resolved"
    await place.round(timedelta(minutes=10))
    assert (await shown(api, was_new["id"]))["resolution"]["actor"] == "sentry:own"
    await clock.sleep(60)
    new.status = "unresolved"
    new.events.append((clock.now(), happens("NewError")))
    await place.round()
    assert (await shown(api, was_new["id"]))["state"] == "regressed"

    # it is fixed here, and that is said there
    await act(api, was_new["id"], "resolve")
    await place.round()
    assert (new.status, sentry.bodies) == ("resolved", [{"status": "resolved"}])
    await _merged(place)


async def _merged(place: Place) -> None:
    """What is another issue's since is counted once."""
    api, sentry, clock = place.api, place.sentry, place.clock
    one, other = (sentry.hold(clock.now(), happens("Twice")) for _ in range(2))
    one.more, other.more = [clock.now()] * 5, [clock.now()] * 10
    await place.round()
    (error,) = await errors(api, q="Twice")
    assert error["events"] == 17

    sentry.merge(one, other)
    other.more.append(clock.now())
    # one worker: it is counted once from when the one that is gone was read by its number
    await place.round(timedelta(minutes=10), workers=1)

    (error,) = await errors(api, q="Twice")
    assert error["events"] == 18
    origins = (await shown(api, error["id"]))["sentries"]
    assert [there["issue"] for there in origins] == [other.short_id]


async def test_what_fails_is_shown_and_loses_nothing(place: Place) -> None:
    api, sentry, clock = place.api, place.sentry, place.clock
    await place.round()
    await clock.sleep(1)
    for name in ("OneError", "TwoError", "ThreeError"):
        sentry.hold(clock.now(), happens(name))
        await clock.sleep(1)
    sentry.answers = lambda path: (503, {}, b"<html>") if "issues/2/" in path else None
    await place.round()

    two = {"OneError: 'price'", "ThreeError: 'price'"}  # the others do not wait for it
    assert {one["title"] for one in await errors(api)} == two
    failing = await place.read()
    assert "the Sentry own answered 503 for the latest event of issue 2" in failing["failure"]
    cookie = await let_in(api, "http://fettle", Role.VIEWER, "ada")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    page = await api.nobody.get("/errors", headers=headers)
    assert "answered 503 for the latest event of issue 2" in page.text
    assert TOKEN not in page.text

    asked = len(sentry.asked)
    await Rounds(api.serving.sentries).follow()  # it is not due yet
    assert len(sentry.asked) == asked

    sentry.answers = lambda path: (200, {}, b"{}") if "issues/2/events" in path else None
    await place.round()
    assert (await place.read())["failure"] is None
    assert [one["events"] for one in await errors(api)] == [1, 1]
    (reason,) = (await place.counted())["refused"]
    assert reason.startswith("the latest event of SHOP-2: ")

    # one that fails for an hour is let be, until it has more; when all fail, none is
    sentry.hold(clock.now(), happens("FourError"))
    sentry.answers = lambda path: (503, {}, b"") if "issues/4/events" in path else None
    await place.round()
    assert (await place.read())["failure"] is not None
    await place.round(2 * HOUR)
    assert (await place.read())["failure"] is None
    assert len((await place.counted())["refused"]) == 2
    for name in ("AError", "BError", "CError", "DError"):
        sentry.hold(clock.now() + HOUR / 60, happens(name))
    sentry.answers = lambda path: (503, {}, b"") if "latest" in path else None
    asked = len(sentry.asked)
    await place.round(3 * HOUR)
    assert len([one for one in sentry.asked[asked:] if "latest" in one]) == 3


async def test_what_is_not_found_and_what_is_told_late_proves_nothing(place: Place) -> None:
    api, sentry, clock = place.api, place.sentry, place.clock
    sentries = api.serving.sentries
    await place.round()
    await clock.sleep(60)
    held = sentry.hold(clock.now(), happens())
    held.more = [clock.now()] * 4
    await place.round()
    (error,), (issue,) = await errors(api), await issues(api)
    there = store.There(store.Place("own", "shop"), "1")

    # a proxy, or a token that lost access, says the same as one who has deleted it
    sentry.answers = lambda path: (404, {}, b"{}") if "issues/1/" in path else None
    await place.round(timedelta(minutes=10))
    (origin,) = (await shown(api, error["id"]))["sentries"]
    assert origin["status"] == "not found"
    with pytest.raises(CannotLook, match="has not issue 1"):
        await sentries.look_again((), issue["number"])
    asked = len(sentry.asked)
    await place.round(timedelta(minutes=10))
    assert not any("issues/1/" in one for one in sentry.asked[asked:])  # seldom
    sentry.answers = lambda _: None
    await place.round(2 * HOUR)
    (origin,) = (await shown(api, error["id"]))["sentries"]
    assert (origin["status"], origin["events"]) == ("unresolved", 5)

    # who asked first and is answered last takes nothing back
    late = await sentries.apis["own"].issue("1")
    await clock.sleep(60)
    held.more += [clock.now()] * 2
    await sentries.read_again(there)
    await sentries.count()
    await sentries.take_in(there.place, late)
    await sentries.count()
    newer = await sentries.apis["own"].issue("1")
    stale = replace(newer, asked_at=late.asked_at, status="resolved")
    await sentries.take_in(there.place, stale)
    await place.round()
    assert (await shown(api, error["id"]))["events"] == 7
    assert (await shown(api, error["id"]))["state"] == "new"

    # whoever sees first that it was resolved there lets it be so here
    held.status = "resolved"
    await sentries.look_again((), issue["number"])
    assert (await shown(api, error["id"]))["resolution"]["actor"] == "sentry:own"


@pytest.mark.parametrize("more", [SEVERAL])
async def test_of_several_sentries_none_stands_in_the_way_of_another(place: Place) -> None:
    sentry = place.sentry
    sentry.hold(START, happens("InApi"), project="api")
    sentry.hold(START, happens("InWeb"), project="web")

    alone = await place.ask("SHOP-1")  # the first may not read it
    both = await place.ask("SHOP-2", status=400)
    chosen = await place.ask("SHOP-2", "third")

    assert (alone["title"], chosen["title"]) == ("InApi: 'price'", "InWeb: 'price'")
    assert "several Sentries have SHOP-2: other, third" in both["detail"]

    async def asked(after: timedelta) -> list[str]:
        sentry.asked.clear()
        await place.round(after, workers=1)
        return [one.split("/")[5] for one in sentry.asked if "/projects/" in one]

    sentry.answers = lambda _: (503, {}, b"")
    first, second = await asked(HOUR), await asked(timedelta(minutes=5))
    assert sorted([*first, *second]) == ["api", "web"]  # one at a time, whoever waited longer
    sentry.answers = lambda _: (429, {"Retry-After": "1800"}, b"")
    assert len(await asked(timedelta(minutes=5))) == 1
    assert await asked(timedelta(minutes=20)) == []  # none of its projects
    sentry.answers = lambda _: None
    assert sorted(await asked(timedelta(minutes=20))) == ["api", "web"]


async def _heard_since(api: Api, issue: int, moment: datetime) -> bool:
    async with api.serving.pool.connection() as connection:
        (heard,) = await remedies.heard(connection, (), issue)
    assert heard.goes_on
    return heard.fired_at is not None and heard.fired_at > moment
