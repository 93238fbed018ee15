"""The wiring of updates: what looks for them by itself, and what workers do about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fettle import unit
from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.flow import update_check, update_watch
from fettle.flow.advised import AdvisedBy, KnownOrAsked
from fettle.flow.update_age import by_registries
from fettle.flow.update_asks import ACT
from fettle.flow.update_files import with_notes
from fettle.flow.update_looks import LOOK, Looks
from fettle.flow.update_taking import TakingByClock
from fettle.flow.update_work import UpdateWork
from fettle.flow.updates_here import here
from fettle.frontends.application import Application
from fettle.model.ports_rehearsal import Rehearsing, Say
from fettle.model.security import Advised
from fettle.model.taking import Taking
from fettle.model.update import UpdateCheck
from fettle.settings import Settings
from fettle.store.pool import Pool

# Of one worker: a rehearsal takes all that a machine has.
AT_ONCE: Mapping[str, int] = {LOOK: 1, ACT: 1}


def advised_by(application: Application, settings: Settings, pool: Pool) -> Advised:
    """Return who says what is known of locks: what was seen last, or those who publish it."""
    asking = AdvisedBy(partial(application.outside, settings, None))
    return KnownOrAsked(pool, application.clock, settings, asking)


def taking_by(application: Application, settings: Settings, pool: Pool) -> Taking:
    """Return who takes updates by the clock."""
    look = update_watch.looking(application, settings)
    rehearsing = partial(application.rehearsing, settings)
    came_out = by_registries(partial(application.outside, settings, None))
    return TakingByClock(pool, application.clock, settings, rehearsing, look, came_out)


@dataclass(frozen=True)
class WiredUpdates:
    """What the engine is to know of updates."""

    application: Application
    settings: Settings
    pool: Pool
    engine: Engine
    url: str

    @property
    def runs(self) -> Mapping[str, Function]:
        """The functions, by the names of their runs."""
        looking = update_watch.looking(self.application, self.settings)
        work = UpdateWork(
            self.pool,
            self.application.clock,
            self.settings,
            self._rehearsing,
            looking,
            by_registries(partial(self.application.outside, self.settings, None)),
        )
        return {**self._looks.runs, **work.runs}

    @property
    def timers(self) -> Mapping[str, Handler]:
        """The handlers, by the kinds of their timers."""
        return self._looks.timers

    @property
    def _looks(self) -> Looks:
        clock = self.application.clock
        return Looks(self.pool, self.engine, clock, self.settings, self._look, self.url)

    async def _look(self) -> UpdateCheck:
        async with self.pool.connection() as connection:
            went = await here(connection)
        judging = self.application.judging(self.settings, went)
        async with self.application.outside(self.settings, None) as outside:
            sources = list(unit.sources().values())
            told = await update_check.look(outside, sources, judging, thorough=True)
            return await with_notes(told, outside.releases, outside.machine)

    def _rehearsing(self, say: Say) -> Rehearsing:
        return self.application.rehearsing(self.settings, say)
