"""What Fettle has filed of a database that it checks by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fettle.model.severity import Severity


@dataclass(frozen=True)
class Filed:
    """A signal that was filed and goes on: its title, its severity, and when it was filed last."""

    title: str
    severity: Severity
    at: datetime


@dataclass(frozen=True)
class Watched:
    """What goes on in a database, by the signals' keys.

    `missed` counts the looks in a row that could see nothing of it.
    """

    firing: Mapping[str, Filed] = field(default_factory=dict)
    missed: int = 0


@dataclass(frozen=True)
class Place:
    """A database that is watched, and what it is to the business.

    `service` is the one that depends on it, when it is exactly one; `critical` says that a critical
    one does. Findings that are at least so bad as `level` are filed.
    """

    database: str
    service: str | None = None
    critical: bool = False
    level: Severity = Severity.MEDIUM
