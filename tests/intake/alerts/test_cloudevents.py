"""CloudEvents 1.0 at the generic door, in both of their modes and in batches."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions, Template
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, read, refused

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "A234-1234-1234",
    "source": "/cloud/monitor",
    "type": "com.example.alarm.raised",
    "subject": "db1/disk",
    "time": "2026-01-01T11:59:00Z",
    "datacontenttype": "application/json",
    "traceparent": "00-abc",
    "data": {"severity": "critical", "service": "main-db", "message": "99 % full"},
}
HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "ce-specversion": "1.0",
    "ce-id": "A234-1234-1234",
    "ce-source": "/cloud/monitor",
    "ce-type": "com.example.alarm.raised",
    "ce-subject": "db1%2Fdisk%20%E2%82%AC",
    "ce-time": "2026-01-01T11:59:00Z",
}


def test_an_event_says_what_it_is_about_and_carries() -> None:
    signal = one("generic", EVENT)

    assert (signal.key, signal.firing) == ("/cloud/monitor db1/disk", True)
    assert (signal.title, signal.service) == ("99 % full", "main-db")
    assert signal.severity is Severity.CRITICAL
    assert signal.started_at == datetime(2026, 1, 1, 11, 59, tzinfo=UTC)
    assert signal.labels == {
        "source": "/cloud/monitor",
        "type": "com.example.alarm.raised",
        "subject": "db1/disk",
        "traceparent": "00-abc",
    }


def test_its_attributes_may_be_headers() -> None:
    signal = one("generic", EVENT["data"], headers=HEADERS)

    assert (signal.key, signal.title) == ("/cloud/monitor db1/disk €", "99 % full")
    assert (signal.severity, signal.service) == (Severity.CRITICAL, "main-db")


@pytest.mark.parametrize("kind", ["closed", "resolved", "ok", "recovered", "cleared"])
def test_the_last_part_of_its_type_says_that_it_has_ended(kind: str) -> None:
    end = one("generic", {**EVENT, "id": "another", "type": f"com.example.alarm.{kind}"})

    assert (end.key, end.firing, end.ended_at is None) == ("/cloud/monitor db1/disk", False, False)


def test_without_a_subject_the_type_tells_what_it_is_about() -> None:
    bare = {name: EVENT[name] for name in ("specversion", "id", "source", "type")}
    signal = one("generic", bare)

    assert signal.key == "/cloud/monitor com.example.alarm.raised"
    assert signal.title == "com.example.alarm.raised"


def test_data_may_be_in_base64_and_may_be_a_text() -> None:
    encoded = base64.b64encode(json.dumps(EVENT["data"]).encode()).decode()
    bare = {name: value for name, value in EVENT.items() if name != "data"}
    text = {**HEADERS, "content-type": "text/plain"}

    assert one("generic", {**bare, "data_base64": encoded}).title == "99 % full"
    assert one("generic", b"it is full", headers=text).text == "it is full"
    assert one("generic", b"", headers=HEADERS).title.startswith("com.example.alarm.raised")


def test_a_batch_is_many_and_a_torn_event_is_set_aside() -> None:
    headers = {"content-type": "application/cloudevents-batch+json; charset=utf-8"}
    torn = {**EVENT, "specversion": "0.3"}
    mapped = read("generic", [EVENT, torn, {**EVENT, "subject": "db2"}], headers=headers)

    assert [signal.key for signal in mapped.signals] == [
        "/cloud/monitor db1/disk",
        "/cloud/monitor db2",
    ]
    assert mapped.rejected[0].reason == "events[1].specversion: only 1.0 of CloudEvents is read"
    assert "no batch" in refused("generic", {"title": "x"}, headers).reason


def test_a_template_goes_from_what_it_carries() -> None:
    options = HookOptions(template=Template(title="message", severity="severity", key="service"))
    signal = one("generic", EVENT, options)

    assert (signal.key, signal.title, signal.severity) == (
        "main-db",
        "99 % full",
        Severity.CRITICAL,
    )


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({**EVENT, "specversion": "2.0"}, "specversion: only 1.0"),
        ({**EVENT, "source": ""}, "source: is missing"),
        ({**EVENT, "id": None}, "id: is missing"),
        ({**EVENT, "data_base64": "?"}, "data_base64: is not written in base64"),
        ({**EVENT, "data_base64": "e3s="}, "data_base64 is not JSON"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(event: object, reason: str) -> None:
    assert refused("generic", event).reason.startswith(reason)


def test_a_header_that_is_missing_is_told() -> None:
    headers = {name: value for name, value in HEADERS.items() if name != "ce-type"}

    assert refused("generic", {}, headers).reason == "ce.type: is missing"
