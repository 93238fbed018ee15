"""What is found around somebody who begins with Fettle: what a first fettle.toml is made of.

Each says by what it was found. No value of a variable is in here, only names of variables.
"""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class FoundDatabase:
    """A PostgreSQL: the variable that holds its address, and others that lead to the same.

    `hindered` is why that address cannot be read as it stands.
    """

    name: str
    variable: str
    because: str
    also: tuple[str, ...] = ()
    port: int | None = None  # at which a compose file publishes it on this machine
    hindered: str | None = None


@dataclass(frozen=True)
class FoundService:
    """A thing that runs: where it is reached, what it needs, by names that the file has."""

    name: str
    because: str
    url: str | None = None
    depends_on: tuple[str, ...] = ()
    access_log: str | None = None


@dataclass(frozen=True)
class FoundDependency:
    """A service that somebody else runs, where it can be asked, and where it says how it is."""

    name: str
    because: str
    status_url: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """All that was found, and what was seen and left out, with why."""

    databases: tuple[FoundDatabase, ...] = ()
    services: tuple[FoundService, ...] = ()
    dependencies: tuple[FoundDependency, ...] = ()
    prometheus: str | None = None
    prometheus_because: str = ""
    host: str | None = None
    env_files: tuple[str, ...] = ()
    left_out: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether there is nothing that can be looked at."""
        return not (self.databases or self.services or self.prometheus or self.host)

    def without_empty_services(self) -> "Surroundings":
        """Return it without services of which nothing but a name is known, beside others."""
        told = tuple(one for one in self.services if one.url or one.depends_on or one.access_log)
        return replace(self, services=told)
