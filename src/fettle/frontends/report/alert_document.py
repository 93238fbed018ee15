"""The shape of an issue's alerts, and of what people were told of it."""

from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.address import address
from fettle.frontends.report.moments import moment, said
from fettle.model.alert import Alert
from fettle.model.severity import SeverityName
from fettle.store.statements import Row


class AlertDocument(TypedDict):
    """An alert of the issue, and how it stands."""

    id: int
    source: str
    key: str
    """The source's own name for it."""
    title: str
    severity: SeverityName | None
    """The source's own, null where it names none."""
    service: str | None
    firing: bool
    flapping: bool
    times: int
    """How often it was told of."""
    since: str
    """When it last began."""
    ended_at: str | None
    seen_at: str
    url: str | None
    """Where its source shows it, of http or https; null where it says no such address."""
    runbook_url: str | None
    """Where its source says what to do, alike."""


class NotificationDocument(TypedDict):
    """What somebody was told of the issue, or is about to be."""

    receiver: str
    event: str
    state: Literal["waiting", "sent", "failed", "merged"]
    """`merged` ones were told in a digest."""
    created_at: str
    sent_at: str | None
    attempts: int
    error: str | None


def of_alert(alert: Alert) -> AlertDocument:
    """Return an alert of an issue."""
    return {
        "id": alert.id,
        "source": alert.source,
        "key": alert.key,
        "title": alert.title,
        "severity": None if alert.severity is None else alert.severity.label,
        "service": alert.service,
        "firing": alert.firing,
        "flapping": alert.flapping,
        "times": alert.times,
        "since": said(alert.started_at),
        "ended_at": moment(alert.ended_at),
        "seen_at": said(alert.seen_at),
        "url": alert.url and address(alert.url),
        "runbook_url": alert.runbook_url and address(alert.runbook_url),
    }


def of_notification(row: Row) -> NotificationDocument:
    """Return what somebody was told."""
    return {
        "receiver": row["receiver"],
        "event": row["event"],
        "state": row["state"],
        "created_at": said(row["created_at"]),
        "sent_at": moment(row["sent_at"]),
        "attempts": row["attempts"],
        "error": row["error"],
    }
