"""What Pingdom's state change says, at its own door and at the generic one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake.mapping import HookOptions
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, refused

DOWN: dict[str, Any] = {
    "check_id": 12345,
    "check_name": "Shop, front page",
    "check_type": "HTTP",
    "check_params": {
        "basic_auth": False,
        "encryption": True,
        "full_url": "https://shop.example/",
        "hostname": "shop.example",
        "port": 443,
        "url": "/",
    },
    "tags": ["web", "service:shop"],
    "previous_state": "UP",
    "current_state": "DOWN",
    "importance_level": "HIGH",
    "state_changed_timestamp": 1767268740,
    "state_changed_utc_time": "2026-01-01T11:59:00",
    "long_description": "HTTP Server Error 503 Service Unavailable",
    "description": "HTTP Error 503",
    "custom_message": "Call the shop's team",
    "first_probe": {"ip": "192.0.2.1", "ipv6": "", "location": "Stockholm, Sweden"},
    "second_probe": {"ip": "192.0.2.2", "ipv6": "", "location": "Austin, US"},
}


@pytest.mark.parametrize("door", ["pingdom", "generic"])
def test_a_check_that_is_down_says_why_since_when_and_from_where(door: str) -> None:
    signal = one(door, DOWN)

    assert (signal.key, signal.title, signal.firing) == ("12345", "Shop, front page is DOWN", True)
    assert signal.text.splitlines() == [
        "HTTP Server Error 503 Service Unavailable",
        "Call the shop's team",
        "Seen from Stockholm, Sweden.",
        "Seen from Austin, US.",
    ]
    assert (signal.severity, signal.service) == (Severity.HIGH, "shop")
    assert signal.started_at == datetime(2026, 1, 1, 11, 59, tzinfo=UTC)
    assert signal.url == "https://shop.example/"


@pytest.mark.parametrize(
    ("state", "firing"), [("UP", False), ("SUCCESS", False), ("FAILING", True)]
)
def test_its_other_states(state: str, firing: bool) -> None:
    signal = one("pingdom", {**DOWN, "current_state": state})

    assert (signal.key, signal.firing) == ("12345", firing)
    assert (signal.ended_at is None) is firing


def test_its_importance_can_be_mapped() -> None:
    options = HookOptions(severities={"high": Severity.CRITICAL})

    assert one("pingdom", DOWN, options).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({**DOWN, "current_state": "ODD"}, "current_state: is none of DOWN, UP, FAILING"),
        ({**DOWN, "check_id": None}, "check_id: is missing"),
        ({**DOWN, "version": 2}, "version: only 1"),
        ({"heartbeat": {}, "monitor": {}, "msg": "x"}, "check_id: is missing; this looks like a"),
        ([], "the body is a list"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(payload: object, reason: str) -> None:
    assert refused("pingdom", payload).reason.startswith(reason)
