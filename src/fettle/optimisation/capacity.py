"""How much a site can carry is found by an open ramp: faster and faster, until it is too fast.

1. Requests are sent at a fixed rate, whatever becomes of those before, and time counts from when
   each was to be sent: a server that stalls is seen to (coordinated omission).
2. A rate is too fast where requests fail, p95 is beyond its limit, answers take longer and longer,
   or fewer come back than go. What was only slow is tried once more: a pause is no end.
3. From the last rate that was carried and the first that was not, the end is narrowed down.
4. It ends at the rate and the time that are its limits, and at once where it is told to wait.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

from fettle.model.capacity import (
    Answered,
    Capacity,
    Ended,
    Load,
    LoadLimits,
    LoadStep,
    Volley,
)
from fettle.model.ports import Clock
from fettle.model.quantity import say_share
from fettle.model.web_address import without_user
from fettle.optimisation.said import ms

_FIRST = 4.0  # requests a second
_FASTER = 1.5
_CLOSE = 1.07  # the end is known well enough between two rates so near to each other
_STEP_S = 3.0
_NARROW_S = 5.0  # what is only a little too fast takes longer to show
_ALONE = 5
_PAUSE_S = 0.5
_FEWEST = 0.9  # of what is sent has to come back in time
_SLOW_MS = 200.0
_SLOWER = 3.0  # times as slow as alone, where that is more
_GROWS = 1.3  # times as long in the last quarter of a step as in its first
_GROWS_MS = 30.0
_LATE_MS = 50.0  # sent later than that, it is this machine that cannot do more
_AGAIN: frozenset[Ended] = frozenset({"slow", "growing", "behind", "here"})

Progress = Callable[[str], None]


async def ramp(load: Load, url: str, limits: LoadLimits, clock: Clock, say: Progress) -> Capacity:
    """Find how many requests a second a page can carry; raises CannotLook."""
    started = clock.now()
    alone = statistics.median([await load.alone() for _ in range(_ALONE)])
    slow_ms = max(_SLOW_MS, _SLOWER * alone) if limits.slow_ms is None else limits.slow_ms
    limits = replace(limits, slow_ms=slow_ms)
    search = _Search(load, limits, slow_ms, clock, say)
    ended, why = await search.run()
    return Capacity(
        url=without_user(url),
        started_at=started,
        duration=clock.now() - started,
        alone_ms=alone,
        limits=limits,
        steps=tuple(search.steps),
        carried=search.carried,
        ended=ended,
        why=why,
    )


class _Search:
    """A search as far as it has come."""

    def __init__(
        self, load: Load, limits: LoadLimits, slow_ms: float, clock: Clock, say: Progress
    ) -> None:
        self._load = load
        self._limits = limits
        self._slow_ms = slow_ms
        self._clock = clock
        self._say = say
        self._over = clock.now() + limits.within
        self.steps: list[LoadStep] = []
        self.carried: LoadStep | None = None

    async def run(self) -> tuple[Ended, str]:
        """Go through it; return what ended it."""
        most = self._limits.most_rate
        rate = min(_FIRST, most)
        while True:
            if not self._time_for(_STEP_S):
                return "time", "the time was over"
            step = await self._tried(rate, _STEP_S)
            if step.wrong is not None:
                return await self._narrowed(step)
            if rate >= most:
                return "rate", f"no more than {most:g} requests a second were to be sent"
            rate = min(rate * _FASTER, most)

    async def _narrowed(self, first: LoadStep) -> tuple[Ended, str]:
        """Find the end between what was carried last and what was not."""
        bad = first
        while self.carried is not None and bad.wrong in _AGAIN:
            low = self.carried.rate
            if bad.rate / low <= _CLOSE or not self._time_for(_NARROW_S):
                break
            step = await self._tried((low * bad.rate) ** 0.5, _NARROW_S)
            bad = bad if step.wrong is None else step
        return bad.wrong or "slow", bad.why or ""

    async def _tried(self, rate: float, seconds: float) -> LoadStep:
        """Try a rate; what was too slow at it a second time, too."""
        step = await self._once(rate, seconds)
        if step.wrong in _AGAIN and self._time_for(seconds):
            step = await self._once(rate, seconds)
        if step.wrong is None:
            self.carried = step
        return step

    async def _once(self, rate: float, seconds: float) -> LoadStep:
        if self.steps:
            await self._clock.sleep(_PAUSE_S)
        step = judged(await self._load.volley(rate, seconds), self._limits, self._slow_ms)
        self.steps.append(step)
        wrong = "" if step.why is None else f": {step.why}"
        self._say(f"{rate:.1f} a second: p95 {ms(step.p95_ms)}{wrong}")
        return step

    def _time_for(self, seconds: float) -> bool:
        return (self._over - self._clock.now()).total_seconds() > seconds


def judged(volley: Volley, limits: LoadLimits, slow_ms: float) -> LoadStep:
    """Return what a rate came to, and whether it was too fast."""
    lasted = sorted(one.lasted_ms for one in volley.answers)
    failed = [one for one in volley.answers if one.failed is not None]
    end = volley.seconds * 1000 + slow_ms
    came = sum(one.failed is None and one.due_ms + one.lasted_ms <= end for one in volley.answers)
    found = _wrong(volley, limits, slow_ms, came / max(1, len(lasted)))
    wrong, why = found if found is not None else (None, None)
    return LoadStep(
        rate=volley.rate,
        seconds=volley.seconds,
        requests=len(lasted),
        failed=len(failed),
        achieved=came / volley.seconds,
        p50_ms=quantile(lasted, 0.5),
        p95_ms=quantile(lasted, 0.95),
        p99_ms=quantile(lasted, 0.99),
        wrong=wrong,
        why=why,
    )


def _wrong(
    volley: Volley, limits: LoadLimits, slow_ms: float, came: float
) -> tuple[Ended, str] | None:
    """Return what is wrong first: what harms most, then what is sure, then what is only a sign."""
    failed = [one.failed for one in volley.answers if one.failed is not None]
    p95 = quantile(sorted(one.lasted_ms for one in volley.answers), 0.95)
    before, after = _growth(volley.answers)
    wrong: tuple[tuple[bool, Ended, str], ...] = (
        (
            volley.told_to_wait,
            "asked to wait",
            "the server asked to come more seldom (429 or Retry-After)",
        ),
        (
            bool(failed) and len(failed) >= limits.errors * len(volley.answers),
            "errors",
            f"{len(failed)} of {len(volley.answers)} failed: {statistics.mode(failed or ['–'])}",
        ),
        (
            volley.late_ms > _LATE_MS,
            "here",
            f"this machine sent {ms(volley.late_ms)} too late: it cannot send faster",
        ),
        (p95 > slow_ms, "slow", f"p95 is {ms(p95)}, more than {ms(slow_ms)}"),
        (
            volley.cut or came < _FEWEST,
            "behind",
            f"{say_share(came)} of what was sent came back in time",
        ),
        (
            after > _GROWS * before and after - before > _GROWS_MS,
            "growing",
            f"answers took {ms(before)} at first and {ms(after)} at last",
        ),
    )
    return next(((ended, why) for is_so, ended, why in wrong if is_so), None)


def _growth(answers: Sequence[Answered]) -> tuple[float, float]:
    """Return how long answers took in the first and in the last quarter; of a few nothing."""
    quarter = len(answers) // 4
    if quarter < 3:
        return 0.0, 0.0
    ordered = sorted(answers, key=lambda one: one.due_ms)
    before = statistics.median(one.lasted_ms for one in ordered[:quarter])
    after = statistics.median(one.lasted_ms for one in ordered[-quarter:])
    return before, after


def quantile(values: Sequence[float], share: float) -> float:
    """Return the least of ordered values that so many are not beyond; 0 where there is none."""
    return values[max(0, ceil(share * len(values)) - 1)] if values else 0.0
