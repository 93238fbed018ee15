"""What Grafana's webhook contact point says, as its documentation writes it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, read, refused

FIRING: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "High memory", "app": "shop", "zone": "us-1", "priority": "p2"},
    "annotations": {"summary": "Memory is short in us-1", "description": "More than 90 %"},
    "startsAt": "2026-01-01T13:51:03.157076+02:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://grafana.example/alerting/1afz29v7z/edit",
    "fingerprint": "c6eadffa33fcdf37",
    "silenceURL": "https://grafana.example/alerting/silence/new?matchers=zone%3Dus-1",
    "dashboardURL": "https://grafana.example/d/abc",
    "panelURL": "",
    "values": {"B": 44.23943737541908, "C": 1},
    "valueString": "[ var='B' labels={} value=44.2 ]",
}
RESOLVED = {**FIRING, "status": "resolved", "endsAt": "2026-01-01T14:00:00+02:00"}
TEST = {**FIRING, "labels": {"alertname": "TestAlert", "instance": "Grafana"}}


def payload(*alerts: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "receiver": "fettle",
        "status": "firing",
        "orgId": 1,
        "alerts": list(alerts),
        "groupLabels": {"alertname": "High memory"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "https://grafana.example/",
        "version": "1",
        "groupKey": '{}:{alertname="High memory"}',
        "truncatedAlerts": 0,
        "title": "[FIRING:1] High memory",
        "state": "alerting",
        "message": "**Firing**",
        **more,
    }


def test_an_alert_says_what_was_measured_and_where_it_is_seen() -> None:
    signal = one("grafana", payload(FIRING))

    assert (signal.source, signal.key) == ("prod/grafana", "c6eadffa33fcdf37")
    assert (signal.title, signal.service) == ("Memory is short in us-1", "shop")
    assert (signal.severity, signal.said_severity) == (Severity.HIGH, "p2")
    assert signal.text.splitlines()[::2] == [
        "More than 90 %",
        "Measured: B = 44.23943737541908, C = 1",
        "Silence it at Grafana: https://grafana.example/alerting/silence/new?matchers=zone%3Dus-1",
    ]
    assert signal.url == "https://grafana.example/d/abc"
    assert signal.group == '{}:{alertname="High memory"}'
    assert signal.started_at == datetime(2026, 1, 1, 11, 51, 3, 157076, tzinfo=UTC)


def test_an_end_has_the_key_of_its_fire_and_says_when() -> None:
    end = one("grafana", payload(RESOLVED))

    assert (end.key, end.firing) == ("c6eadffa33fcdf37", False)
    assert end.ended_at == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_before_grafana_10_values_are_a_text() -> None:
    old = {name: value for name, value in FIRING.items() if name != "values"}

    assert "[ var='B' labels={} value=44.2 ]" in one("grafana", payload(old)).text


def test_a_test_of_the_contact_point_is_no_alert() -> None:
    mapped = read("grafana", payload(TEST))

    assert (mapped.signals, mapped.note) == (
        (),
        "a test of the contact point arrived; it is no alert",
    )
    assert len(read("grafana", payload(TEST, FIRING)).signals) == 1


def test_a_torn_alert_is_set_aside() -> None:
    mapped = read("grafana", payload({"labels": {"a": "b"}}, FIRING))

    assert len(mapped.signals) == 1
    assert mapped.rejected[0].reason == "alerts[0].status: is missing"


def test_what_a_hook_adds_and_maps_is_added_and_mapped() -> None:
    options = HookOptions(labels={"app": "own"}, severities={"p2": Severity.LOW})
    signal = one("grafana", payload(FIRING), options)

    assert (signal.severity, signal.labels["app"], signal.service) == (Severity.LOW, "own", "own")


@pytest.mark.parametrize("version", ["2", "4", None])
def test_another_version_is_refused(version: object) -> None:
    assert "version: only 1" in refused("grafana", payload(FIRING, version=version)).reason


def test_alertmanagers_payload_is_told_so() -> None:
    theirs = {name: value for name, value in payload(FIRING).items() if name != "orgId"}
    error = refused("grafana", theirs)

    assert error.reason == "orgId: is missing; this looks like a payload of Alertmanager"


def test_the_legacy_alerting_is_told_so() -> None:
    legacy = {"ruleId": 1, "ruleName": "CPU", "state": "alerting", "evalMatches": []}

    assert "Grafana 11 removed" in refused("grafana", legacy).reason
