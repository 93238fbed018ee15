"""A thing the business runs."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """What the business loses when a service is gone."""

    CRITICAL = "critical"
    IMPORTANT = "important"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Service:
    """A service of the catalogue: what it is called, who owns it, what it needs.

    `also` are other names that people and alerts use for it. `depends_on` are names of services,
    databases and dependencies.
    """

    name: str
    tier: Tier = Tier.IMPORTANT
    team: str | None = None
    url: str | None = None
    also: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
