"""Databases of the settings, as workers reach them by their names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fettle.errors import WrongUsage
from fettle.flow.look import Connect, Standbys
from fettle.model.target import Target
from fettle.resolution.mend import Means, Records


@dataclass(frozen=True)
class Places:
    """How databases are reached: to look, and to act on somebody's behalf."""

    connect: Connect
    standbys: Standbys
    targets: Mapping[str, Target]
    means: Callable[[Records, str], Means]

    def target(self, name: str) -> Target:
        """Return the database of that name; raises WrongUsage where this worker knows none."""
        found = self.targets.get(name)
        if found is None:
            raise WrongUsage(
                f"no [[database]] is called {name}",
                remedy="give each worker that looks and mends the server's fettle.toml",
            )
        return found
