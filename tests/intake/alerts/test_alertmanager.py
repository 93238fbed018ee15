"""What Alertmanager's webhook says, as its documentation writes it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions, Mapped
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests.intake.alerts.posting import one, read, refused

FIRING: dict[str, Any] = {
    "status": "firing",
    "labels": {
        "alertname": "InstanceDown",
        "instance": "db1.example:9100",
        "job": "node",
        "service": "main-db",
        "severity": "critical",
    },
    "annotations": {
        "summary": "db1 does not answer",
        "description": "No scrape for 5 minutes.",
        "runbook_url": "https://runbooks.example/down",
    },
    "startsAt": "2026-01-01T12:58:45.828739266+01:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://prometheus.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
    "fingerprint": "1a30ba71cca2921f",
}
RESOLVED = {**FIRING, "status": "resolved", "endsAt": "2026-01-01T12:10:45.5Z"}


def payload(*alerts: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "receiver": "fettle",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "InstanceDown"},
        "commonLabels": {"alertname": "InstanceDown"},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example",
        "version": "4",
        "groupKey": '{}/{severity="critical"}:{alertname="InstanceDown"}',
        "truncatedAlerts": 0,
        **more,
    }


def said(*alerts: Any, **more: Any) -> Signal:  # noqa: ANN401 - JSON
    return one("alertmanager", payload(*alerts, **more))


def test_an_alert_says_all_that_stands_in_it() -> None:
    assert said(FIRING) == Signal(
        source="prod/alertmanager",
        kind=SignalKind.ALERT,
        key="1a30ba71cca2921f",
        firing=True,
        title="db1 does not answer",
        text="No scrape for 5 minutes.\n\nRunbook: https://runbooks.example/down",
        runbook_url="https://runbooks.example/down",
        severity=Severity.CRITICAL,
        said_severity="critical",
        service="main-db",
        group='{}/{severity="critical"}:{alertname="InstanceDown"}',
        rule="InstanceDown",
        labels=FIRING["labels"],
        started_at=datetime(2026, 1, 1, 11, 58, 45, 828739, tzinfo=UTC),
        url="https://prometheus.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
    )


def test_a_notification_without_alerts_says_so() -> None:
    assert read("alertmanager", payload()) == Mapped(note="alerts is an empty list")


def test_an_end_has_the_key_of_its_fire_and_says_when() -> None:
    fire, end = said(FIRING), said(RESOLVED)

    assert (end.source, end.key, end.firing) == (fire.source, fire.key, False)
    assert end.ended_at == datetime(2026, 1, 1, 12, 10, 45, 500000, tzinfo=UTC)


def test_one_group_of_everything_groups_nothing() -> None:
    assert said(FIRING, groupLabels={}, groupKey="{}:{}").group is None


def test_without_a_fingerprint_the_labels_tell_which_it_is() -> None:
    old = {name: value for name, value in FIRING.items() if name != "fingerprint"}
    turned = {**old, "labels": dict(reversed(old["labels"].items()))}
    other = {**old, "labels": {**old["labels"], "instance": "db2"}}

    assert said(old).key == said(turned).key != said(other).key
    assert said({**old, "status": "resolved"}).key == said(old).key


def test_without_a_summary_the_title_is_the_name_and_the_place() -> None:
    assert said({**FIRING, "annotations": {}}).title == "InstanceDown on db1.example:9100"


def test_a_job_names_no_service() -> None:
    labels = {"alertname": "Slow", "job": "node", "priority": "P2"}
    signal = said({**FIRING, "labels": labels})

    assert (signal.service, signal.severity) == (None, Severity.HIGH)


def test_what_a_hook_adds_and_maps_is_added_and_mapped() -> None:
    options = HookOptions(
        service="wiki", labels={"site": "north"}, severities={"paging": Severity.MEDIUM}
    )
    labels = {"alertname": "Slow", "severity": "Paging"}
    signal = one("alertmanager", payload({**FIRING, "labels": labels}), options)

    assert (signal.service, signal.labels["site"]) == ("wiki", "north")
    assert (signal.severity, signal.said_severity) == (Severity.MEDIUM, "Paging")
    assert one("alertmanager", payload(FIRING), options).service == "main-db"


def test_a_word_that_nobody_knows_is_kept_and_no_severity() -> None:
    signal = said({**FIRING, "labels": {"alertname": "Slow", "severity": "tuesday"}})

    assert (signal.severity, signal.said_severity) == (None, "tuesday")


@pytest.mark.parametrize(
    ("torn", "reason"),
    [
        ({**FIRING, "status": "pending"}, "alerts[1].status: is 'pending', not firing or resolved"),
        ({**FIRING, "status": None}, "alerts[1].status: is missing"),
        ({"status": "firing"}, "alerts[1].labels: is missing"),
        ("text", "alerts[1]: is not an object"),
        (None, "alerts[1]: is not an object"),
    ],
)
def test_a_torn_alert_is_set_aside_and_the_others_are_taken(torn: object, reason: str) -> None:
    mapped = read("alertmanager", payload(FIRING, torn, RESOLVED))

    assert [signal.firing for signal in mapped.signals] == [True, False]
    (rejected,) = mapped.rejected
    assert (rejected.at, rejected.reason.startswith(reason)) == ("alerts[1]", True)


def test_when_none_can_be_read_all_are_refused() -> None:
    error = refused("alertmanager", payload("a", "b"))

    assert error.reason == "alerts[0]: is not an object; nor can the other 1"


def test_what_was_left_out_by_its_sender_is_noted() -> None:
    assert "7 more alerts" in str(read("alertmanager", payload(FIRING, truncatedAlerts=7)).note)


def test_an_empty_list_says_nothing() -> None:
    assert read("alertmanager", payload()).signals == ()


@pytest.mark.parametrize("version", ["3", "5", 3, None, {}])
def test_another_version_is_refused(version: object) -> None:
    assert "version: only 4" in refused("alertmanager", payload(FIRING, version=version)).reason


def test_anothers_payload_is_told_whose_it_looks_like() -> None:
    error = refused("alertmanager", payload(FIRING, orgId=1, version="1"))

    assert error.reason.endswith("this looks like a payload of Grafana")
    assert error.remedy == "its door is /hooks/KEY/grafana"


def test_a_moment_that_cannot_be_read_loses_no_alert() -> None:
    signal = said({**FIRING, "startsAt": "yesterday", "generatorURL": "javascript:alert(1)"})

    assert (signal.started_at, signal.url) == (None, None)
