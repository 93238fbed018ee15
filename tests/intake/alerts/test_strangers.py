"""Who sends to another vendor's door is told whose payload that looks like, and where it goes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.intake.mapping import Posted, mapping_of, vendors

PAYLOADS: dict[str, tuple[str, dict[str, Any]]] = {
    "alertmanager": ("Alertmanager", {"version": "4", "groupKey": "{}:{}", "alerts": []}),
    "grafana": ("Grafana", {"version": "1", "orgId": 1, "groupKey": "{}", "alerts": []}),
    "pagerduty": ("PagerDuty's Events API", {"event_action": "trigger", "routing_key": "k"}),
    "sentry": ("Sentry", {"action": "created", "data": {}, "actor": {}, "installation": {}}),
    "uptime-kuma": ("Uptime Kuma", {"heartbeat": None, "monitor": None, "msg": "x Testing"}),
    "datadog": ("Datadog", {"event_type": "x", "last_updated": "1", "title": "t", "org": {}}),
    "sns": ("a CloudWatch alarm", {"AlarmName": "a", "NewStateValue": "OK"}),
    "pingdom": ("Pingdom", {"check_id": 1, "check_type": "HTTP", "current_state": "UP"}),
}
# The generic door takes whatever has a title; what it does not know is none of another's.
DOORS = sorted(set(vendors()) - {"generic"})


@pytest.mark.parametrize(
    ("door", "sent"), [(door, sent) for door in DOORS for sent in PAYLOADS if door != sent]
)
def test_a_payload_at_another_door_is_told_whose_it_is(door: str, sent: str) -> None:
    name, payload = PAYLOADS[sent]
    posted = Posted("prod", json.dumps(payload).encode(), datetime(2026, 1, 1, tzinfo=UTC))

    with pytest.raises(BadPayload) as refused:
        mapping_of(door)(posted)

    assert f"this looks like a payload of {name}" in refused.value.reason
    assert refused.value.remedy == f"its door is /hooks/KEY/{sent}"


def test_each_door_has_a_payload_here() -> None:
    assert sorted(PAYLOADS) == DOORS
