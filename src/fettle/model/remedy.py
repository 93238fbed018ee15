"""What a team lets Fettle do about known errors by itself, and what came of it each time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from fettle.model.quantity import Ratio


class RemedyKind(StrEnum):
    """The kinds of act there are; nothing else is ever done."""

    FIX = "fix"
    RESTART = "restart"
    WEBHOOK = "webhook"
    RETRY = "retry"

    @property
    def repeats(self) -> bool:
        """Whether doing it twice does the same as once, as its key says."""
        return self is RemedyKind.RETRY


class Mode(StrEnum):
    """How far a remedy goes by itself.

    A suggested one is begun only by a person who asks for it; one to be approved waits on the issue
    for a yes; an automatic one begins.
    """

    SUGGEST = "suggest"
    APPROVE = "approve"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Call:
    """An HTTP call: `url` and `body` may hold secrets, and are never shown.

    With a `secret` it is signed as notifications are; a `token` is sent as the bearer's.
    """

    method: str
    url: str = field(repr=False)
    body: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Remedy:
    """Something that may cure known errors of a target.

    `target` is the service or database that it acts on. `does` is the call that it makes, `fix` the
    fix that it lets be planned and applied; one of them is there. `undo` takes a call back. `probe`
    is an address that answers well while all is well, `check` a check of the database that finds
    the trouble: either must show it before, and none after. `stays_away` is for how long no signal
    may come, from `settles` after the act on, until it is said to have helped.
    """

    name: str
    kind: RemedyKind
    known: tuple[str, ...]
    target: str
    mode: Mode
    cooldown: timedelta
    stays_away: timedelta
    settles: timedelta
    does: Call | None = None
    fix: str | None = None
    undo: Call | None = None
    probe: str | None = field(default=None, repr=False)
    check: str | None = None
    database: str | None = None


class AttemptState(StrEnum):
    """Where one use of a remedy is; one that waits asks a person."""

    WAITING = "waiting"
    DECLINED = "declined"
    QUEUED = "queued"
    ACTING = "acting"
    WATCHING = "watching"
    ENDED = "ended"

    @property
    def in_flight(self) -> bool:
        """Whether it has begun, and what it came to is not known yet."""
        return self in (AttemptState.ACTING, AttemptState.WATCHING)


class Outcome(StrEnum):
    """What a use of a remedy came to.

    Resolved and came back are what the signals said, for as long as they were watched. A refused
    one did nothing. An unsure one was cut off: nobody knows whether it acted. Of one that is
    unknown nothing tells whether it helped.
    """

    RESOLVED = "resolved"
    CAME_BACK = "came-back"
    FAILED = "failed"
    UNDONE = "undone"
    REFUSED = "refused"
    UNSURE = "unsure"
    UNKNOWN = "unknown"

    @property
    def helped(self) -> bool | None:
        """Whether it helped; None where that says nothing of the remedy."""
        if self is Outcome.RESOLVED:
            return True
        failures = (Outcome.CAME_BACK, Outcome.FAILED, Outcome.UNDONE)
        return False if self in failures else None


@dataclass(frozen=True)
class Attempt:
    """One use of a remedy for one issue.

    `id` is that of the engine's run, and the key under which its call is made. `why` says why it is
    there; `reason` why it ended as it did, or was declined. `watched` are the alerts whose silence
    tells whether it helped. `until` is when they are looked at.
    """

    id: str
    remedy: str
    kind: RemedyKind
    known: str
    target: str
    issue: int | None
    mode: Mode
    actor: str
    why: str
    created_at: datetime
    state: AttemptState
    outcome: Outcome | None = None
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    acted_at: datetime | None = None
    until: datetime | None = None
    ended_at: datetime | None = None
    watched: tuple[int, ...] = ()
    fix_run: str | None = None


@dataclass(frozen=True)
class AttemptEntry:
    """One line of an attempt's journal; what is about to be done is written before it is."""

    at: datetime
    event: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """That nothing acts by itself any more: since when, who said so, and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class Record:
    """How often something was tried, and how often it helped."""

    attempts: int = 0
    resolved: int = 0


@dataclass(frozen=True)
class Rate:
    """How often something helps, as far as its record says.

    `low` and `high` are the ends of the Wilson interval at 95 %; None without an attempt. `likely`
    is the record together with `prior`, what was so elsewhere; None where neither is known.
    """

    record: Record
    low: Ratio | None = None
    high: Ratio | None = None
    likely: Ratio | None = None
    prior: Ratio | None = None
