"""What Fettle has filed of a target that it looks at by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fettle.model.severity import Severity
from fettle.model.target import Kind

# What was told of a target is missed for so long; what was taken away on purpose is not for longer.
MISSED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Filed:
    """A signal that was filed and goes on: its title, its severity, and when it was filed last.

    `clean` counts the looks in a row that saw nothing of it, `times` how often it has begun within
    some hours. `by` are the sources that found it, where a target has such.
    """

    title: str
    severity: Severity
    at: datetime
    clean: int = 0
    times: int = 1
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pending:
    """What is not filed yet, or is filed as less or more bad: how many looks in a row saw it.

    `by` are the sources that found it.
    """

    looks: int
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """When something ended, and how often it had begun within some hours by then."""

    at: datetime
    times: int


@dataclass(frozen=True)
class Watched:
    """What goes on in a target, by the signals' keys.

    `missed` counts the looks in a row that could see nothing of it. `ended` is what has ended
    lately, `told` when each check judged something last.
    """

    firing: Mapping[str, Filed] = field(default_factory=dict)
    missed: int = 0
    pending: Mapping[str, Pending] = field(default_factory=dict)
    ended: Mapping[str, Ended] = field(default_factory=dict)
    told: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Damping:
    """How many looks in a row must see something before it is told, and must miss it to end it."""

    raise_after: int = 1
    clear_after: int = 1


@dataclass(frozen=True)
class Place:
    """A target that is watched, and what it is to the business.

    `service` is the one that it is or that depends on it, when it is exactly one; `critical` says
    that a critical one does. Findings that are at least so bad as `level` are filed.
    """

    target: str
    service: str | None = None
    critical: bool = False
    level: Severity = Severity.MEDIUM
    kind: Kind = Kind.DATABASE
    damping: Damping = Damping()
    on: str | None = None
