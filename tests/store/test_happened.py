"""Figures that the store counts are those that come of counting its issues one by one."""

import random
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from fettle.errors import Refused
from fettle.main import Wired
from fettle.model.figures import Cell, Figures, Times
from fettle.model.issue import Milestones
from fettle.review.figures import Every, Part, stretches
from fettle.store import happened, statements
from fettle.store.happened import AT_ONCE, Asked
from fettle.store.pool import beside, pool_of
from fettle.store.statements import Connection
from fettle.store.store import Store
from tests.review.counting import Counted, cells

START = datetime(2026, 1, 7, 11, 30, tzinfo=UTC)  # a Wednesday
END = START + timedelta(days=70)
MICROSECOND = timedelta(microseconds=1)
LIMIT = 1000
OVER = ("resolved", "in-review", "closed")
STATUSES = (*OVER, "declined", "triaged", "acknowledged")
BY_PERSON = (("note", "user:ada"), ("resolved", "cli:ada"), ("held", "link:chat"))
BY_REMEDY = (("remedy-helped", "fettle"),)
BY_NOBODY = (("note", "fettle"), ("triaged", "user:ada"), ("resolved", "token:ci/hook"))

ISSUE = """
INSERT INTO issue (
    title, status, severity, priority, category, class, services, team, classification,
    milestones, opened_at, changed_at, calls_since
)
VALUES (
    'Slow', %(status)s, 1, 'p2', 'performance', %(class)s, %(services)s, %(team)s, '{}',
    %(milestones)s, %(at)s, %(at)s, %(at)s
)
RETURNING number
"""
ENTRY = """
INSERT INTO timeline (issue, at, actor, event, text, detail)
VALUES (%(issue)s, now(), %(actor)s, %(event)s, '', %(detail)s)
"""
CLOCK = "INSERT INTO clock_event (issue, clock, at, act) VALUES (%s, 'response', now(), %s)"
LINK = "INSERT INTO link (issue, other, kind, actor) VALUES (%s, %s, %s, 'fettle')"


@dataclass(frozen=True)
class Happened:
    """An issue to be written, and as it is counted."""

    status: str
    counted: Counted
    entry: tuple[str, str] | None


def happenings(seed: int, number: int) -> Iterator[Happened]:
    """Yield issues of all kinds, some of them on the edges of the time."""
    dice = random.Random(seed)
    for place in range(number):
        at = START + dice.random() * (END - START) if place else START
        status = dice.choice(STATUSES)
        seen = milestones(dice, at)
        entry = dice.choice([None, *BY_PERSON, *BY_REMEDY, *BY_NOBODY])
        counted = Counted(
            at,
            seen,
            team=dice.choice([None, "web", "data"]),
            services=tuple(dice.choices(["shop", "wiki", "Über"], k=dice.choice([0, 1, 1, 2, 3]))),
            class_=dice.choice([None, "slow", "down"]),
            declined=status == "declined",
            false_positive=status == "declined" and dice.random() < 0.5,
            over=status in OVER,
            touched=seen.acknowledged is not None or entry in (*BY_PERSON, *BY_REMEDY),
            breached=dice.random() < 0.3,
            returned=place > 0 and dice.random() < 0.3,
        )
        yield Happened(status, counted, entry)


def milestones(dice: random.Random, at: datetime) -> Milestones:
    def later(from_: datetime) -> datetime:
        return from_ + timedelta(microseconds=dice.randrange(3 * 10**11))

    detected = later(at)
    told = (later(detected) if dice.random() < 0.6 else None for _ in range(3))
    return Milestones(at, detected, *told)


async def write(connection: Connection, one: Happened) -> None:
    counted = one.counted
    row = {
        "status": one.status,
        "class": counted.class_,
        "services": list(counted.services),
        "team": counted.team,
        "at": counted.opened_at,
        "milestones": statements.json(told(counted.milestones)),
    }
    (number,) = await (await connection.execute(ISSUE, row)).fetchone() or (0,)
    why = "false-positive" if counted.false_positive else "duplicate"
    entries = [one.entry] if one.entry else []
    for event, actor in [*entries, *([("declined", "user:ada")] if counted.declined else [])]:
        detail = statements.json({"why": why} if event == "declined" else {})
        entry = {"issue": number, "actor": actor, "event": event, "detail": detail}
        await connection.execute(ENTRY, entry)
    await connection.execute(CLOCK, (number, "breached" if counted.breached else "met"))
    if number > 1:
        kind = "recurrence" if counted.returned else "related"
        await connection.execute(LINK, (number, 1, kind))


def told(seen: Milestones) -> Mapping[str, str | None]:
    return {name: at and at.isoformat() for name, at in vars(seen).items()}


@pytest.fixture
async def store(store_environ: dict[str, str]) -> AsyncIterator[Store]:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store:
        yield store


@pytest.fixture
def connection(store: Store) -> Connection:
    return store.connection


