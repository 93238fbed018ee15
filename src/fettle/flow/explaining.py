"""What is behind a service's findings: what was seen lately of what it needs, what went live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from fettle.flow import catalogued, seen_lately
from fettle.flow.catalogued import Known
from fettle.flow.look_at import explained
from fettle.model.diagnosis import Diagnosis
from fettle.model.incident import Change
from fettle.model.ports import Clock
from fettle.model.target import Kind, Target
from fettle.settings import Settings
from fettle.store import deploys
from fettle.store.pool import Pool

_LATELY = timedelta(hours=1)  # what is deployed hurts by then


@dataclass(frozen=True)
class Explaining:
    """What it takes to explain a service; `targets` are all that is watched, by their names."""

    pool: Pool
    clock: Clock
    settings: Settings
    targets: Mapping[str, Target]

    async def explained(self, diagnosis: Diagnosis, target: Target) -> Diagnosis:
        """Return a diagnosis with what is behind it; of what is no service as it is."""
        if target.kind is not Kind.SERVICE or not diagnosis.findings:
            return diagnosis
        now = self.clock.now()
        needs = [
            (other, self._known[name])
            for name in self.settings.needs(target.name)
            if (other := self.targets.get(name)) is not None
        ]
        async with self.pool.connection() as connection:
            found = await deploys.around(connection, [target.name], now - _LATELY, now)
            seen = await seen_lately.seen(connection, needs, now)
        changes = [
            Change(one.service, one.at.timestamp(), f"deploy {one.version}") for one in found
        ]
        return explained(diagnosis, target, seen, changes)

    @cached_property
    def _known(self) -> Mapping[str, Known]:
        return catalogued.known(self.settings)
