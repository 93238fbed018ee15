"""Errors answered with 200 are on disk, scrubbed; whatever else is sent is told why not."""

import base64
import gzip
import json
import zlib
from typing import Any
from uuid import uuid4

import brotli
import httpx
import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from fettle.store import access
from fettle.store.access import CredentialKind
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.sending_errors import (
    Sender,
    a_sender,
    counted,
    digested,
    envelope,
    errors,
    event,
    stored,
)

AS_JSON = {"Content-Type": "application/json"}
PACKED = {"Content-Encoding": "deflate"}
FEW = SETTINGS + "\n[errors]\nrate = 0.1\nburst = 3\n"
OF_ONE = (
    SETTINGS
    + """
[errors]
scrub = ["INV-[0-9]+"]
[[errors.project]]
name = "wiki"
burst = 1
rate = 0.1
scrub = ["PAGE-[0-9]+"]
"""
)


@pytest.fixture
async def shop(api: Api) -> Sender:
    """Give an application that sends its errors."""
    return await a_sender(api)


async def test_an_error_that_was_accepted_is_on_disk_without_secrets(shop: Sender) -> None:
    sent = event(release="1.0", extra={"password": "hunter2"}, user={"id": "7"})
    answer = await shop.post(gzip.compress(envelope(sent)), content_encoding="gzip")

    assert (answer.status_code, answer.json()) == (200, {"id": sent["event_id"]})
    (row,) = await stored(shop.api)
    assert (row["event_id"].hex, row["release"], row["key"]) == (sent["event_id"], "1.0", None)
    assert "hunter2" not in row["body"]


async def test_what_is_sent_twice_is_kept_and_counted_once(shop: Sender) -> None:
    sent = event()
    for _ in range(2):
        assert (await shop.post(envelope(sent))).status_code == 200
        await digested(shop.api)

    assert len(await stored(shop.api)) == 1
    (error,) = await errors(shop.api)
    assert error["events"] == 1


async def test_it_is_unpacked_however_it_is_packed(shop: Sender) -> None:
    ways = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
    for encoding, packed in ways.items():
        answer = await shop.post(packed(envelope(event())), content_encoding=encoding)
        assert answer.status_code == 200, (encoding, answer.text)

    assert len(await stored(shop.api)) == len(ways)


async def test_the_key_is_taken_from_a_header_the_address_or_the_dsn(shop: Sender) -> None:
    api, path = shop.api, f"/api/{shop.project}/envelope/"
    dsn = f"http://{shop.key}@fettle/{shop.project}"
    ways = [
        await api.nobody.post(path, content=envelope(event()), headers=shop.auth),
        await api.nobody.post(f"{path}?sentry_key={shop.key}", content=envelope(event())),
        await api.nobody.post(path, content=envelope(event(), dsn=dsn)),
        await api.nobody.post(path.rstrip("/"), content=envelope(event()), headers=shop.auth),
        await api.nobody.post(
            f"/api/{shop.project}/store/",
            content=json.dumps(event()),
            headers={"Authorization": f"Sentry sentry_version=7,sentry_key={shop.key}"},
        ),
    ]

    assert [answer.status_code for answer in ways] == [200] * len(ways)
    assert len(await stored(api)) == len(ways)


