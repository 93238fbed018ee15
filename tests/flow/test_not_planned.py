"""Why nothing was planned stands in the timeline of the issue that it was for: short, and once."""

from collections.abc import AsyncIterator, Mapping
from uuid import UUID, uuid4

import pytest

from fettle.flow.mend import Mending
from tests.conftest import FreshDatabase
from tests.flow.test_investigate import TWINS, Bench, bench_of, slow

KEPT = (  # two indexes that are the same, of which no undo could bring the second one back
    "CREATE TABLE {0} (a int)",
    "CREATE INDEX {0}_a ON {0} ((a + 1))",
    "CREATE INDEX {0}_b ON {0} ((a + 1))",
    "ALTER INDEX {0}_b ALTER COLUMN 1 SET STATISTICS 500",
)
WISH = {"target": "main-db", "fix": "drop_duplicate_index", "issue": 1, "actor": "cli:ada"}
RUN, OTHER = uuid4(), uuid4()


@pytest.fixture
async def bench(
    store_environ: dict[str, str], other_database: FreshDatabase
) -> AsyncIterator[Bench]:
    async with bench_of(store_environ, other_database.url) as made:
        await made.arrive(slow())
        yield made


async def plan(bench: Bench, run: UUID, **more: object) -> None:
    place = bench.place
    mending = Mending(place.pool, place.clock, bench.settings, bench.places)
    wish: Mapping[str, object] = {**WISH, "subject": None, **more}
    await mending.planned(wish, run)


def kept(table: str) -> list[str]:
    return [statement.format(table) for statement in KEPT]


async def told(bench: Bench) -> list[str]:
    return [one.text for one in await bench.entries("not-planned")]


async def test_what_cannot_be_planned_stands_in_the_timeline(
    bench: Bench, other_database: FreshDatabase
) -> None:
    other_database.run(*TWINS)
    await plan(bench, RUN, subject="public.gone")
    await plan(bench, OTHER, target="elsewhere")
    await plan(bench, uuid4())

    nothing, unknown = await told(bench)
    assert nothing == "drop_duplicate_index: nothing is found any more that it would mend"
    assert "no [[database]] is called elsewhere" in unknown
    assert await bench.plans() == ["drop_duplicate_index on public.t_b"]


@pytest.mark.parametrize("more", [{}, {"subject": "public.gone"}, {"target": "elsewhere"}])
async def test_who_plans_again_after_a_crash_says_so_once(
    bench: Bench, other_database: FreshDatabase, more: dict[str, str]
) -> None:
    other_database.run(*kept("t"))
    await plan(bench, RUN, **more)
    await plan(bench, RUN, **more)
    once = await told(bench)
    await plan(bench, OTHER, **more)

    assert len(once) == 1
    assert await told(bench) == once * 2


async def test_what_is_refused_for_one_reason_is_told_together(
    bench: Bench, other_database: FreshDatabase
) -> None:
    other_database.run(*kept("t"), *kept("u"), *kept("v"))
    await plan(bench, RUN)

    (text,) = await told(bench)
    assert text.startswith("drop_duplicate_index: public.t_b and 2 more: has statistics targets")
