"""How fast the engine moves, and how long it is patient."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """The periods of a worker.

    After `stale` without a sign of life, of which one comes each `beat`, a worker's runs are taken
    over. A queued run that nobody took is told of again after `again`. So the longest that a run
    can stand still is stale + again + 3 beats, 26 s: the time before the death is noticed, and the
    time after the one who noticed it died in that moment too. Where the store was away, or whoever
    is to notice has just begun, it is `stale` more (engine.life): all others look dead then.

    `tick` is how late a timer or a sleeping run can be. `handling` is the longest that handling a
    timer may take. `grace` is what a step is left when its worker is to stop.
    """

    beat: timedelta = timedelta(seconds=2)
    stale: timedelta = timedelta(seconds=10)
    again: timedelta = timedelta(seconds=10)
    tick: timedelta = timedelta(seconds=0.5)
    handling: timedelta = timedelta(seconds=10)
    grace: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if self.stale < 3 * self.beat:
            raise ValueError("stale is at least three beats: one may come late, and one be lost")
