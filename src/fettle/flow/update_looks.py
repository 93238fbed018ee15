"""Updates are looked for by themselves, and what a look told is kept.

1. A timer of the engine rings as often as `[updates] every` says, and starts a run: a worker looks,
   of the label that the settings name, since projects are folders of one machine. Whoever asks for
   a look starts one, too; two are never made at once.
2. What a look tells is kept at once, with what it ends of what those before it told (updates.kept,
   pure) and with the signals that follow from it: whoever is cut off has kept all of it or nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.engine.run import Run
from fettle.flow import update_alarms
from fettle.flow.recurring import Recurring
from fettle.flow.schedules import refuse_label
from fettle.model.ports import Clock
from fettle.model.run import Json, Timer
from fettle.model.update import UpdateCheck
from fettle.model.update_kept import KeptOpen, KeptUpdate
from fettle.settings import Settings
from fettle.store import update_checks
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.store.update_checks import WantedUpdates
from fettle.updates import kept
from fettle.updates.references import on_offer

LOOK = "update-look"
TIMER = "update look"
SUBJECT = "updates"
KIND = "updates"
ACTOR = "fettle"
_LATE = timedelta(hours=1)

Look = Callable[[], Awaitable[UpdateCheck]]


async def prepare(connection: Connection, settings: Settings, clock: Clock) -> None:
    """Set the timer of looks, as the settings plan them, in a transaction of its own."""
    refuse_label("[updates]", settings.updates.on)
    newest = await update_checks.newest(connection)
    await _recurring(settings).prepare(
        connection, None if newest is None else newest.at, clock.now()
    )


def _recurring(settings: Settings) -> Recurring:
    return Recurring(TIMER, SUBJECT, settings.updates.every)


async def wanted(connection: Connection, engine: Engine, settings: Settings, actor: str) -> UUID:
    """Have updates looked for now, after what is looked for just now; return the look's id."""
    return await engine.start(
        connection,
        LOOK,
        {"actor": actor},
        kind=KIND,
        target="what updates are on offer",
        label=settings.updates.on,
    )


@dataclass(frozen=True)
class Looks:
    """What looks for updates: the handler of its timer, and the run's function."""

    pool: Pool
    engine: Engine
    clock: Clock
    settings: Settings
    look: Look
    url: str

    @property
    def timers(self) -> Mapping[str, Handler]:
        """The handler, by the kind of its timers."""
        return {TIMER: self._ring}

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {LOOK: self._run}

    async def _ring(self, connection: Connection, timer: Timer) -> None:
        """Start a look, unless the one before it has not ended, and set the timer for the next."""
        start = partial(wanted, connection, self.engine, self.settings, ACTOR)
        await _recurring(self.settings).ring(connection, timer, self.clock.now(), start)

    async def _run(self, run: Run, given: Json) -> Json:
        actor = str(cast("Mapping[str, Any]", given)["actor"])
        return await run.step("look", self.looked, run.id, actor)

    async def looked(self, id_: UUID, actor: str) -> Json:
        """Look, and keep what that told; once for each run."""
        async with self.pool.connection() as connection:
            if await update_checks.checks(connection, id_=id_):
                return {"kept": False}
        told = await self.look()
        async with self.pool.connection() as connection, connection.transaction():
            kept_now = await keep(connection, told, Keeping(id_, actor, self.settings, self.url))
        return {"kept": kept_now}


@dataclass(frozen=True)
class Keeping:
    """Which look it is, on whose behalf, by which settings, and where people read of it."""

    id: UUID
    actor: str
    settings: Settings
    url: str | None = None


async def keep(connection: Connection, told: UpdateCheck, how: Keeping) -> bool:
    """Keep what a look told, and file what follows from it; the caller is in a transaction.

    False where a later look was kept meanwhile.
    """
    await update_checks.alone(connection)
    newest = await update_checks.newest(connection)
    if newest is not None and (newest.at > told.at or newest.id == how.id):
        return False
    before = await update_checks.updates(connection, WantedUpdates())
    open_ = await update_checks.weaknesses(connection)
    told = kept.remembering(told, {one.update.id: one for one in before})
    new = await update_checks.keep_updates(
        connection, _updates(told, how.settings), kept.over(before, told), told.at
    )
    await update_checks.keep_open(connection, _open(told), kept.over_open(open_, told), told.at)
    await update_checks.keep_check(connection, told, how.id, how.actor, new)
    await update_alarms.file(connection, how.settings, how.url, told.at)
    return True


def _updates(told: UpdateCheck, settings: Settings) -> list[KeptUpdate]:
    places = folders(settings)
    return [
        KeptUpdate(
            one,
            told.at,
            told.at,
            None if (found := on_offer(one, places)) is None else found.project,
            {
                each.id: why
                for each in one.advisories
                if (why := told.accepted.get((one.package, each.id))) is not None
            },
        )
        for one in told.updates
    ]


def _open(told: UpdateCheck) -> list[KeptOpen]:
    found = {kept.key_of(one): one for one in told.open}
    return [
        KeptOpen(
            key, one, told.at, told.at, told.accepted.get((one.installed.package, one.advisory.id))
        )
        for key, one in found.items()
    ]


def folders(settings: Settings) -> Mapping[str, Path]:
    """Return the folders of the projects of the settings, by their names."""
    return {one.name: one.path for one in settings.project}


def counts(at: datetime, now: datetime, settings: Settings) -> bool:
    """Whether a look of a moment still counts: nobody who looks by the clock is late."""
    every = settings.updates.every
    return bool(every) and now - at <= every + _LATE
