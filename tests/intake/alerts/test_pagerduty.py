"""What an event of PagerDuty's Events API v2 says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions, Mapped
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, read, refused

TRIGGER: dict[str, Any] = {
    "routing_key": "fettle_h_x",
    "event_action": "trigger",
    "dedup_key": "disk/db1",
    "client": "Zabbix",
    "client_url": "https://zabbix.example/42",
    "links": [{"href": "https://wiki.example/disk", "text": "What to do"}],
    "images": [{"src": "https://zabbix.example/disk.png"}],
    "payload": {
        "summary": "DISK at 99 % on db1",
        "timestamp": "2026-01-01T11:17:47.000+0000",
        "source": "db1.example",
        "severity": "error",
        "component": "disk",
        "group": "prod-db",
        "class": "disk usage",
        "custom_details": {"service": "main-db", "free": 4, "nested": {"x": 1}},
    },
}
RESOLVE = {"routing_key": "x", "event_action": "resolve", "dedup_key": "disk/db1"}
PAYLOAD = TRIGGER["payload"]


def test_a_trigger_says_all_that_stands_in_it() -> None:
    signal = one("pagerduty", TRIGGER)

    assert (signal.source, signal.key) == ("prod/pagerduty", "disk/db1")
    assert (signal.title, signal.firing) == ("DISK at 99 % on db1", True)
    assert (signal.severity, signal.said_severity) == (Severity.HIGH, "error")
    assert (signal.service, signal.group) == ("main-db", "prod-db")
    assert signal.labels == {
        "service": "main-db",
        "free": "4",
        "source": "db1.example",
        "component": "disk",
        "class": "disk usage",
        "client": "Zabbix",
    }
    assert signal.started_at == datetime(2026, 1, 1, 11, 17, 47, tzinfo=UTC)
    assert signal.text == "What to do: https://wiki.example/disk"
    assert signal.url == "https://zabbix.example/42"


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("error", Severity.HIGH),
        ("warning", Severity.MEDIUM),
        ("info", Severity.INFO),
    ],
)
def test_each_of_its_severities_means_one_of_ours(word: str, severity: Severity) -> None:
    told = {**TRIGGER, "payload": {**PAYLOAD, "severity": word}}

    assert one("pagerduty", told).severity is severity
    own = HookOptions(severities={word: Severity.LOW})
    assert one("pagerduty", told, own).severity is Severity.LOW


def test_a_resolve_has_the_key_of_its_trigger() -> None:
    end = one("pagerduty", RESOLVE)

    assert (end.source, end.key, end.firing) == ("prod/pagerduty", "disk/db1", False)


def test_an_acknowledge_tells_that_somebody_has_taken_it() -> None:
    acknowledge = {**RESOLVE, "event_action": "acknowledge"}

    assert read("pagerduty", acknowledge) == Mapped(acknowledged=("disk/db1",))


def test_a_trigger_without_a_key_has_the_same_one_whenever_it_is_read() -> None:
    without = {name: value for name, value in TRIGGER.items() if name != "dedup_key"}
    other = {**without, "payload": {**PAYLOAD, "summary": "Another"}}

    assert one("pagerduty", without).key == one("pagerduty", without).key
    assert one("pagerduty", without).key != one("pagerduty", other).key


def test_a_key_too_long_is_cut_the_same_for_its_fire_its_end_and_who_took_it() -> None:
    key = "ü" * 300
    fire = one("pagerduty", {**TRIGGER, "dedup_key": key})
    other = one("pagerduty", {**TRIGGER, "dedup_key": key + "x"})
    end = one("pagerduty", {**RESOLVE, "dedup_key": key})
    taken = read("pagerduty", {**RESOLVE, "dedup_key": key, "event_action": "acknowledge"})

    assert fire.key == end.key == taken.acknowledged[0] != other.key
    assert len(fire.key) == 255


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({**TRIGGER, "event_action": "open"}, "event_action: is none of trigger"),
        ({**TRIGGER, "payload": "text"}, "payload: is not an object"),
        ({**TRIGGER, "payload": {**PAYLOAD, "summary": ""}}, "payload.summary: is missing"),
        ({**TRIGGER, "payload": {**PAYLOAD, "severity": None}}, "payload.severity: is missing"),
        ({"event_action": "resolve"}, "dedup_key: is missing: nothing tells what to resolve"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(event: object, reason: str) -> None:
    assert refused("pagerduty", event).reason.startswith(reason)


@pytest.mark.parametrize(
    ("event", "whose"),
    [
        ({"service_key": "x", "event_type": "trigger"}, "PagerDuty's Events API, version 1"),
        ({"routing_key": "x", "payload": {"summary": "Deploy"}}, "change event"),
        ({"alerts": [], "groupKey": "x"}, "Alertmanager"),
    ],
)
def test_other_payloads_are_told_whose_they_look_like(event: object, whose: str) -> None:
    assert whose in refused("pagerduty", event).reason


def test_details_written_as_a_text_are_its_text() -> None:
    told = {**TRIGGER, "links": None, "payload": {**PAYLOAD, "custom_details": "4 GB left"}}

    assert one("pagerduty", told).text == "4 GB left"
