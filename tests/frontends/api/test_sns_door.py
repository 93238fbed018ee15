"""What comes through Amazon SNS is proved before it is kept."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fettle.frontends import server
from fettle.intake import sns_envelope
from fettle.settings.server import HookSettings
from fettle.store import deliveries
from fettle.store.deliveries import Arrived
from fettle.store.tally import Tally
from tests.amazon import Amazon, amazon
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import a_key, issues, kept, take, written
from tests.intake.alerts.test_sns import ALARM, CONFIRMATION, envelope


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Amazon]:
    """Give an Amazon SNS on loopback."""
    with amazon(tmp_path) as serving:
        yield serving


@pytest.fixture
async def door(api: Api, aws: Amazon) -> AsyncIterator[Api]:
    """Give an application that believes that one."""
    signatures, tally = aws.proving(api.clock), Tally(api.serving.pool)
    serving = replace(api.serving, signatures=signatures, tally=tally)
    app = server.make(serving, api.store)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle"
    ) as nobody:
        admin = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://fettle",
            headers=api.admin.headers,
        )
        async with admin:
            yield replace(api, app=app, serving=serving, nobody=nobody, admin=admin)


def signed(aws: Amazon, message: dict[str, Any], version: str = "2") -> dict[str, Any]:
    """Return a message with its signature right."""
    whole = {**message, "SignatureVersion": version, "SigningCertURL": aws.certificate_url}
    opened = sns_envelope.opened(json.dumps({**whole, "Signature": "eA=="}).encode())
    assert opened is not None
    return {**whole, "Signature": aws.written(opened.signed)}


def paths(aws: Amazon) -> list[str]:
    return [one.path for one in aws.server.requests]


@pytest.mark.parametrize("version", ["1", "2"])
async def test_an_alarm_that_amazon_signed_becomes_an_issue(
    door: Api, aws: Amazon, version: str
) -> None:
    key = await a_key(door)
    answer = await door.nobody.post(
        f"/hooks/{key}/sns",
        json=signed(aws, envelope(ALARM), version),
        headers={"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "x"},
    )
    await take(door)

    assert answer.status_code == 202
    assert [issue["title"] for issue in await issues(door)] == ["shop-5xx"]


@pytest.mark.parametrize(
    "forged",
    [
        {"Message": json.dumps({**ALARM, "AlarmName": "other"})},
        {"Subject": None},
        {"Signature": "eA=="},
        {"SigningCertURL": "https://evil.example/SimpleNotificationService-1.pem"},
        {"SignatureVersion": "1"},
    ],
)
async def test_what_was_forged_is_refused_counted_and_not_kept(
    door: Api, aws: Amazon, forged: dict[str, Any]
) -> None:
    key = await a_key(door)
    message = {**signed(aws, envelope(ALARM)), **forged}
    answer = await door.nobody.post(f"/hooks/{key}/sns", json=message)

    assert answer.status_code == 403
    assert await kept(door) == []
    await written(door.serving.tally)
    (counted,) = (await door.viewer.get("/api/v1/intake")).json()["items"]
    assert counted["reasons"] == {"refused": {"not proved to be of SNS": 1}}


async def test_a_subscription_is_confirmed_once_it_is_proved(door: Api, aws: Amazon) -> None:
    key = await a_key(door)
    place = f"{aws.server.url}/?Action=ConfirmSubscription&Token=1"
    asked = signed(aws, {**CONFIRMATION, "SubscribeURL": place})
    forged = await door.nobody.post(f"/hooks/{key}/sns", json={**asked, "Token": "2"})
    before = paths(aws)
    answer = await door.nobody.post(f"/hooks/{key}/sns", json=asked)
    await take(door)

    assert forged.status_code == 403
    assert before == ["/SimpleNotificationService-1.pem"]
    assert (answer.status_code, paths(aws)[1:]) == (202, ["/?Action=ConfirmSubscription&Token=1"])
    (row,) = await kept(door)
    assert (row["state"], "is confirmed" in row["reason"]) == ("taken", True)


async def test_the_end_of_a_subscription_is_not_taken_back(door: Api, aws: Amazon) -> None:
    key = await a_key(door)
    place = f"{aws.server.url}/?Action=ConfirmSubscription&Token=1"
    ended = {**CONFIRMATION, "Type": "UnsubscribeConfirmation", "SubscribeURL": place}
    answer = await door.nobody.post(f"/hooks/{key}/sns", json=signed(aws, ended))

    assert answer.status_code == 202
    assert paths(aws) == ["/SimpleNotificationService-1.pem"]


async def test_a_subscription_elsewhere_is_confirmed_nowhere(door: Api, aws: Amazon) -> None:
    key = await a_key(door)
    asked = signed(aws, {**CONFIRMATION, "SubscribeURL": "https://evil.example/confirm"})
    answer = await door.nobody.post(f"/hooks/{key}/sns", json=asked)

    assert answer.status_code == 403


async def test_when_amazon_does_not_answer_the_message_may_come_again(
    door: Api, aws: Amazon
) -> None:
    key = await a_key(door)
    aws.server.status = 500
    answer = await door.nobody.post(f"/hooks/{key}/sns", json=signed(aws, envelope(ALARM)))

    assert answer.status_code == 502
    assert await kept(door) == []


async def test_a_raw_message_is_believed_for_its_key_and_a_torn_one_is_kept(
    door: Api, aws: Amazon
) -> None:
    key = await a_key(door)
    raw = await door.nobody.post(f"/hooks/{key}/sns", json=ALARM)
    torn = await door.nobody.post(f"/hooks/{key}/sns", content=b'{"Type": "Notification"}')

    assert (raw.status_code, torn.status_code) == (202, 400)
    assert len(await kept(door)) == 2
    assert paths(aws) == []


async def test_where_only_what_is_signed_is_taken_nothing_else_is_at_any_door(
    door: Api, aws: Amazon
) -> None:
    key = await a_key(door)
    hook = HookSettings(name="prod", signed=True)
    settings = door.serving.settings.model_copy(update={"hook": (hook,)})
    app = server.make(replace(door.serving, settings=settings), door.store)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://fettle"
    ) as nobody:
        raw = await nobody.post(f"/hooks/{key}/sns", json=ALARM)
        other = await nobody.post(f"/hooks/{key}/generic", json={"title": "It is slow"})
        good = await nobody.post(f"/hooks/{key}/sns", json=signed(aws, envelope(ALARM)))

    assert [one.status_code for one in (raw, other, good)] == [403, 403, 202]
    assert len(await kept(door)) == 1


async def torn_since(door: Api, message: dict[str, Any]) -> int:
    """Keep a message as it is kept when it cannot be read, but by an update that can read it."""
    arrived = Arrived(door.clock.now(), "prod", "sns", {}, json.dumps(message).encode())
    async with door.serving.pool.connection() as connection:
        (id_,) = await deliveries.keep(connection, [arrived])
    await take(door)
    return id_


async def test_what_was_not_proved_becomes_no_issue_and_is_proved_when_it_is_replayed(
    door: Api, aws: Amazon
) -> None:
    right = await torn_since(door, signed(aws, envelope(ALARM)))
    forged = await torn_since(door, {**signed(aws, envelope(ALARM)), "Signature": "eA=="})
    dead = [(row["state"], row["reason"]) for row in await kept(door)]
    before = await issues(door)
    answer = await door.admin.post(
        "/api/v1/intake/replay",
        json={"hook": "prod"},
    )
    await take(door)

    assert dead == [("dead", "the message is not proved to be of Amazon SNS")] * 2
    assert before == []
    assert answer.json() == {
        "schema": "fettle.replayed/1",
        "replayed": [right],
        "errors": [],
        "lines": [],
        "refused": [
            {"id": forged, "reason": "the signature of the message is not right: it was forged"}
        ],
    }
    assert [row["state"] for row in await kept(door)] == ["taken", "dead"]
    assert [issue["title"] for issue in await issues(door)] == ["shop-5xx"]


async def test_what_the_door_has_proved_is_replayed_without_asking_again(
    door: Api, aws: Amazon
) -> None:
    key = await a_key(door)
    await door.nobody.post(f"/hooks/{key}/sns", json=signed(aws, envelope(ALARM)))
    await take(door)
    aws.server.status = 500
    answer = await door.admin.post("/api/v1/intake/replay", json={"ids": [1]})
    await take(door)

    assert answer.json()["replayed"] == [1]
    assert [row["state"] for row in await kept(door)] == ["taken"]
