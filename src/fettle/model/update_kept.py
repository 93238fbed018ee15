"""Looks for updates as they are kept: what they told, and since when it is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Open,
    SourceResult,
    Update,
    UpdateCheck,
    UpdateType,
    severity_of,
)


@dataclass(frozen=True)
class CheckRecord:
    """A look for updates of everything in the settings, and how it went.

    `new` is how many updates were on offer for the first time, `locks` how much is in use by each
    file that was read.
    """

    id: UUID
    number: int
    at: datetime
    actor: str
    security: int
    regular: int
    open: int
    new: int
    whole: bool
    sources: tuple[SourceResult, ...]
    locks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptUpdate:
    """An update on offer, since when that is known, and when it was seen last.

    One that was seen before the newest look stands because that could not look for it. `accepted`
    are reasons by the ids of advisories. `project` is what the [[project]] is called that has it.
    """

    update: Update
    first_seen: datetime
    last_seen: datetime
    project: str | None = None
    accepted: Mapping[str, str] = field(default_factory=dict)
    gone_at: datetime | None = None

    @property
    def worst(self) -> Severity | None:
        """How bad the worst is that it closes, of what nobody has accepted."""
        closes = [one for one in self.update.advisories if one.id not in self.accepted]
        return max((rated(one) for one in closes), default=None)


@dataclass(frozen=True)
class KeptOpen:
    """A weakness that nothing on offer closes, and since when it is known."""

    key: str
    open: Open
    first_seen: datetime
    last_seen: datetime
    accepted: str | None = None


@dataclass(frozen=True)
class Kept:
    """What is known of updates now: the newest look, and what stands of it and of those before."""

    check: CheckRecord
    updates: Sequence[KeptUpdate] = ()
    open: Sequence[KeptOpen] = ()

    @property
    def as_told(self) -> UpdateCheck:
        """Return it as a look tells it, for whoever writes it down."""
        accepted = {
            (one.update.package, id_): why
            for one in self.updates
            for id_, why in one.accepted.items()
        }
        accepted |= {
            (one.open.installed.package, one.open.advisory.id): one.accepted
            for one in self.open
            if one.accepted is not None
        }
        return UpdateCheck(
            self.check.at,
            tuple(one.update for one in self.updates),
            self.check.sources,
            tuple(one.open for one in self.open),
            accepted,
        )


@dataclass(frozen=True)
class Waiting:
    """How many updates wait that close a weakness as bad as that, since the first was seen."""

    severity: Severity
    number: int
    since: datetime


def rated(advisory: Advisory) -> Severity:
    """Return how bad an advisory is; what nobody has rated counts as high."""
    return Severity.HIGH if advisory.severity is None else advisory.severity


def worst_of(update: Update) -> int:
    """Return how bad the worst is that an update closes, as a number; -1 where it closes none.

    One of which only its origin says that it closes something (apt's) counts as high.
    """
    severity = severity_of(update)
    if severity is None and update.type is UpdateType.SECURITY:
        severity = Severity.HIGH
    return -1 if severity is None else severity.value
