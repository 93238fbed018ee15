"""Why a target is in trouble is told from what was measured of it and of what it needs."""

from datetime import timedelta

import pytest

from fettle.flow import catalogued, why
from fettle.store import partitions, samples
from fettle.store.samples import Took
from fettle.testing import START
from tests.flow.filing import Filing
from tests.flow.watching import Street, answer, street_of

MINUTE = timedelta(minutes=1)
SERVICES = [{"name": "shop", "url": "https://shop.example", "depends_on": ["stripe"]}]


@pytest.mark.parametrize(
    ("looks", "ago"),
    [
        ("xxx.x", 2),
        ("?x?x..", 3),
        (".xxx", None),
        ("??.", None),
        ("", None),
        ("x" * 200 + ".", 199),
        # of what is never known whole no look is good
        ("xx" + "?" * 400 + "xxx", 1),
        ("?" * 400 + "xxx", None),
        ("?" * 300 + "x" + "?" * 300 + "x", 601),
    ],
)
async def test_trouble_began_when_the_first_bad_look_in_a_row_was_made(
    filing: Filing, looks: str, ago: int | None
) -> None:
    """Looks are the latest first: `x` bad, `.` well, `?` unknown; each a minute earlier."""
    named = {"x": "high", ".": "ok", "?": "unknown"}
    async with filing.pool.connection() as connection, connection.transaction():
        await partitions.cover(connection, START - timedelta(days=1), START)
        await connection.execute(
            "INSERT INTO watched (target, firing, missed, looked_at, version)"
            " VALUES ('shop', '{}', 0, now(), 1)"
        )
        stands = (await samples.stand(connection, ["shop"]))["shop"]
        for place, one in enumerate(looks):
            at = START - place * MINUTE
            await samples.keep(connection, Took(stands.id, at, "checks", named[one], 0, 0, 0.1), [])
        began = await samples.began(connection, stands.id, START - timedelta(days=1))
    assert began == (None if ago is None else START - ago * MINUTE)


async def days(street: Street) -> None:
    """Let a day go by in which all is well, and an hour in which stripe slows the shop down."""
    for number in range(25 * 12):
        bad = number >= 24 * 12
        chance = number % 7 / 1000
        await street.look("stripe", [answer("stripe", (2.0 if bad else 0.1) + chance)])
        await street.look("shop", [answer("shop", (2.3 if bad else 0.3) + chance)])
        street.clock.moment += 5 * MINUTE


async def test_what_moved_first_and_is_needed_is_the_likeliest(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe", "other", service=SERVICES)
    await days(street)
    targets = catalogued.known(street.settings)
    now = filing.clock.now()
    async with filing.pool.connection() as connection:
        (first, *_) = await why.suspects(
            connection, targets, ["shop"], START + timedelta(hours=24), now
        )
        nothing = await why.suspects(connection, targets, ["other"], now - MINUTE, now)
        figures = await samples.tied(connection, ["shop", "stripe"], START, 5)

    assert first.subject == "stripe"
    assert first.evidence
    assert nothing == []
    assert sorted(figures.values()) == [("shop", "probe_whole_s"), ("stripe", "probe_whole_s")]