async def test_whoever_has_no_key_of_that_project_is_told_so(shop: Sender) -> None:
    api, sent = shop.api, envelope(event())
    other = await a_sender(api, "wiki")
    hook = await access.create_credential(
        api.store.connection, CredentialKind.HOOK, "prod", None, "test"
    )
    await access.revoke_credential(api.store.connection, [CredentialKind.ERRORS], "wiki", "test")

    async def status(path: str, key: str | None) -> tuple[int, str]:
        headers = {"X-Sentry-Auth": f"Sentry sentry_key={key}"} if key else {}
        answer = await api.nobody.post(path, content=sent, headers=headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json()["detail"] == answer.headers["x-sentry-error"]
        return answer.status_code, answer.headers["x-sentry-error"]

    assert (await status(f"/api/{shop.project}/envelope/", None))[0] == 401
    assert (await status(f"/api/{shop.project}/envelope/", "0" * 32))[0] == 401
    assert (await status(f"/api/{shop.project}/envelope/", hook))[0] == 401
    assert (await status(f"/api/{other.project}/envelope/", other.key))[0] == 401
    wrong = await status(f"/api/{other.project}/envelope/", shop.key)
    assert wrong == (403, "the key is of project 1, and not of 2")
    assert (await status("/api/shop/envelope/", shop.key))[0] == 400
    assert await stored(api) == []


async def test_nothing_is_read_of_whose_dsn_is_unknown(shop: Sender) -> None:
    torn = b'{"dsn": "http://%b@fettle/1"}\n{"type": "event"}\n{"message": "torn'
    path = f"/api/{shop.project}/envelope/"
    unknown = torn % (b"0" * 32)

    answers = [
        await shop.api.nobody.post(path, content=unknown),
        await shop.api.nobody.post(path, content=zlib.compress(unknown), headers=PACKED),
        await shop.api.nobody.post(path, content=zlib.compress(unknown)[:-9], headers=PACKED),
        await shop.api.nobody.post(path, content=b"x" * 70_000),
        await shop.api.nobody.post(path, content=torn % shop.key.encode()),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 413, 400]
    assert list(await counted(shop.api)) == ["refused"]


@pytest.mark.parametrize("settings_text", [FEW])
async def test_over_its_quota_whoever_is_known_by_a_dsn_is_only_counted(shop: Sender) -> None:
    dsn = f"http://{shop.key}@fettle/{shop.project}"
    for _ in range(3):
        await shop.post(envelope(event()))
    answer = await shop.api.nobody.post(
        f"/api/{shop.project}/envelope/",
        content=b'{"dsn": "%b"}\n{"type": "event"}\n{"message": "torn' % dsn.encode(),
    )

    assert answer.status_code == 429
    assert (await counted(shop.api))["dropped"] == {"over its quota": 1}


async def test_another_key_of_the_name_sends_for_the_same_application(shop: Sender) -> None:
    await access.revoke_credential(
        shop.api.store.connection, [CredentialKind.ERRORS], "shop", "test"
    )

    assert (await a_sender(shop.api)).project == shop.project


@pytest.mark.parametrize("settings_text", [FEW])
async def test_over_its_quota_it_is_told_from_the_first_error_on_and_every_one_is_counted(
    shop: Sender,
) -> None:
    answers = [await shop.post(envelope(event())) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[3].headers["retry-after"] == "10"
    limits = answers[3].headers["x-sentry-rate-limits"]
    assert limits.startswith("10:error;default;security:key:over_quota,3600:transaction;span;")
    assert len(await stored(shop.api)) == 3
    assert (await counted(shop.api))["dropped"] == {"over its quota": 2}

    await shop.api.clock.sleep(10)
    assert (await shop.post(envelope(event()))).status_code == 200


@pytest.mark.parametrize("settings_text", [OF_ONE])
async def test_an_application_may_have_terms_of_its_own(shop: Sender) -> None:
    wiki = await a_sender(shop.api, "wiki")
    secret = event(value="INV-1 and PAGE-2 of a customer")

    of_shop = [await shop.post(envelope({**secret, "event_id": uuid4().hex})) for _ in range(2)]
    of_wiki = [await wiki.post(envelope({**secret, "event_id": uuid4().hex})) for _ in range(2)]

    assert [answer.status_code for answer in of_shop] == [200, 200]
    assert [answer.status_code for answer in of_wiki] == [200, 429]
    assert "[[errors.project]]" in of_wiki[1].json()["remedy"]
    first, _, last = map(str, await stored(shop.api))
    assert "INV-1" not in first + last
    assert "PAGE-2" in first
    assert "PAGE-2" not in last


@pytest.mark.parametrize("settings_text", [FEW])
async def test_of_many_in_one_envelope_all_or_none_are_within_the_quota(shop: Sender) -> None:
    answer = await shop.post(envelope(*(event() for _ in range(4))))

    assert answer.status_code == 429
    assert "4 errors at once, and may send 3" in answer.json()["detail"]
    assert await stored(shop.api) == []
    assert (await counted(shop.api))["dropped"] == {"over its quota": 4}


@pytest.mark.parametrize("settings_text", [FEW])
async def test_what_is_refused_takes_nothing_of_the_quota(shop: Sender) -> None:
    async def statuses(*sizes: int) -> list[int]:
        sent = [envelope(*(event() for _ in range(size))) for size in sizes]
        return [(await shop.post(body)).status_code for body in sent]

    assert await statuses(4, 2, 2, 1, 1) == [429, 200, 429, 200, 429]
    assert len(await stored(shop.api)) == 3


async def test_an_sdk_is_told_to_send_no_more_of_what_is_no_error(shop: Sender) -> None:
    body = b'{}\n{"type": "session"}\n{}\n{"type": "transaction"}\n{}'
    answer = await shop.post(body)

    assert answer.status_code == 200
    assert answer.headers["x-sentry-rate-limits"] == "3600:session;transaction:key:not_taken"
    assert (await counted(shop.api))["ignored"] == {
        "session: no error": 1,
        "transaction: no error": 1,
    }


@pytest.mark.parametrize("settings_text", [FEW])
async def test_what_is_no_error_takes_nothing_of_the_quota(shop: Sender) -> None:
    healthy: dict[str, object] = {"resourceSpans": []}
    answers = [await shop.post(b'{}\n{"type": "session"}\n{}') for _ in range(5)]
    answers += [
        await shop.api.nobody.post("/v1/traces", json=healthy, headers={"X-Fettle-Key": shop.key})
        for _ in range(5)
    ]
    answers += [await shop.post(envelope(event())) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}


async def test_what_an_sdk_let_go_of_itself_is_counted(shop: Sender) -> None:
    lost = {"reason": "queue_overflow", "category": "error", "quantity": 7}
    report = json.dumps({"discarded_events": [lost]})
    await shop.post(b'{}\n{"type": "client_report"}\n' + report.encode())

    assert (await counted(shop.api))["discarded"] == {"queue_overflow": 7}


async def test_a_browser_may_send_from_any_page(api: Api) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-sentry-auth",
    }
    for door in ("/api/1/envelope/", "/api/1/store/", "/v1/logs", "/v1/traces"):
        answer = await api.nobody.options(door, headers=asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert "X-Sentry-Auth" in answer.headers["access-control-allow-headers"]


async def test_what_is_too_large_is_refused_before_it_is_unpacked_whole(shop: Sender) -> None:
    large = await shop.post(envelope(event(extra={"a": "x" * 2**20})))
    bomb = await shop.post(gzip.compress(b"0" * 2**25), content_encoding="gzip")

    assert (large.status_code, bomb.status_code) == (413, 413)
    assert sum((await counted(shop.api))["refused"].values()) == 2
    assert await stored(shop.api) == []


async def test_what_cannot_be_read_is_told_where_and_counted_and_kept_nowhere(
    shop: Sender,
) -> None:
    answer = await shop.post(b'{}\n{"type": "event"}\n{"message": "secret-sauce", ')

    assert answer.status_code == 400
    assert answer.headers["x-sentry-error"].startswith("items[0]")
    (reason,) = (await counted(shop.api))["refused"]
    assert reason.startswith("items[0]")
    assert "sauce" not in reason


def _nested(depth: int) -> bytes:
    return b'{"message": "m", "extra": ' + b'{"a":' * depth + b"1" + b"}" * (depth + 1)


def _of(payload: bytes) -> bytes:
    return b'{}\n{"type":"event","length":%d}\n' % len(payload) + payload


HOSTILE = [
    b"",
    b"\0",
    b"null",
    b"[]",
    b"{}",
    b"{",
    b"\xff\xfe\xfd",
    _of(b""),
    _of(b"[]"),
    _of(b"null"),
    _of(b'"text"'),
    _of(b"{"),
    _of(b"{}"),
    _of(b'{"message": "\xff"}'),
    _of(b'{"message": "\\ud800"}'),
    _of(b'{"message": "a\\u0000b", "release": "\\u0000", "environment": "\\ud800"}'),
    _of(b'{"message": "m", "tags": {"\\u0000": "\\u0000", "\\ud83d": "\\ud83d"}}'),
    _of(b'{"message": "m", "user": {"id": "\\ud83d\\u0000"}}'),
    _of(b'{"message": {"a": 1}}'),
    _of(b'{"message": "m", "exception": "KeyError"}'),
    _of(b'{"exception": {"values": "KeyError"}}'),
    _of(b'{"exception": {"values": [null, 1, "a", []]}}'),
    _of(b'{"exception": {"values": [{"type": 1, "value": [], "stacktrace": 7}]}}'),
    _of(b'{"message": "m", "timestamp": "yesterday"}'),
    _of(b'{"message": "m", "timestamp": 1e308}'),
    _of(b'{"message": "m", "timestamp": -1e18}'),
    _of(b'{"message": "m", "timestamp": NaN}'),
    _of(b'{"message": "m", "timestamp": "9999-12-31T23:59:59-14:00"}'),
    _of(b'{"message": "m", "timestamp": "0001-01-01T00:00:00+14:00"}'),
    _of(b'{"message": "m", "event_id": "no"}'),
    _of(b'{"message": "m", "event_id": 5}'),
    _of(b'{"message": "m", "level": "catastrophic"}'),
    _of(b'{"message": "m", "fingerprint": "x"}'),
    _of(b'{"message": "m", "fingerprint": [null, {}, "\\ud800"]}'),
    _of(b'{"message": "m", "breadcrumbs": {"values": 3}}'),
    _of(b'{"message": "m", "contexts": [1, 2]}'),
    _of(b'{"message": "m", "release": {"a": 1}}'),
    _of(b'{"message": "m", "extra": {"n": 1' + b"0" * 5000 + b"}}"),
    _of(_nested(300)),
    _of(_nested(5_000)),
    _of(json.dumps({"message": "m", "tags": {str(n): "v" for n in range(5_000)}}).encode()),
    _of(json.dumps({"message": "x" * 200_000, "transaction": "y" * 200_000}).encode()),
    b'{}\n{"type":"event","length":1000}\n{}',
    b'{}\n{"type":"event","length":-1}\n{}',
    b'{}\n{"type":7}\n{}',
    b'{}\n{"type":"event"}',
    b'{"dsn": 7}\n{"type":"event"}\n{"message":"m"}',
    b'{"event_id": "\\ud800"}\n{"type":"event"}\n{"message":"m"}',
    b'{}\n{"type":"client_report"}\n[]',
    b"{}\n" + b'{"type":"event"}\n{"message":"m"}\n' * 101,
]


async def test_of_hostile_bodies_none_is_a_bug_and_none_is_accepted_and_lost(api: Api) -> None:
    accepted = set()
    shop = await a_sender(api)
    for body in HOSTILE:
        for door, sent in (("envelope", body), ("store", body.rpartition(b"\n")[2])):
            answer = await shop.post(sent, door)
            assert answer.status_code in (200, 400, 413), (door, sent[:100], answer.text)
            if answer.status_code == 200 and "id" in answer.json():
                accepted.add(answer.json()["id"])
    await digested(api)

    rows = await stored(api)
    assert accepted
    assert accepted <= {row["event_id"].hex for row in rows}
    assert [(row["body"][:100], row["dead"]) for row in rows if row["key"] is None] == []
    assert sum(error["events"] for error in await errors(api, limit=200)) == len(rows)


async def test_what_is_not_packed_as_it_says_is_refused(shop: Sender) -> None:
    bodies = (b"\x1f\x8b\x08", b"(\xb5/\xfd\0", b"not packed", base64.b64encode(b"x" * 99))
    for encoding in ("br", "zstd", "gzip", "deflate", "compress", "gzip, gzip", "x"):
        for body in bodies:
            answer = await shop.post(body, content_encoding=encoding)
            assert answer.status_code == 400, (encoding, body, answer.text)


async def test_a_store_that_is_away_is_said_and_nothing_is_accepted(shop: Sender) -> None:
    await shop.post(envelope(event()))  # its key is known by now
    await shop.api.serving.pool.close()
    answer = await shop.post(envelope(event()))

    assert answer.status_code == 503


def _exported(type_: str) -> dict[str, Any]:
    """Return a log record with an exception, and one without, as OpenTelemetry exports them."""
    said = {"exception.type": type_, "exception.message": "no cart"}
    attributes = [{"key": name, "value": {"stringValue": text}} for name, text in said.items()]
    moment = {"timeUnixNano": "1767268800000000000", "severityNumber": 17}
    records = [
        {**moment, "body": {"stringValue": "failed"}, "attributes": attributes},
        {**moment, "severityNumber": 9, "body": {"stringValue": "all is well"}},
    ]
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]}


