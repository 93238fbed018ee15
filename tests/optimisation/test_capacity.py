"""The end of what a server can carry is found, without harming it."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from fettle.model.capacity import Answered, Capacity, Ended, LoadLimits, Volley
from fettle.optimisation.capacity import judged, ramp
from fettle.testing import SteppedClock

Spoil = Callable[[Volley], Volley]


@dataclass
class Desk:
    """A server of some people at a desk, who need the same time for everybody; on a clock."""

    people: int
    takes_ms: float
    clock: SteppedClock = field(default_factory=SteppedClock)
    rates: list[float] = field(default_factory=list)
    spoil: Spoil = lambda volley: volley
    stalls_ms: float = 0.0

    async def alone(self) -> float:
        return self.takes_ms

    async def volley(self, rate: float, seconds: float) -> Volley:
        self.rates.append(rate)
        free = [self.stalls_ms] * self.people
        heapq.heapify(free)
        answers = []
        for number in range(round(rate * seconds)):
            due = number * 1000 / rate
            ends = max(due, heapq.heappop(free)) + self.takes_ms
            heapq.heappush(free, ends)
            answers.append(Answered(due, ends - due))
        await self.clock.sleep(max(free) / 1000)
        return self.spoil(Volley(rate, seconds, tuple(answers)))


async def found(desk: Desk, **limits: object) -> Capacity:
    wanted = replace(LoadLimits(most_rate=1000), **limits)  # type: ignore[arg-type] # by name
    return await ramp(desk, "https://ada:pw@shop.example/", wanted, desk.clock, lambda _: None)


@pytest.mark.parametrize(
    ("people", "takes_ms", "carries"),
    [(4, 50, 80), (1, 10, 100), (20, 400, 50), (2, 200, 10), (8, 20, 400)],
)
async def test_the_rate_is_found_that_the_server_can_carry(
    people: int, takes_ms: float, carries: float
) -> None:
    capacity = await found(Desk(people, takes_ms))
    assert capacity.carried is not None
    assert carries * 0.92 <= capacity.carried.rate <= carries * 1.02
    assert not capacity.at_least
    assert capacity.alone_ms == takes_ms
    assert capacity.url == "https://shop.example/"
    assert capacity.duration < timedelta(minutes=2)


async def test_a_server_that_stalls_keeps_all_waiting_that_would_have_come() -> None:
    stalled = Desk(1, 1, stalls_ms=800)
    volley = await stalled.volley(100, 3)
    step = judged(volley, LoadLimits(), 200)
    assert step.p95_ms > 600
    assert step.wrong == "slow"


async def test_it_goes_no_further_than_it_may() -> None:
    desk = Desk(100, 1)
    capacity = await found(desk, most_rate=30)
    assert max(desk.rates) == 30
    assert (capacity.ended, capacity.at_least) == ("rate", True)
    assert capacity.carried is not None
    assert capacity.carried.rate == 30


async def test_it_ends_with_its_time() -> None:
    desk = Desk(100, 1)
    capacity = await found(desk, within=timedelta(seconds=14))
    assert (capacity.ended, capacity.at_least) == ("time", True)
    assert capacity.duration <= timedelta(seconds=14)


def failing(share: float) -> Spoil:
    def spoil(volley: Volley) -> Volley:
        many = round(len(volley.answers) * share)
        bad = [replace(one, failed="answered 503") for one in volley.answers[:many]]
        return replace(volley, answers=(*bad, *volley.answers[many:]))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "ended"),
    [
        (failing(0.5), "errors"),
        (lambda volley: replace(volley, told_to_wait=True), "asked to wait"),
    ],
)
async def test_what_harms_ends_it_at_once(spoil: Spoil, ended: Ended) -> None:
    desk = Desk(100, 1)
    desk.spoil = lambda volley: spoil(volley) if volley.rate > 20 else volley
    capacity = await found(desk)
    assert capacity.ended == ended
    assert len([rate for rate in desk.rates if rate > 20]) == 1
    assert capacity.carried is not None
    assert capacity.carried.rate < 20


async def test_a_pause_is_no_end() -> None:
    desk = Desk(100, 1)
    paused: list[float] = []

    def pause(volley: Volley) -> Volley:
        if volley.rate in paused or volley.rate < 20:
            return volley
        paused.append(volley.rate)
        return replace(volley, answers=[replace(one, lasted_ms=900) for one in volley.answers])

    desk.spoil = pause
    capacity = await found(desk, most_rate=30)
    assert capacity.carried is not None
    assert capacity.carried.rate == 30


async def test_a_machine_that_cannot_send_says_so() -> None:
    desk = Desk(100, 1)
    desk.spoil = lambda volley: replace(volley, late_ms=900 if volley.rate > 50 else 0)
    capacity = await found(desk)
    assert (capacity.ended, capacity.at_least) == ("here", True)
    assert "this machine" in capacity.why


async def test_what_carries_nothing_is_said_to() -> None:
    capacity = await found(Desk(1, 5000), slow_ms=100)
    assert capacity.carried is None
    assert capacity.ended == "slow"
