"""What arrived: an alert, an error, a report, a log pattern, a failed probe, a missed heartbeat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fettle.model.severity import Severity


class SignalKind(StrEnum):
    """The ways in which trouble is noticed."""

    ALERT = "alert"
    ERROR = "error"
    REPORT = "report"
    LOG = "log"
    PROBE = "probe"
    HEARTBEAT = "heartbeat"
    CHECK = "check"

    @property
    def printed(self) -> bool:
        """Whether its words are what a program printed, and nobody's about how bad it is."""
        return self in (SignalKind.ERROR, SignalKind.LOG)


@dataclass(frozen=True)
class Facts:
    """What is known to be so, beside what is said; None and False mean that nobody has said."""

    users_affected: int | None = None
    data_lost: bool = False
    data_exposed: bool = False
    money_stuck: bool = False


@dataclass(frozen=True)
class Signal:
    """One thing that one source said of one of its alerts.

    `key` is the source's own: the same key is the same alert, and a resolve names its fire by it.
    `group` is the source's own grouping, where it has one; `rule` is what at the source raised it,
    the same for alerts of one kind, where it has a name. `severity` is the source's own, mapped;
    `said_severity` its words. `service` is a service's name where the source gives one.
    `url` is where the source shows it, `runbook_url` where it says what to do.
    `started_at` is when the source says that it began, `ended_at` when that it ended.
    """

    source: str
    kind: SignalKind
    key: str
    firing: bool
    title: str
    text: str = ""
    severity: Severity | None = None
    said_severity: str | None = None
    service: str | None = None
    group: str | None = None
    rule: str | None = None
    symptoms: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = Facts()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    url: str | None = None
    runbook_url: str | None = None