async def test_opentelemetrys_logs_are_taken_in_both_encodings(shop: Sender) -> None:
    api, as_json = shop.api, _exported("ValueError")
    request = ParseDict(_exported("KeyError"), ExportLogsServiceRequest())
    answers = [
        await api.nobody.post("/v1/logs", json=as_json, headers={"X-Fettle-Key": shop.key}),
        await api.nobody.post(
            "/v1/logs",
            content=gzip.compress(request.SerializeToString()),
            headers={
                "Authorization": f"Bearer {shop.key}",
                "Content-Type": "application/x-protobuf",
                "Content-Encoding": "gzip",
            },
        ),
    ]

    assert [(one.status_code, one.headers["content-type"]) for one in answers] == [
        (200, "application/json"),
        (200, "application/x-protobuf"),
    ]
    await digested(api)
    titles = {error["title"] for error in await errors(api)}
    assert titles == {"ValueError: no cart", "KeyError: no cart"}
    assert (await counted(api, "otlp"))["ignored"] == {"no error": 2}


@pytest.mark.parametrize("settings_text", [FEW])
async def test_over_its_quota_opentelemetrys_errors_are_counted_and_the_rest_is_taken(
    shop: Sender,
) -> None:
    for _ in range(3):
        await shop.post(envelope(event()))
    key = {"X-Fettle-Key": shop.key}
    errors_ = _exported("KeyError")
    (scope,) = errors_["resourceLogs"][0]["scopeLogs"]
    error, harmless = scope["logRecords"]

    async def status(*records: object) -> int:
        scope["logRecords"] = list(records)
        return (await shop.api.nobody.post("/v1/logs", json=errors_, headers=key)).status_code

    assert [await status(harmless), await status(error, harmless, error)] == [200, 429]
    counts = await counted(shop.api, "otlp")
    assert (counts["dropped"], counts["ignored"]) == ({"over its quota": 2}, {"no error": 1})
    assert len(await stored(shop.api)) == 3


