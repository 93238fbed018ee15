"""Who may do what."""

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """A viewer reads; a responder works on issues as well; an admin does everything."""

    VIEWER = 1
    RESPONDER = 2
    ADMIN = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, name: str) -> "Role":
        """Return the role of that name; ValueError for any other word."""
        try:
            return cls[name.strip().upper()]
        except KeyError:
            names = ", ".join(map(str, cls))
            raise ValueError(f"{name!r} is no role; there are {names}") from None


@dataclass(frozen=True)
class Caller:
    """Who asks: `actor` as it stands in timelines and the audit log (`token:ci`, `cli:ada`)."""

    actor: str
    role: Role
