"""Each error that is kept is counted once, whoever digests it, and whoever dies meanwhile."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.flow import digest
from fettle.flow import errors as flow
from fettle.flow.courtesy import Courtesy
from fettle.flow.digest import Digesting
from fettle.flow.errors import Quiet
from fettle.flow.knowing import Knowing
from fettle.model.error_event import ErrorEvent, Frame, Raised
from fettle.model.known_error import Origin
from fettle.resolution import catalogue
from fettle.resolution.catalogue import OwnErrorFile
from fettle.resolution.remedies import Cures
from fettle.store import access, errors, known_errors
from fettle.store.access import Project
from fettle.triage.moves import By
from tests.flow.desk import Place

CART = {
    "title": "The cart is of an older version",
    "cause": "It was made before the last release.",
    "solution": [{"does": "Make it anew."}],
    "certain": {"exception": ["CartError"]},
}


def digesting(place: Place, courtesy: Courtesy | None = None) -> Digesting:
    """Return what it takes to digest."""
    return Digesting(place.taking.desk, courtesy=courtesy or Courtesy())


def happened(at: datetime, type_: str = "KeyError") -> ErrorEvent:
    """Return an error of a type, as it was read."""
    frames = (Frame("total", "shop.cart", "shop/cart.py", line=12, in_app=True),)
    return ErrorEvent(uuid.uuid4(), at, "python", raised=(Raised(type_, "'price'", frames=frames),))


async def keep(place: Place, events: Sequence[ErrorEvent], name: str = "shop") -> Project:
    """Keep errors as a door does."""
    now = place.clock.now()
    async with place.pool.connection() as connection:
        project = await access.keep_project(connection, name)
        await errors.keep(connection, [errors.happened(project.id, now, one) for one in events])
    return project


async def groups(place: Place) -> list[tuple[object, ...]]:
    """Return titles and counts."""
    return await place.rows("SELECT title, events FROM error_group ORDER BY title")


async def all_(place: Place) -> None:
    """Digest all that waits."""
    while await digest.digest(place.pool, digesting(place)):
        pass


async def test_what_was_just_written_is_known_of_the_next_new_bug(place: Place) -> None:
    """Who digests may be another process than who was written to, and not have heard of it."""
    knowing = Knowing(place.pool)
    before = knowing.read()
    desk = replace(place.taking.desk, cures=Cures(knowing.read, look=knowing.look))
    ours = catalogue.known("the_cart", OwnErrorFile.model_validate(CART), Origin.PAGE)
    async with place.pool.connection() as connection:
        await known_errors.insert(connection, ours, "user:ada", place.clock.now())
    await keep(place, [happened(place.clock.now(), "CartError")])

    await digest.digest(place.pool, Digesting(desk))

    assert "the_cart" not in before.catalogue
    ((known,),) = await place.rows("SELECT known FROM error_group")
    assert "the_cart" in str(known)


async def test_two_who_digest_count_each_error_once(place: Place) -> None:
    now = place.clock.now()
    await keep(place, [happened(now, f"Error{n % 7}") for n in range(700)])

    async def take() -> None:
        for _ in range(20):
            await digest.digest(place.pool, digesting(place))

    await asyncio.gather(take(), take())
    await all_(place)

    assert [number for _, number in await groups(place)] == [100] * 7
    assert await place.rows("SELECT sum(number) FROM error_count") == [(700,)]
    ((filed,),) = await place.rows("SELECT count(*) FROM delivery")
    assert 1 <= filed <= 7


async def test_who_is_cut_off_has_done_nothing_and_the_next_begins_again(place: Place) -> None:
    await keep(place, [happened(place.clock.now()) for _ in range(50)])
    for pauses in range(1, 24, 3):
        held = _Held(pauses)
        cut = asyncio.create_task(digest.digest(place.pool, digesting(place, held)))
        reached = asyncio.create_task(held.reached.wait())
        await asyncio.wait({cut, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        cut.cancel()
        with suppress(asyncio.CancelledError):
            await cut
    await all_(place)

    assert [number for _, number in await groups(place)] == [50]
    assert await place.rows("SELECT sum(events) FROM error_group_key") == [(50,)]
    assert await place.rows("SELECT count(*) FROM delivery") == [(1,)]


class _Held(Courtesy):
    """Lets whoever works wait for ever at a pause."""

    def __init__(self, pauses: int) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self._left = pauses

    async def pause(self) -> None:
        self._left -= 1
        if not self._left:
            self.reached.set()
            await asyncio.Event().wait()


async def test_one_that_is_no_event_dies_alone_with_the_reason(place: Place) -> None:
    now = place.clock.now()
    project = await keep(place, [happened(now), happened(now)])
    broken = errors.Happened(project.id, uuid.uuid4(), now, now, None, None, '{"id": 7}')
    async with place.pool.connection() as connection:
        await errors.keep(connection, [broken])
    await keep(place, [happened(now)])

    await all_(place)

    assert [number for _, number in await groups(place)] == [3]
    ((reason,),) = await place.rows("SELECT dead FROM error_event WHERE key IS NULL")
    assert str(reason).startswith("a mistake in Fettle: ValidationError")
    assert await place.rows("SELECT number FROM intake_count WHERE outcome = 'dead'") == [(1,)]


async def test_the_same_bug_in_two_applications_is_two(place: Place) -> None:
    now = place.clock.now()
    await keep(place, [happened(now)], "shop")
    await keep(place, [happened(now)], "wiki")
    await all_(place)

    assert len(await groups(place)) == 2


async def test_what_comes_far_more_often_is_told_and_is_calm_again(place: Place) -> None:
    for _ in range(30):
        await keep(place, [happened(place.clock.now())])
        await all_(place)
        await place.clock.sleep(3600)
    await keep(place, [happened(place.clock.now()) for _ in range(40)])
    await all_(place)

    await look(place)
    assert await place.rows("SELECT state FROM error_group") == [("escalating",)]
    assert await place.rows("SELECT count(*) FROM delivery") == [(2,)]
    await place.clock.sleep(5 * 3600)
    await look(place)
    assert await place.rows("SELECT state FROM error_group") == [("ongoing",)]
    assert await place.rows("SELECT count(*) FROM delivery") == [(2,)]


async def test_what_was_muted_for_a_time_is_heard_of_after_it(place: Place) -> None:
    await keep(place, [happened(place.clock.now())])
    await all_(place)
    until = place.clock.now() + timedelta(hours=1)
    async with place.pool.connection() as connection:
        by = By("cli:ada", place.clock.now())
        await flow.mute(connection, place.taking.desk, 1, by, Quiet(until))

    await look(place)
    assert await place.rows("SELECT state FROM error_group") == [("muted",)]
    await place.clock.sleep(3600)
    await look(place)
    assert await place.rows("SELECT state FROM error_group") == [("ongoing",)]


async def look(place: Place) -> None:
    """Look at what grows and what is muted, as is done once a minute."""
    await digest.look_again(place.pool, digesting(place))
