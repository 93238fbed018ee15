"""Checks that tasks ask of databases, as `fettle check` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.diagnosis.accept import accept
from fettle.errors import NotFound
from fettle.flow import asked
from fettle.flow.look_at import Eyes, look_at
from fettle.model.diagnosis import Diagnosis
from fettle.model.ports import Clock
from fettle.model.ports_upkeep import Upkept
from fettle.model.target import Target
from fettle.settings import Settings
from fettle.settings.reach import label_of


@dataclass(frozen=True)
class UpkeepChecks:
    """Looks at the databases of the settings; implements model.ports_upkeep.CheckRunner."""

    settings: Settings
    eyes: Eyes
    targets: Sequence[Target]
    clock: Clock

    @property
    def databases(self) -> Sequence[Upkept]:
        """The databases of the settings."""
        return [
            Upkept(one.name, one.fix_url is not None, label_of(one.name, self.settings))
            for one in self.targets
        ]

    async def ask(self, database: str, checks: Sequence[str]) -> Diagnosis:
        """Ask these checks of a database, without what the settings accept."""
        diagnosis = await look_at(
            self._target(database),
            self.eyes,
            lambda one: asked.questions(self.settings, one, only=checks),
            self.clock,
        )
        ignores = asked.ignores(self.settings, self.clock.now().date())
        return accept(diagnosis, ignores, ())

    def limits(self, database: str, check: str) -> Mapping[str, object]:
        """Return the limits of a check as they hold for a database."""
        questions = asked.questions(self.settings, self._target(database), only=[check])
        return {
            name: value for _, limits in questions.checks for name, value in vars(limits).items()
        }

    def _target(self, name: str) -> Target:
        for target in self.targets:
            if target.name == name:
                return target
        raise NotFound(
            f"no [[database]] is called {name}",
            remedy="give each worker that does upkeep the server's fettle.toml",
        )