def near(times: Times, other: Times) -> bool:
    """Whether times are the same; between two the median is rounded to the microsecond."""
    pairs = ((times.median, other.median), (times.p90, other.p90))
    weighed = all(
        abs(one - two) <= MICROSECOND if one is not None and two is not None else one is two
        for one, two in pairs
    )
    return weighed and (times.number, times.mean) == (other.number, other.mean)


def same(figures: Figures, other: Figures) -> bool:
    pairs = zip(vars(figures).values(), vars(other).values(), strict=True)
    return all(near(one, two) if isinstance(one, Times) else one == two for one, two in pairs)


def by_place(found: list[Cell]) -> Mapping[tuple[bool, str | None, int | None], Figures]:
    return {(cell.grouped, cell.name, cell.part): cell.figures for cell in found}


@pytest.mark.parametrize("seed", range(3))
async def test_the_store_counts_as_one_does_by_hand(connection: Connection, seed: int) -> None:
    history = list(happenings(seed, 150))
    for one in history:
        await write(connection, one)
    for by in (None, *Part):
        for every in Every:
            for team, service in ((None, None), ("web", None), (None, "shop"), ("none", None)):
                bounds = list(stretches(START, END, every))
                own = [
                    one.counted
                    for one in history
                    if team in (None, one.counted.team)
                    and (service is None or service in one.counted.services)
                ]
                wanted = by_place(list(cells(own, bounds, by)))
                asked = Asked(bounds, team, service)
                found = by_place(await happened.figures(connection, asked, by, LIMIT))
                assert found.keys() == wanted.keys()
                for place, figures in found.items():
                    assert same(figures, wanted[place]), place


async def test_only_the_time_itself_is_counted_and_what_was_merged_is_not(
    connection: Connection,
) -> None:
    (one,) = happenings(0, 1)
    moments = (START - MICROSECOND, START, END - MICROSECOND, END)
    for at in moments:
        await write(connection, replace(one, counted=replace(one.counted, opened_at=at)))
    await write(connection, replace(one, status="merged"))
    bounds = list(stretches(START, END, Every.MONTH))
    found = await happened.figures(connection, Asked(bounds), None, LIMIT)
    assert {cell.part: cell.figures.issues for cell in found} == {None: 2, 0: 1, 2: 1}


async def test_more_than_can_be_counted_is_refused(connection: Connection) -> None:
    for one in happenings(1, 4):
        await write(connection, one)
    bounds = list(stretches(START, END, Every.WEEK))
    assert await happened.figures(connection, Asked(bounds), None, 4)
    with pytest.raises(Refused, match="more than 3 issues"):
        await happened.figures(connection, Asked(bounds), None, 3)


async def test_the_parts_of_the_largest_groups_alone_are_counted(connection: Connection) -> None:
    history = list(happenings(2, 60))
    for one in history:
        await write(connection, one)
    asked = Asked(list(stretches(START, END, Every.WEEK)))
    every = by_place(await happened.figures(connection, asked, Part.SERVICE, LIMIT))
    size = {
        name: one.issues for (grouped, name, part), one in every.items() if grouped and part is None
    }
    for most in (1, 2):
        found = by_place(await happened.figures(connection, asked, Part.SERVICE, LIMIT, most))
        told = {name for grouped, name, part in found if grouped and part is not None}
        assert len(told) == most
        assert min(size[name] for name in told) >= max(size[name] for name in size.keys() - told)
        assert found == {
            place: one
            for place, one in every.items()
            if not place[0] or place[2] is None or place[1] in told
        }


async def test_what_two_connections_count_is_what_one_counts(
    store: Store, connection: Connection
) -> None:
    history = list(happenings(3, 60))
    for one in history:
        await write(connection, one)
    asked = Asked(list(stretches(START, END, Every.WEEK)))
    for by in (None, Part.SERVICE):
        alone = await happened.figures(connection, asked, by, LIMIT)
        async with pool_of(store, size=1) as pool:
            for _ in range(2):  # it is handed back
                assert await happened.figures(connection, asked, by, LIMIT, pool=pool) == alone
                with pytest.raises(Refused, match="more than 3 issues"):
                    await happened.figures(connection, asked, by, 3, pool=pool)
            async with pool.connection():  # none is left
                assert await happened.figures(connection, asked, by, LIMIT, pool=pool) == alone


async def test_two_connections_see_one_moment(store: Store, connection: Connection) -> None:
    asked = Asked(list(stretches(START, END, Every.WEEK)))
    (one,) = happenings(4, 1)
    at = replace(one, counted=replace(one.counted, opened_at=START))
    async with pool_of(store, size=2) as pool:
        async with pool.connection() as third, connection.transaction():
            await connection.execute(AT_ONCE)
            await connection.execute("SELECT")
            await write(third, at)
            async with beside(connection, pool, AT_ONCE) as other:
                for each in (connection, other):
                    cursor = await each.execute("SELECT count(*) FROM counted")
                    assert await cursor.fetchone() == (0,)
        assert await happened.figures(connection, asked, None, LIMIT, pool=pool)
