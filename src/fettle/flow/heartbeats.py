"""Heartbeats: jobs say that they ran, and the one that does not becomes a signal.

1. A ping locks its heartbeat, and what it comes to (intake.heartbeats, pure), the timer for the
   next one and the signal, if any, become true together.
2. The timer looks again at what is so when it rings: a ping that came meanwhile has moved it, and
   one that is being recorded at this moment is waited for. So no ping that came in time is too
   late, and no silence is forgotten.
3. The timer takes its heartbeat without waiting: a ping that has it waits for the timer in turn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fettle.engine.means import Handler, NotNow
from fettle.errors import NotFound, WrongUsage
from fettle.intake import heartbeats as pure
from fettle.intake import own
from fettle.intake.heartbeats import Beaten
from fettle.model.heartbeat import Heartbeat, Ping
from fettle.model.ports import Clock
from fettle.model.run import Timer
from fettle.model.severity import Severity
from fettle.model.signal import Signal
from fettle.store import deliveries, heartbeats, timers
from fettle.store.deliveries import Arrived
from fettle.store.statements import Connection

TIMER = "heartbeat"

# A ping that came just in time may take so long to be recorded.
_SLACK = timedelta(seconds=2)
_INSTANT = timedelta(microseconds=1)
_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(days=366)
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Wanted:
    """A heartbeat that somebody wants; see model.heartbeat."""

    name: str
    every: timedelta
    grace: timedelta
    severity: Severity = Severity.HIGH
    service: str | None = None


async def create(connection: Connection, wanted: Wanted, actor: str) -> Heartbeat:
    """Make a heartbeat, in the caller's transaction; raises WrongUsage and Refused."""
    name = wanted.name.strip()
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise WrongUsage(f"a heartbeat's name has 1 to {_LONGEST_NAME} characters")
    if not _SHORTEST <= wanted.every <= _LONGEST:
        raise WrongUsage("a heartbeat comes every second to every year")
    if not timedelta() <= wanted.grace <= _LONGEST:
        raise WrongUsage("a heartbeat's grace lasts a year at most")
    return await heartbeats.create(
        connection, name, wanted.every, wanted.grace, wanted.severity, wanted.service, actor
    )


async def ping(connection: Connection, id_: UUID, said: Ping) -> Heartbeat:
    """Take a ping, in the caller's transaction; raises NotFound for an unknown heartbeat."""
    before = await _locked(connection, id_)
    beaten = pure.pinged(before, said)
    await _keep(connection, before, beaten, said.at)
    return beaten.heartbeat


async def remove(connection: Connection, id_: UUID, now: datetime) -> Heartbeat:
    """Remove a heartbeat, in the caller's transaction, and end its trouble; raises NotFound."""
    heartbeat = await _locked(connection, id_)
    if (signal := pure.removed(heartbeat)) is not None:
        await _file(connection, signal, now)
    await timers.unschedule(connection, TIMER, str(id_))
    await heartbeats.remove(connection, id_)
    return heartbeat


async def find(connection: Connection, name: str) -> UUID:
    """Return the id of the heartbeat of a name; raises NotFound."""
    id_ = await heartbeats.named(connection, name)
    if id_ is None:
        raise NotFound(f"no heartbeat is called {name}", remedy="fettle heartbeat list")
    return id_


@dataclass(frozen=True)
class Lateness:
    """What handles the timers of heartbeats."""

    clock: Clock

    @property
    def timers(self) -> dict[str, Handler]:
        """The handler, by the kind of its timers."""
        return {TIMER: self.ring}

    async def ring(self, connection: Connection, timer: Timer) -> None:
        """Say that a heartbeat is late, if it is."""
        id_ = UUID(timer.subject)
        before = await heartbeats.lock_free(connection, id_)
        if before is None:
            if await heartbeats.exists(connection, id_):
                raise NotNow
            return
        now = self.clock.now()
        beaten = pure.rang(before, now)
        if beaten.heartbeat == before and _due_at(before) == timer.due_at:
            raise NotNow  # the clock was put back: set anew for this very moment it would be done
        await _keep(connection, before, beaten, now)


async def _locked(connection: Connection, id_: UUID) -> Heartbeat:
    found = await heartbeats.lock(connection, id_)
    if found is None:
        raise NotFound("there is no such heartbeat", remedy="fettle heartbeat list")
    return found


async def _keep(connection: Connection, before: Heartbeat, beaten: Beaten, now: datetime) -> None:
    if beaten.heartbeat != before:
        await heartbeats.beat(connection, beaten.heartbeat)
    if beaten.signal is not None:
        await _file(connection, beaten.signal, now)
    await _wait(connection, beaten.heartbeat)


def _due_at(heartbeat: Heartbeat) -> datetime | None:
    return None if heartbeat.due_at is None else heartbeat.due_at + _SLACK


async def _wait(connection: Connection, heartbeat: Heartbeat) -> None:
    """Set the timer for when the heartbeat is late, or take it back."""
    subject, due_at = str(heartbeat.id), _due_at(heartbeat)
    if due_at is None:
        await timers.unschedule(connection, TIMER, subject)
        return
    # a moment that has rung does not ring again: a clock that was put back can come to it twice
    while not await timers.schedule(connection, TIMER, subject, due_at, None):
        due_at += _INSTANT


async def _file(connection: Connection, signal: Signal, now: datetime) -> None:
    arrived = Arrived(now, pure.SOURCE, own.VENDOR, {}, own.written([signal]))
    await deliveries.keep(connection, [arrived])
