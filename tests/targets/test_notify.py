"""Notifications reach webhooks and services; what was not taken is said so."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import apprise
import pytest

from fettle.errors import ActFailed
from fettle.model.notification import Event, Message, Queued, Receiver
from fettle.model.severity import Severity
from fettle.targets.notify import Notifier, host_of
from fettle.targets.outgoing import Outgoing
from tests.receiving import receiving

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = UUID("11111111-2222-3333-4444-555555555555")
MESSAGE = Message(
    Event.OPENED,
    "#7 Checkout is down <b>now</b>",
    "12 signals from alertmanager",
    issue=7,
    severity=Severity.CRITICAL,
    priority="p1",
    status="triaged",
    url="https://ops.example/issues/7",
    acknowledge_url="https://ops.example/act/x",
)
QUEUED = Queued(ID, "web", MESSAGE, NOW)
NOTIFIER = Notifier(Outgoing(("127.0.0.1",)))


async def test_a_webhook_gets_json_that_it_can_verify() -> None:
    with receiving() as server:
        await NOTIFIER.hand_over(QUEUED, Receiver("web", f"{server.url}/in", "s3cret"), NOW)

    (request,) = server.requests
    signed = f"{ID}.{int(NOW.timestamp())}.".encode() + request.body
    wanted = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert request.headers["Fettle-Signature"] == f"v1={wanted}"
    assert request.headers["Fettle-Id"] == str(ID)
    document = json.loads(request.body)
    assert document["schema"] == "fettle.notification/1"
    assert (document["issue"], document["event"], document["severity"]) == (7, "opened", "critical")
    assert document["title"] == MESSAGE.title


async def test_a_service_gets_words_with_the_links() -> None:
    with receiving() as server:
        address = server.url.replace("http://", "json://")
        await NOTIFIER.hand_over(QUEUED, Receiver("web", address), NOW)

    sent = json.loads(server.requests[0].body)
    assert sent["title"] == MESSAGE.title
    assert "12 signals" in sent["message"]
    assert "Acknowledge: https://ops.example/act/x" in sent["message"]


async def test_what_waits_for_somebody_is_decided_by_its_link() -> None:
    waits = replace(QUEUED, message=replace(MESSAGE, event=Event.WAITS))
    with receiving() as server:
        address = server.url.replace("http://", "json://")
        await NOTIFIER.hand_over(waits, Receiver("web", address), NOW)

    assert "Decide: https://ops.example/act/x" in json.loads(server.requests[0].body)["message"]


async def test_a_subject_is_one_line_that_can_be_seen() -> None:
    title = "#7 Checkout\r\nBcc: all@example.org\x1b[31m is\u2028down\x9b"
    queued = replace(QUEUED, message=replace(MESSAGE, title=title))
    with receiving() as server:
        address = server.url.replace("http://", "json://")
        await NOTIFIER.hand_over(queued, Receiver("web", address), NOW)

    sent = json.loads(server.requests[0].body)
    assert sent["title"] == "#7 Checkout Bcc: all@example.org [31m is down"


async def test_a_service_that_leads_elsewhere_is_not_followed() -> None:
    with receiving() as other, receiving() as server:
        server.status, server.headers = 307, {"Location": f"{other.url}/inside"}
        address = server.url.replace("http://", "json://")
        with pytest.raises(ActFailed):
            await NOTIFIER.hand_over(QUEUED, Receiver("web", address), NOW)

    assert other.requests == []


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("ntfy://a-topic", None),
        ("ntfys://ntfy.example/a-topic", "ntfy.example"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", None),
        ("mailto://ada:x@gmail.com", "smtp.gmail.com"),
        ("mailtos://ada:x@mail.example?smtp=smtp.inside", "smtp.inside"),
        ("gotify://g.example/token", "g.example"),
    ],
)
def test_what_is_judged_is_the_server_that_is_called(address: str, host: str | None) -> None:
    service = apprise.Apprise.instantiate(address)

    assert isinstance(service, apprise.NotifyBase)
    assert host_of(service) == host


@pytest.mark.parametrize("status", [302, 400, 500])
@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_what_is_not_taken_has_failed(status: int, scheme: str) -> None:
    with receiving() as server:
        server.status = status
        address = server.url.replace("http", scheme, 1)
        with pytest.raises(ActFailed, match="web"):
            await NOTIFIER.hand_over(QUEUED, Receiver("web", address), NOW)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("nonsense", "apprise"),
        ("warble://x/y", "apprise"),
        ("http://10.0.0.1/", "private network"),
        ("json://10.0.0.1/", "private network"),
        ("http://127.0.0.1:1/", "no answer"),
    ],
)
async def test_an_address_that_cannot_be_told_is_said_without_it(address: str, says: str) -> None:
    with pytest.raises(ActFailed, match=says) as error:
        await NOTIFIER.hand_over(QUEUED, Receiver("web", address), NOW)

    assert "nonsense" not in error.value.reason


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("warble://x/y", "none that apprise knows"),
        ("http://10.0.0.1/", "private network"),
        ("json://10.0.0.1/", "private network"),
        ("https://no-such-host.invalid/", "is not known"),
    ],
)
async def test_who_could_not_be_told_is_known_before(address: str, says: str) -> None:
    with pytest.raises(ActFailed, match=says):
        await NOTIFIER.examine(Receiver("web", address))


@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_who_can_be_told_is_not_called_to_know_it(scheme: str) -> None:
    with receiving() as server:
        await NOTIFIER.examine(Receiver("web", server.url.replace("http", scheme, 1)))

    assert server.requests == []
