"""What people are told, and where."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fettle.model.severity import Severity


class Event(StrEnum):
    """Why somebody is told."""

    OPENED = "opened"
    ESCALATED = "escalated"
    CHANGED = "changed"
    AT_RISK = "at-risk"
    BREACHED = "breached"
    RESOLVED = "resolved"
    DIGEST = "digest"
    REMINDER = "reminder"
    WAITS = "waits"
    REPORT = "report"
    TEST = "test"


@dataclass(frozen=True)
class Receiver:
    """Somebody, or something, that is told.

    `address` is a notification service's address as apprise writes it (`mailto://…`, `slack://…`),
    or an http(s) address of a webhook; it can hold a secret, and is never printed. A webhook's
    messages are signed with its `secret`.
    """

    name: str
    address: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Message:
    """What is said: in words for people, and in fields for programs.

    `acknowledge_url` lets the receiver acknowledge, or decide about what waits for them, without
    logging in. `quiet` ones that become due together are told together.
    """

    event: Event
    title: str
    body: str
    issue: int | None = None
    severity: Severity | None = None
    priority: str | None = None
    status: str | None = None
    url: str | None = None
    acknowledge_url: str | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Queued:
    """A message for one receiver; `id` is the idempotency key that the receiver sees."""

    id: UUID
    receiver: str
    message: Message
    created_at: datetime
    attempts: int = 0