@pytest.mark.parametrize("settings_text", [FEW])
async def test_an_export_of_more_than_may_ever_come_at_once_gets_in_as_far_as_it_may(
    shop: Sender,
) -> None:
    """Else an exporter that sends it again until it is taken would do so for ever."""
    api = shop.api
    errors_ = _exported("KeyError")
    (scope,) = errors_["resourceLogs"][0]["scopeLogs"]
    error, harmless = scope["logRecords"]
    scope["logRecords"] = [
        harmless,
        *({**error, "timeUnixNano": str(1_700_000_000_000_000_000 + at)} for at in range(5)),
    ]

    async def export() -> httpx.Response:
        key = {"X-Fettle-Key": shop.key}
        return await api.nobody.post("/v1/logs", json=errors_, headers=key)

    await shop.post(envelope(event()))
    early = await export()
    await api.clock.sleep(int(early.headers["retry-after"]))
    answer = await export()

    assert (early.status_code, early.headers["retry-after"], answer.status_code) == (429, "10", 200)
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "2"
    assert len(await stored(api)) == 1 + 3
    counts = await counted(api, "otlp")
    assert (counts["dropped"], counts["ignored"]) == ({"over its quota": 5 + 2}, {"no error": 2})


async def test_what_opentelemetry_sends_in_vain_is_answered_in_its_encoding(shop: Sender) -> None:
    api, key = shop.api, {"X-Fettle-Key": shop.key}
    nobody = await api.nobody.post("/v1/traces", json={})
    broken = await api.nobody.post("/v1/traces", content=b"{", headers={**key, **AS_JSON})
    garbage = await api.nobody.post(
        "/v1/logs", content=b"\xff\xff", headers={**key, "Content-Type": "application/x-protobuf"}
    )

    assert (nobody.status_code, nobody.json()["code"]) == (401, 16)
    assert (broken.status_code, broken.json()["code"]) == (400, 3)
    assert broken.json()["message"]
    assert (garbage.status_code, garbage.content[:2]) == (400, b"\x08\x03")
    assert sum((await counted(api, "otlp"))["refused"].values()) == 2
