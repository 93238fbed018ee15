"""What Uptime Kuma's webhook says, as its source writes it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions
from fettle.model.severity import Severity
from fettle.model.signal import SignalKind
from tests.intake.alerts.posting import one, read, refused

MONITOR: dict[str, Any] = {
    "id": 7,
    "name": "Shop",
    "pathName": "Web / Shop",
    "url": "https://shop.example/health",
    "hostname": None,
    "type": "http",
    "interval": 60,
    "tags": [
        {"id": 1, "monitor_id": 7, "tag_id": 2, "name": "service", "value": "shop"},
        {"id": 2, "monitor_id": 7, "tag_id": 3, "name": "severity", "value": "critical"},
    ],
}
DOWN: dict[str, Any] = {
    "heartbeat": {
        "monitorID": 7,
        "status": 0,
        "time": "2026-01-01 11:59:30.123",
        "msg": "connect ECONNREFUSED 192.0.2.1:443",
        "ping": None,
        "important": True,
        "duration": 61,
        "retries": 2,
        "timezone": "Europe/Berlin",
        "timezoneOffset": "+01:00",
        "localDateTime": "2026-01-01 12:59:30",
    },
    "monitor": MONITOR,
    "msg": "[Shop] [🔴 Down] connect ECONNREFUSED 192.0.2.1:443",
}


def beat(status: object) -> dict[str, Any]:
    return {**DOWN, "heartbeat": {**DOWN["heartbeat"], "status": status, "msg": "200 - OK"}}


def told(message: str) -> dict[str, Any]:
    return {"heartbeat": None, "monitor": None, "msg": message}


def test_a_monitor_that_is_down_says_why_since_when_and_of_what() -> None:
    signal = one("uptime-kuma", DOWN)

    assert (signal.source, signal.kind, signal.key) == ("prod/uptime-kuma", SignalKind.PROBE, "7")
    assert (signal.title, signal.text) == ("Shop is down", "connect ECONNREFUSED 192.0.2.1:443")
    assert (signal.service, signal.severity) == ("shop", Severity.CRITICAL)
    assert signal.started_at == datetime(2026, 1, 1, 11, 59, 30, 123000, tzinfo=UTC)
    assert signal.url == "https://shop.example/health"
    assert signal.labels["monitor"] == "Shop"


def test_a_monitor_that_is_up_again_has_the_key_of_its_fire() -> None:
    end = one("uptime-kuma", beat(1))

    assert (end.key, end.firing, end.title) == ("7", False, "Shop is up")
    assert (end.started_at, end.ended_at is not None) == (None, True)


@pytest.mark.parametrize(("status", "said"), [(2, "pending"), (3, "in maintenance")])
def test_what_is_neither_up_nor_down_says_nothing(status: int, said: str) -> None:
    mapped = read("uptime-kuma", beat(status))

    assert (mapped.signals, said in str(mapped.note)) == ((), True)


def test_the_test_message_is_no_alert() -> None:
    mapped = read("uptime-kuma", told("Fettle Testing"))

    assert (mapped.signals, mapped.note) == ((), "no monitor is meant: Fettle Testing")


def test_an_expiry_told_with_fewer_days_is_the_same_alert() -> None:
    text = "[Shop][https://shop.example] TLS certificate shop.example will expire in {} days"
    first, later = (one("uptime-kuma", told(text.format(days))) for days in (14, 7))

    assert first.firing
    assert first.key == later.key
    assert first.title != later.title


def test_a_monitor_without_tags_takes_what_the_hook_says() -> None:
    bare = {**DOWN, "monitor": {**MONITOR, "tags": []}}
    signal = one("uptime-kuma", bare, HookOptions(service="wiki", labels={"severity": "low"}))

    assert (signal.service, signal.severity) == ("wiki", Severity.LOW)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (beat(4), "heartbeat.status: is none of"),
        (beat(None), "heartbeat.status: is missing"),
        (told(""), "msg: is missing"),
        ({**DOWN, "heartbeat": "x"}, "heartbeat: is not an object"),
        ({**DOWN, "heartbeat": {"status": 0}, "monitor": None}, "monitor.id: is missing"),
        ({"msg": "x"}, "heartbeat: is missing; this is no payload of Uptime Kuma"),
        ({"check_id": 1, "current_state": "UP"}, "heartbeat: is missing; this looks like a payl"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(payload: object, reason: str) -> None:
    assert refused("uptime-kuma", payload).reason.startswith(reason)


def test_a_form_is_refused_with_what_to_set() -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    error = refused("uptime-kuma", b"--x", headers)

    assert "application/json" in str(error.remedy)
