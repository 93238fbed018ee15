"""The shape of a heartbeat as the API and `fettle heartbeat --format json` give it.

Moments are UTC to the second (`2026-11-23T10:00:00Z`), durations ISO 8601 (`PT1H`).
"""

from datetime import UTC, datetime
from typing import Literal

from typing_extensions import TypedDict

from fettle.model.heartbeat import Heartbeat
from fettle.model.quantity import iso_duration
from fettle.model.severity import SeverityName


class HeartbeatItem(TypedDict):
    """A job that says that it ran, in a list."""

    id: str | None
    """Null for who may only look: whoever knows it can ping."""
    name: str
    url: str | None
    """The address to ping; `/start`, `/fail` or an exit status may come after it, and `?rid=` with
    a UUID that names the run. Null for who may only look."""
    every: str
    grace: str
    """How much later it may come, and how long it may take once it said that it begins."""
    severity: SeverityName
    """How bad it is when it is late or fails."""
    service: str | None
    state: Literal["new", "up", "started", "late", "failed"]
    seen_at: str | None
    """When it last said that it ran, well or not."""
    started_at: str | None
    """When it said that it begins, while it has not said more."""
    due_at: str | None
    """When it is late if nothing comes before."""
    created_at: str
    created_by: str


class HeartbeatDocument(HeartbeatItem):
    """A job that says that it ran."""

    schema: Literal["fettle.heartbeat/1"]


class HeartbeatsDocument(TypedDict):
    """Heartbeats by name."""

    schema: Literal["fettle.heartbeats/1"]
    items: list[HeartbeatItem]
    next: str | None
    """The `cursor` of what comes after these."""


def document(heartbeat: Heartbeat, base: str | None) -> HeartbeatDocument:
    """Return the document of one; see `item`."""
    return {"schema": "fettle.heartbeat/1", **item(heartbeat, base)}


def item(heartbeat: Heartbeat, base: str | None) -> HeartbeatItem:
    """Return it as it stands in a list.

    `base` is where people reach the server, without a slash at its end; None for those who are not
    to know the address.
    """
    return {
        "id": None if base is None else str(heartbeat.id),
        "name": heartbeat.name,
        "url": None if base is None else f"{base}/ping/{heartbeat.id}",
        "every": iso_duration(heartbeat.period),
        "grace": iso_duration(heartbeat.grace),
        "severity": heartbeat.severity.label,
        "service": heartbeat.service,
        "state": heartbeat.state.value,
        "seen_at": _moment(heartbeat.seen_at),
        "started_at": _moment(heartbeat.started_at),
        "due_at": _moment(heartbeat.due_at),
        "created_at": _moment(heartbeat.created_at) or "",
        "created_by": heartbeat.created_by,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
