"""What takes long to make is made once for all who ask at once, and again when it is old."""

import asyncio
from datetime import timedelta

import pytest

from fettle.frontends.web.recent import Recent
from fettle.testing import SteppedClock

LASTS = timedelta(seconds=10)


class Maker:
    """Something that takes long to make, counted."""

    def __init__(self) -> None:
        self.times = 0
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.times += 1
        await self.go.wait()
        return self.times


async def test_all_who_ask_at_once_get_the_same() -> None:
    recent, make = Recent[str, int](SteppedClock(), LASTS), Maker()
    asked = [asyncio.create_task(recent.get("a", make)) for _ in range(5)]
    await asyncio.sleep(0)
    make.go.set()

    assert {made.answer for made in await asyncio.gather(*asked)} == {1}


async def test_it_is_made_again_when_it_is_old_or_the_clock_went_back() -> None:
    clock, make = SteppedClock(), Maker()
    recent = Recent[str, int](clock, LASTS)
    make.go.set()
    first = await recent.get("a", make)
    clock.moment += LASTS - timedelta(seconds=1)
    assert await recent.get("a", make) == first
    clock.moment += timedelta(seconds=1)
    again = await recent.get("a", make)
    clock.moment -= timedelta(hours=1)
    back = await recent.get("a", make)

    assert [made.answer for made in (first, again, back)] == [1, 2, 3]


async def test_who_goes_away_leaves_it_to_the_next() -> None:
    recent, make = Recent[str, int](SteppedClock(), LASTS), Maker()
    first = asyncio.create_task(recent.get("a", make))
    second = asyncio.create_task(recent.get("a", make))
    await asyncio.sleep(0)
    first.cancel()
    make.go.set()

    assert (await second).answer == 2


async def test_what_goes_wrong_is_not_kept() -> None:
    recent, make = Recent[str, int](SteppedClock(), LASTS), Maker()
    make.go.set()

    async def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await recent.get("a", fail)

    assert (await recent.get("a", make)).answer == 1


async def test_the_questions_kept_are_few() -> None:
    recent, make = Recent[int, int](SteppedClock(), LASTS, most=3), Maker()
    make.go.set()
    for question in (1, 2, 3, 4):
        await recent.get(question, make)

    assert (await recent.get(4, make)).answer == 4
    assert (await recent.get(1, make)).answer == 5


SOON, PATIENT = timedelta(0), timedelta(minutes=1)


async def test_what_takes_longer_than_it_may_is_there_for_who_asks_again() -> None:
    recent, make = Recent[str, int](SteppedClock(), LASTS), Maker()
    first = await recent.soon("a", make, SOON)
    second = asyncio.create_task(recent.soon("a", make, PATIENT))
    await asyncio.sleep(0)
    make.go.set()
    made = await second

    assert first is None
    assert made is not None
    assert (made.answer, await recent.get("a", make)) == (1, made)


async def test_who_asks_again_hears_once_what_went_wrong() -> None:
    clock = SteppedClock()
    recent, go = Recent[str, int](clock, LASTS), asyncio.Event()

    async def fail() -> int:
        await go.wait()
        raise ZeroDivisionError

    assert await recent.soon("a", fail, SOON) is None
    go.set()
    await asyncio.sleep(0.01)
    with pytest.raises(ZeroDivisionError):
        await recent.soon("a", fail, SOON)
    go.clear()
    assert await recent.soon("a", fail, SOON) is None
    go.set()
    await asyncio.sleep(0.01)
    clock.moment += LASTS
    make = Maker()
    make.go.set()
    made = await recent.soon("a", make, PATIENT)
    assert made is not None
    assert made.answer == 1


async def test_what_went_wrong_and_nobody_came_back_for_is_not_kept_for_ever() -> None:
    recent, go = Recent[int, int](SteppedClock(), LASTS, most=3), asyncio.Event()

    async def fail() -> int:
        await go.wait()
        raise ZeroDivisionError

    for question in range(5):
        assert await recent.soon(question, fail, SOON) is None
    go.set()
    await asyncio.sleep(0.01)
    make = Maker()
    make.go.set()
    oldest = await recent.soon(0, make, PATIENT)

    assert oldest is not None
    assert oldest.answer == 1
    with pytest.raises(ZeroDivisionError):
        await recent.soon(4, make, PATIENT)
