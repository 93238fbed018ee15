"""What Sentry's webhooks say, as its documentation writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from tests.intake.alerts.posting import one, read, refused

ACTOR = {"id": "sentry", "name": "Sentry", "type": "application"}
ISSUE: dict[str, Any] = {
    "id": "1170820242",
    "shortId": "SHOP-1G",
    "title": "TypeError: total is undefined",
    "culprit": "checkout.views in pay",
    "level": "error",
    "status": "unresolved",
    "substatus": "new",
    "platform": "python",
    "project": {"id": "1", "name": "Shop", "slug": "shop", "platform": "python"},
    "metadata": {"type": "TypeError", "value": "total is undefined"},
    "userCount": 12,
    "count": "40",
    "firstSeen": "2026-01-01T11:58:00.000000Z",
    "lastSeen": "2026-01-01T11:59:00.000000Z",
    "issueCategory": "error",
    "web_url": "https://acme.sentry.io/issues/1170820242/",
}
EVENT: dict[str, Any] = {
    "event_id": "e4874d664c3540c1a32eab185f12c5ab",
    "issue_id": "1170820242",
    "title": "TypeError: total is undefined",
    "culprit": "checkout.views in pay",
    "message": "",
    "level": "fatal",
    "platform": "python",
    "datetime": "2026-01-01T11:59:00.000000Z",
    "tags": [["environment", "production"], ["level", "fatal"], ["torn"], "x"],
    "url": "https://sentry.io/api/0/projects/acme/shop/events/e4874d66/",
    "web_url": "https://acme.sentry.io/issues/1170820242/events/e4874d66/",
    "issue_url": "https://sentry.io/api/0/issues/1170820242/",
}
METRIC: dict[str, Any] = {
    "action": "critical",
    "actor": ACTOR,
    "data": {
        "description_text": "1000 events in the last 10 minutes\nFilter: level:error",
        "description_title": "Critical: Too many errors",
        "metric_alert": {
            "id": "4",
            "identifier": "1",
            "title": "Too many errors",
            "projects": ["shop"],
            "date_started": "2026-01-01T11:50:00Z",
            "date_closed": None,
            "alert_rule": {"id": "7", "name": "Too many errors", "environment": "prod"},
        },
        "web_url": "https://acme.sentry.io/alerts/1/",
    },
}


def hooked(resource: str, payload: object, options: HookOptions | None = None) -> Signal:
    return one("sentry", payload, options or HookOptions(), {"sentry-hook-resource": resource})


def issue(action: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"action": action, "actor": ACTOR, "data": {"issue": {**ISSUE, **more}}}


def test_a_new_issue_says_all_that_stands_in_it() -> None:
    signal = hooked("issue", issue("created"))

    assert (signal.source, signal.kind) == ("prod/sentry", SignalKind.ERROR)
    assert (signal.key, signal.title) == ("issue:1170820242", "TypeError: total is undefined")
    assert (signal.severity, signal.service) == (Severity.HIGH, "shop")
    assert signal.facts.users_affected == 12
    assert signal.started_at == datetime(2026, 1, 1, 11, 58, tzinfo=UTC)
    assert signal.url == "https://acme.sentry.io/issues/1170820242/"


@pytest.mark.parametrize(
    ("action", "firing"),
    [("unresolved", True), ("resolved", False), ("archived", False), ("ignored", False)],
)
def test_what_becomes_of_an_issue(action: str, firing: bool) -> None:
    signal = hooked("issue", issue(action))

    assert (signal.key, signal.firing) == ("issue:1170820242", firing)
    assert signal.started_at is None  # first seen is the beginning of its first episode only


@pytest.mark.parametrize("resource", ["event_alert", "error"])
def test_an_events_key_is_that_of_its_issue(resource: str) -> None:
    name = "event" if resource == "event_alert" else "error"
    data = {name: EVENT, "triggered_rule": "Any error in production"}
    signal = hooked(resource, {"action": "triggered", "actor": ACTOR, "data": data})

    assert signal.key == hooked("issue", issue("resolved")).key
    assert (signal.severity, signal.service) == (Severity.CRITICAL, "shop")
    assert signal.labels["environment"] == "production"
    assert ("The rule: Any error in production" in signal.text) is (name == "event")


def test_a_metric_alert_fires_and_ends_under_the_key_of_its_rule() -> None:
    alert = METRIC["data"]["metric_alert"]
    closed = {**alert, "id": "5", "date_closed": "2026-01-01T12:00:00Z"}
    fire = hooked("metric_alert", METRIC)
    end = hooked(
        "metric_alert",
        {**METRIC, "action": "resolved", "data": {**METRIC["data"], "metric_alert": closed}},
    )

    assert (fire.kind, fire.severity, fire.service) == (
        SignalKind.ALERT,
        Severity.CRITICAL,
        "shop",
    )
    assert (fire.key, end.key, end.firing) == ("metric_alert:7", "metric_alert:7", False)
    assert fire.started_at == datetime(2026, 1, 1, 11, 50, tzinfo=UTC)
    assert end.ended_at == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_activity_alert_is_of_its_issue() -> None:
    assert hooked("activity_alert", issue("triggered")).firing
    assert not hooked("activity_alert", issue("triggered", status="resolved")).firing


def test_the_legacy_plugin_is_read() -> None:
    legacy = {
        "id": "1170820242",
        "project": "shop",
        "project_name": "Shop",
        "project_slug": "shop",
        "level": "warning",
        "culprit": "checkout.views in pay",
        "message": "This is an example",
        "url": "https://acme.sentry.io/issues/1170820242/",
        "triggering_rules": ["All"],
        "event": {"event_id": "x", "tags": [["service", "wiki"]]},
    }
    signal = one("sentry", legacy)

    assert (signal.key, signal.title) == ("issue:1170820242", "This is an example")
    assert (signal.severity, signal.service) == (Severity.MEDIUM, "wiki")


def test_without_its_header_a_body_tells_what_it_is_about() -> None:
    assert one("sentry", issue("created")) == hooked("issue", issue("created"))
    assert one("sentry", METRIC) == hooked("metric_alert", METRIC)


def test_what_a_hook_adds_and_maps_is_added_and_mapped() -> None:
    options = HookOptions(labels={"site": "north"}, severities={"error": Severity.LOW})
    signal = hooked("issue", issue("created"), options)

    assert (signal.severity, signal.labels["site"]) == (Severity.LOW, "north")


@pytest.mark.parametrize("resource", ["installation", "comment", "seer", "x" * 500])
def test_what_is_no_alert_is_noted(resource: str) -> None:
    mapped = read("sentry", {"action": "created"}, headers={"sentry-hook-resource": resource})

    assert (mapped.signals, mapped.note is None) == ((), False)


def test_who_an_issue_is_assigned_to_is_noted() -> None:
    assert "assigned" in str(read("sentry", issue("assigned")).note)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (issue("deleted"), "action: is none of created"),
        ({"action": "created", "data": {"issue": {}}}, "data.issue.id: is missing"),
        ({**METRIC, "action": "open"}, "action: is none of critical"),
        ({"data": {"event": {"title": "x"}}}, "data.event.issue_id: is missing"),
        ({"alerts": [], "groupKey": ""}, "the header Sentry-Hook-Resource is missing; this looks"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(payload: object, reason: str) -> None:
    assert refused("sentry", payload).reason.startswith(reason)
