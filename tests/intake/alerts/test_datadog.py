"""What Datadog's webhooks say: of the payload that its page gives, and of the default one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.alerts import datadog
from fettle.intake.mapping import HookOptions
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, read, refused

FIRING: dict[str, Any] = {
    "id": "1234567",
    "alert_id": "4242",
    "alert_scope": "host:web-1,service:shop",
    "alert_transition": "Triggered",
    "alert_type": "error",
    "alert_priority": "P2",
    "alert_title": "CPU is high on web-1",
    "aggregation_key": "9bd4ac313a4d1e8fae2482df7b77628",
    "event_type": "metric_alert_monitor",
    "title": "[P2] [Triggered on {host:web-1,service:shop}] CPU is high on web-1",
    "body": "system.cpu was over 90",
    "date": "1767268740000",
    "hostname": "web-1",
    "link": "https://app.datadoghq.com/event/event?id=1234567",
    "tags": "env:prod,host:web-1,service:shop,monitor",
}
DEFAULT: dict[str, Any] = {
    "id": "1234567",
    "last_updated": "1767268740000",
    "event_type": "metric_alert_monitor",
    "title": "[Triggered on {host:web-1}] CPU is high",
    "date": "1767268740000",
    "org": {"id": "1", "name": "acme"},
    "body": "%%%\nsee https://app.datadoghq.eu/monitors/4242?to_ts=1 \n%%%",
}


def test_the_payload_of_the_page_is_the_one_that_is_read() -> None:
    page = str(datadog.__doc__)
    shown = json.loads(page[page.index("`{") + 1 : page.index("}`") + 1])

    assert shown.keys() == FIRING.keys()


def test_a_monitor_says_all_that_stands_in_it() -> None:
    signal = one("datadog", FIRING)

    assert (signal.source, signal.key) == ("prod/datadog", "4242:host:web-1,service:shop")
    assert (signal.title, signal.text) == ("CPU is high on web-1", "system.cpu was over 90")
    assert (signal.severity, signal.said_severity) == (Severity.HIGH, "P2")
    assert (signal.service, signal.group) == ("shop", "monitor 4242")
    assert signal.labels["env"] == "prod"
    assert signal.started_at == datetime(2026, 1, 1, 11, 59, tzinfo=UTC)
    assert signal.url == "https://app.datadoghq.com/event/event?id=1234567"


def test_a_recovery_has_the_key_of_its_fire() -> None:
    recovered = {**FIRING, "alert_transition": "Recovered", "alert_type": "success"}
    end = one("datadog", recovered)

    assert (end.key, end.firing) == (one("datadog", FIRING).key, False)
    assert end.ended_at == datetime(2026, 1, 1, 11, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({"alert_priority": "P1"}, Severity.CRITICAL),
        ({"alert_priority": "", "alert_transition": "Warn"}, Severity.MEDIUM),
        ({"alert_priority": "null"}, Severity.HIGH),
        ({"alert_priority": "$ALERT_PRIORITY", "alert_type": "info"}, Severity.INFO),
    ],
)
def test_how_bad_it_is(more: dict[str, str], severity: Severity) -> None:
    bare = {**FIRING, "title": "CPU is high", **more}

    assert one("datadog", bare).severity is severity


@pytest.mark.parametrize("transition", ["Re-Triggered", "No Data", "Renotify", "Warn"])
def test_every_other_transition_goes_on(transition: str) -> None:
    assert one("datadog", {**FIRING, "alert_transition": transition}).firing


def test_the_default_payload_tells_its_monitor_by_its_link() -> None:
    fire = one("datadog", DEFAULT)
    end = one("datadog", {**DEFAULT, "title": "[Recovered on {host:web-1}] CPU is high"})

    assert (fire.key, fire.firing) == ("4242:{host:web-1}", True)
    assert (end.key, end.firing) == (fire.key, False)
    assert (fire.title, fire.url) == ("CPU is high", "https://app.datadoghq.eu/monitors/4242")


def test_without_any_key_the_name_tells_which_it_is() -> None:
    bare = {**DEFAULT, "body": "no link"}
    end = one("datadog", {**bare, "title": "[Recovered on {host:web-1}] CPU is high"})

    assert one("datadog", bare).key == end.key


def test_a_test_notification_is_no_alert() -> None:
    mapped = read("datadog", {**FIRING, "title": "[P2] [TEST] [Triggered] CPU is high"})

    assert (mapped.signals, mapped.note is None) == ((), False)


def test_what_a_hook_maps_is_mapped() -> None:
    options = HookOptions(severities={"p2": Severity.LOW})

    assert one("datadog", FIRING, options).severity is Severity.LOW


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "title: is missing; this is no payload of Datadog"),
        ({"alert_id": "1", "title": "$EVENT_TITLE"}, "title: is missing"),
        ({"check_id": 1, "current_state": "UP"}, "title: is missing; this looks like a payload of"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(payload: object, reason: str) -> None:
    assert refused("datadog", payload).reason.startswith(reason)


def test_a_form_is_refused_with_what_to_set() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert "Encode as form" in str(refused("datadog", b"payload=x", headers).remedy)
