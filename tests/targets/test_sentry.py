"""A Sentry is read by its API, and whatever else answers is said in one sentence."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fettle.errors import FettleError, NotAllowed, NotFound, TooLarge, TooMuch, Unreachable
from fettle.settings.sentry import SentrySettings
from fettle.targets.outgoing import Outgoing
from fettle.targets.sentry import SentryApi
from fettle.testing import SteppedClock
from tests.sentry_server import TOKEN, FakeSentry, a_sentry

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
HTML = {"Content-Type": "text/html"}
ISSUE = {"id": "1", "lastSeen": "2026-01-01T12:00:00Z"}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeSentry]:
    with a_sentry() as sentry:
        sentry.now = lambda: NOW
        yield sentry


@pytest.fixture
def sentry(server: FakeSentry) -> FakeSentry:
    server.issues.clear()
    server.asked.clear()
    server.answers = lambda _: None
    server.page = 100
    return server


def api(
    sentry: FakeSentry, allow: tuple[str, ...] = ("127.0.0.1",), token: str = TOKEN
) -> SentryApi:
    settings = SentrySettings(
        name="own", url=sentry.url, token=token, organization="acme", projects=("shop",)
    )
    return SentryApi(settings, Outgoing(allow), SteppedClock(NOW))


async def test_issues_are_read_page_by_page_with_their_counts(sentry: FakeSentry) -> None:
    for minute in range(5):
        sentry.hold(NOW - timedelta(minutes=minute), {"event_id": "1"})
    sentry.issues[1].more = [NOW - timedelta(hours=1)] * 3
    sentry.page = 2

    first = await api(sentry).issues("shop")
    second = await api(sentry).issues("shop", first.next)
    third = await api(sentry).issues("shop", second.next)

    read = [one.short_id for page in (first, second, third) for one in page.issues]
    assert read == [f"SHOP-{number}" for number in range(1, 6)]
    assert third.next is None
    one = first.issues[0]
    assert (one.id, one.project, one.status, one.count) == ("1", "shop", "unresolved", 4)
    assert one.hours == {NOW: 1, NOW - timedelta(hours=1): 3}
    assert one.last_seen == NOW
    assert TOKEN not in " ".join(sentry.asked)


async def test_an_issue_is_found_by_its_short_id_and_resolved(sentry: FakeSentry) -> None:
    sentry.hold(NOW, {"event_id": "1"})

    found = await api(sentry).named("SHOP-1")
    await api(sentry).resolve(found.id, in_next_release=True)

    assert (await api(sentry).issue("1")).in_next_release
    assert sentry.bodies[-1] == {"status": "resolved", "statusDetails": {"inNextRelease": True}}
    assert (await api(sentry).issues("shop")).issues == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "said"),
    [
        (200, HTML, b"<html>log in</html>", Unreachable, "does not answer as a Sentry does"),
        (200, {}, b'{"id": "1"', Unreachable, "does not answer as a Sentry does"),
        (200, {}, b"[" * 100_000, Unreachable, "does not answer as a Sentry does"),
        (200, {}, b"[]", Unreachable, "does not answer as a Sentry does"),
        (200, {}, b"{}", Unreachable, "an issue has no id"),
        (200, {}, json.dumps({**ISSUE, "id": "../2"}).encode(), Unreachable, "has no id"),
        (200, {}, json.dumps({**ISSUE, "lastSeen": "soon"}).encode(), Unreachable, "no lastSeen"),
        (200, {}, b" " * 5 * 1024**2, TooLarge, "is told in more than"),
        (302, {"Location": "https://other.example/"}, b"", Unreachable, "sends on to https://ot"),
        (401, {}, b'{"detail": "Invalid token"}', NotAllowed, "does not know the token"),
        (403, {}, b"", NotAllowed, "does not let the token at issue 1"),
        (404, {}, b"", NotFound, "has not issue 1"),
        (500, HTML, b"<html>", Unreachable, "answered 500 for issue 1"),
        (502, HTML, b"<html>", Unreachable, "answered 502 for issue 1"),
    ],
)
async def test_another_answer_is_said_in_one_sentence(
    sentry: FakeSentry,
    status: int,
    headers: dict[str, str],
    body: bytes,
    kind: type[FettleError],
    said: str,
) -> None:
    sentry.answers = lambda _: (status, headers, body)

    with pytest.raises(kind) as refused:
        await api(sentry).issue("1")

    assert said in refused.value.reason
    assert TOKEN not in f"{refused.value.reason} {refused.value.remedy} {refused.value!r}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "Thu, 01 Jan 2026 12:01:30 GMT"}, 90),
        ({"Retry-After": "Thu, 01 Jan 2026 12:01:30 -0000"}, 90),
        ({"Retry-After": "Thu, 01 Jan 2026 12:01:30"}, 90),
        ({"X-Sentry-Rate-Limit-Reset": str(int(NOW.timestamp()) + 42)}, 42),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "-5"}, 30),
        ({"X-Sentry-Rate-Limit-Reset": "1"}, 1),
        ({}, 30),
    ],
)
async def test_a_limit_says_for_how_long(
    sentry: FakeSentry, headers: dict[str, str], seconds: int
) -> None:
    sentry.answers = lambda _: (429, headers, b'{"detail": "You are attempting to use this"}')

    with pytest.raises(TooMuch) as limited:
        await api(sentry).issues("shop")

    assert limited.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ({"lastSeen": "0001-01-01T00:00:00Z"}, (0, datetime(1970, 1, 1, tzinfo=UTC))),
        ({"count": "12"}, (12, NOW)),
        ({"count": -1, "firstSeen": "9999-12-31T23:59:59-01:00"}, (0, NOW)),
        ({"count": "1", "lifetime": {"count": "900"}}, (900, NOW)),
        ({"count": "9" * 99, "stats": {"24h": [[1e300, 1], [-5, 2], "x", [None, None]]}}, (0, NOW)),
        ({"project": [], "statusDetails": 1, "title": None, "stats": {"24h": {}}}, (0, NOW)),
    ],
)
async def test_parts_of_an_issue_that_are_none_are_left_out(
    sentry: FakeSentry, part: dict[str, object], read: tuple[int, datetime]
) -> None:
    sentry.answers = lambda _: (200, {}, json.dumps({**ISSUE, **part}).encode())

    issue = await api(sentry).issue("1")

    assert (issue.count, issue.last_seen, issue.hours) == (*read, {})
    assert issue.first_seen <= issue.last_seen


async def test_a_wrong_token_is_said(sentry: FakeSentry) -> None:
    with pytest.raises(NotAllowed, match="does not know the token"):
        await api(sentry, token="other").issue("1")


async def test_a_private_address_is_refused_unless_it_is_allowed(sentry: FakeSentry) -> None:
    with pytest.raises(NotAllowed, match="private network"):
        await api(sentry, allow=()).issue("1")
    assert sentry.asked == []


@pytest.mark.parametrize("link", ["<x>", '<x>; rel="next"', "x" * 50_000, '<x>; rel="next"; a="b'])
async def test_a_strange_link_is_no_next_page(sentry: FakeSentry, link: str) -> None:
    sentry.answers = lambda _: (200, {"Link": link}, b"[]")

    assert (await api(sentry).issues("shop")).next is None


async def test_an_issue_is_named_in_the_path_and_leads_nowhere_else(sentry: FakeSentry) -> None:
    with pytest.raises(NotFound):
        await api(sentry).named("../../../0/projects?x=1#")
    assert sentry.asked == [
        "GET /api/0/organizations/acme/shortids/..%2F..%2F..%2F0%2Fprojects%3Fx%3D1%23/"
    ]
