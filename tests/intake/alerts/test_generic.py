"""What anybody posts: by the names that are common, or by a template of one's own."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.intake.mapping import HookOptions, Template
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, read, refused

PLAIN: dict[str, Any] = {
    "title": "Backup failed",
    "description": "exit status 1",
    "status": "firing",
    "severity": "high",
    "service": "main-db",
    "key": "backup/main-db",
    "group": "backups",
    "labels": {"host": "db1"},
    "started_at": "2026-01-01T11:00:00Z",
    "url": "https://backups.example/1",
}
OWN: dict[str, Any] = {
    "env": {"name": "prod"},
    "checks": [
        {
            "check.name": "disk",
            "host": "db1",
            "state": "RED",
            "since": 1767268740,
            "tags": ["sda", "raid"],
            "level": {"word": "urgent"},
            "team": "data",
        },
        {"check.name": "load", "host": "db2", "state": "Green", "level": {"word": "calm"}},
    ],
}
TEMPLATE = Template(
    items="checks",
    title="{check.name} on {host}",
    key="{$.env.name}/{check.name}/{host}",
    firing="state",
    resolved_when=("green",),
    severity="level.word",
    service="team",
    group="$.env.name",
    started_at="since",
    labels={"disk": "tags[0]", "none": "tags[7]"},
)


def test_the_common_names_are_found() -> None:
    signal = one("generic", PLAIN)

    assert (signal.source, signal.key) == ("prod/generic", "backup/main-db")
    assert (signal.title, signal.text) == ("Backup failed", "exit status 1")
    assert (signal.severity, signal.service, signal.group) == (
        Severity.HIGH,
        "main-db",
        "backups",
    )
    assert signal.labels == {"host": "db1"}
    assert signal.started_at == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert signal.url == "https://backups.example/1"


@pytest.mark.parametrize(
    ("more", "firing"),
    [
        ({}, True),
        ({"status": "OK"}, False),
        ({"state": "Resolved"}, False),
        ({"event_action": "resolve"}, False),
        ({"firing": False}, False),
        ({"firing": True}, True),
        ({"resolved": True}, False),
        ({"resolved": False}, True),
        ({"status": 0}, False),
        ({"alert_status": "anything"}, True),
    ],
)
def test_what_says_whether_it_goes_on(more: dict[str, object], firing: bool) -> None:
    signal = one("generic", {"title": "Backup failed", **more})

    assert (signal.firing, signal.key) == (firing, "Backup failed")


def test_a_list_is_a_list_of_alerts_and_a_torn_one_is_set_aside() -> None:
    mapped = read("generic", [PLAIN, {"x": 1}, 5, {**PLAIN, "status": "ok"}])

    assert [signal.firing for signal in mapped.signals] == [True, False]
    assert [rejected.at for rejected in mapped.rejected] == ["alerts[1]", "alerts[2]"]
    assert read("generic", []).note == "alerts is an empty list"


def test_a_template_says_where_things_stand() -> None:
    mapped = read("generic", OWN, HookOptions(template=TEMPLATE))

    disk, load = mapped.signals
    assert (disk.title, disk.key, disk.firing) == ("disk on db1", "prod/disk/db1", True)
    assert (disk.said_severity, disk.severity) == ("urgent", Severity.HIGH)
    assert (disk.service, disk.group, disk.labels) == ("data", "prod", {"disk": "sda"})
    assert disk.started_at == datetime(2026, 1, 1, 11, 59, tzinfo=UTC)
    assert (load.firing, load.severity, load.said_severity) == (False, None, "calm")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (Template(items="alerts"), "alerts: is no list, which the template's items names"),
        (Template(title="name"), "name: is missing, which the template's title names"),
        (Template(title="env.name", key="no"), "no: is missing, which the template's key names"),
        (
            Template(title="env.name", firing="{env.name}{x}"),
            "{env.name}{x}: is missing, which the template's firing names",
        ),
    ],
)
def test_a_template_that_matches_nothing_is_told_so(template: Template, reason: str) -> None:
    with pytest.raises(BadPayload) as raised:
        read("generic", OWN, HookOptions(template=template))
    assert raised.value.reason == reason


@pytest.mark.parametrize("payload", [{}, 5, None, "text", {"a": 1}, {"title": {"x": 1}}])
def test_without_a_title_it_is_told_where_to_set_one(payload: object) -> None:
    error = refused("generic", payload)

    assert error.reason.startswith("title: is missing")
    assert "[hook.template]" in str(error.remedy)


def test_what_a_hook_adds_and_maps_is_added_and_mapped() -> None:
    options = HookOptions(
        service="wiki", labels={"host": "db9"}, severities={"urgent": Severity.CRITICAL}
    )
    signal = one(
        "generic", {"title": "x", "severity": "urgent", "labels": {"host": "db1"}}, options
    )

    assert (signal.service, signal.labels) == ("wiki", {"host": "db9"})
    assert signal.severity is Severity.CRITICAL
