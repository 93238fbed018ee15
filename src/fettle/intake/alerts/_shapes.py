"""Whose payload a body looks like, for those who sent it to another's door."""

from collections.abc import Mapping
from typing import Any

from fettle.errors import BadPayload

NAMES = {
    "alertmanager": "Alertmanager",
    "datadog": "Datadog",
    "generic": "anybody",
    "grafana": "Grafana",
    "pagerduty": "PagerDuty's Events API",
    "pingdom": "Pingdom",
    "sentry": "Sentry",
    "sns": "Amazon SNS",
    "uptime-kuma": "Uptime Kuma",
}
# What the payload of each has; the first that fits. The narrower stand before the wider.
_SHAPES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("Grafana", "grafana", frozenset({"alerts", "orgId"})),
    ("Grafana's legacy alerting, which Grafana 11 removed", "", frozenset({"ruleId", "ruleName"})),
    ("Alertmanager", "alertmanager", frozenset({"alerts", "groupKey"})),
    ("PagerDuty's Events API", "pagerduty", frozenset({"event_action"})),
    ("PagerDuty's Events API, version 1", "", frozenset({"service_key", "event_type"})),
    ("a PagerDuty change event, which is no alert", "", frozenset({"routing_key", "payload"})),
    ("CloudEvents", "generic", frozenset({"specversion", "source", "type"})),
    ("Sentry", "sentry", frozenset({"action", "data", "actor"})),
    ("Sentry", "sentry", frozenset({"project", "culprit", "event"})),
    ("Uptime Kuma", "uptime-kuma", frozenset({"heartbeat", "monitor", "msg"})),
    ("Amazon SNS", "sns", frozenset({"Type", "TopicArn"})),
    ("a CloudWatch alarm", "sns", frozenset({"AlarmName", "NewStateValue"})),
    ("Pingdom", "pingdom", frozenset({"check_id", "current_state"})),
    ("Datadog", "datadog", frozenset({"alert_transition"})),
    ("Datadog", "datadog", frozenset({"event_type", "last_updated", "title"})),
)


def strange(found: Mapping[str, Any], door: str, why: str) -> BadPayload:
    """Return the error for a payload that is not a vendor's, or not of a version that is read."""
    for name, other, shape in _SHAPES:
        if shape <= found.keys() and other != door:
            remedy = f"its door is /hooks/KEY/{other}" if other else None
            return BadPayload(f"{why}; this looks like a payload of {name}", remedy=remedy)
        if shape <= found.keys():
            break
    return BadPayload(f"{why}; this is no payload of {NAMES[door]} that can be read")
