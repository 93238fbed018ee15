"""Who may do what."""

from dataclasses import dataclass
from enum import IntEnum

from fettle.errors import NotAllowed


class Role(IntEnum):
    """A viewer reads; a responder works on issues as well; an admin does everything."""

    VIEWER = 1
    RESPONDER = 2
    ADMIN = 3

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def in_words(self) -> str:
        """It in a sentence: a viewer, an admin."""
        return f"{'an' if self is Role.ADMIN else 'a'} {self}"

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

    def must_be(self, role: Role) -> None:
        """Raise NotAllowed where the role is less than that, with how it is given."""
        if self.role >= role:
            return
        kind, _, name = self.actor.partition(":")
        ways = {
            "token": f"ask an admin for another token: fettle token create --name … --role {role}",
            "user": f"ask an admin: fettle user role {name} {role}, or the page of users",
        }
        raise NotAllowed(
            f"{self.actor} is {self.role.in_words}, and this needs {role.in_words}",
            remedy=ways.get(kind, "ask an admin"),
        )
