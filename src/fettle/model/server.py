"""What a PostgreSQL server says of itself, and of the role that asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

OLDEST_MAJOR = 13
NEWEST_MAJOR = 18


@dataclass(frozen=True)
class Server:
    """One database of one server, seen by one role.

    `version` is PostgreSQL's server_version_num (180006). `role` is the user as a statement names
    it, quoted where it must be. `extensions` maps an installed extension to its schema. `roles` are
    the predefined roles whose rights the user has.
    `sees_clients_leave` says whether it can notice, in the middle of a statement, that whoever
    asked is gone. `provider` is the managed service that runs the server, where its settings give
    it away.
    """

    version: int
    database: str
    user: str
    role: str
    superuser: bool
    in_recovery: bool
    started_at: datetime
    now: datetime
    sees_clients_leave: bool = False
    provider: str | None = None
    pooled: bool = False
    extensions: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()

    @property
    def major(self) -> int:
        """The version people speak of: 18."""
        return self.version // 10000

    def holds(self, role: str) -> bool:
        """Whether the user has the rights of this predefined role."""
        return self.superuser or role in self.roles
