"""What a worker works with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fettle.engine.backoff import Chance
from fettle.engine.execution import Function
from fettle.engine.pace import Pace
from fettle.engine.queue import Queue
from fettle.model.ports import Clock
from fettle.model.run import Timer
from fettle.store.pool import Pool
from fettle.store.store import Connection


class NotNow(Exception):
    """Raised by a timer's handler that finds its subject busy: it is called again in a moment."""


Handler = Callable[[Connection, Timer], Awaitable[None]]


@dataclass(frozen=True)
class Means:
    """The store, the queue, the clock, chance; what can be run, and what timers can do.

    `at_once` says of how many runs of a name one worker takes no more meanwhile.
    """

    pool: Pool
    queue: Queue
    clock: Clock
    chance: Chance
    pace: Pace
    runs: Mapping[str, Function]
    timers: Mapping[str, Handler]
    at_once: Mapping[str, int] = field(default_factory=dict)
