"""What is asked of a service now is told by what watches it, or nobody knows it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest

from fettle.errors import CannotLook
from fettle.flow import throughput
from fettle.flow.look_at import Sources
from fettle.model.capacity import REQUESTS_PER_SECOND, Asked, KeptCapacity
from fettle.model.finding import Unknown
from fettle.model.ports import Source
from fettle.model.readings import Failures, Responses
from fettle.model.target import Kind, Target
from fettle.store import partitions, samples
from fettle.store.samples import Sample, Took
from fettle.testing import START, GivenSource
from tests.flow.filing import Filing

SHOP = Target("shop", "", kind=Kind.SERVICE)
OVER = timedelta(minutes=5)


def opening(*sources: GivenSource) -> Sources:
    @asynccontextmanager
    async def opened(_: Target) -> AsyncIterator[Sequence[Source]]:
        yield sources

    return opened


async def told(*sources: GivenSource) -> Asked | Unknown:
    return await throughput.of_sources(SHOP, opening(*sources), timedelta(seconds=5))


async def test_the_source_that_saw_the_most_of_all_a_service_is_asked_counts() -> None:
    log = GivenSource((Failures("shop", None, 900, 0, OVER),), name="access.log")
    inside = GivenSource(
        (
            Responses("shop", None, 300, OVER),
            Responses("shop", "/a", 9000, OVER),  # a route is no service
            Responses("desk", None, 9000, OVER),  # nor is another one
            Failures("shop", None, 300, 0, OVER),
        ),
        name="Prometheus",
    )
    assert await told(inside, log) == Asked(3, "access.log")
    assert await told(inside) == Asked(1, "Prometheus")
    assert await told(GivenSource(hindered="no answer", kinds=(Failures,)), inside) == Asked(
        1, "Prometheus"
    )


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (GivenSource(), "nothing counts the requests of shop"),
        (GivenSource((Responses("shop", None, 9, timedelta()),)), "nothing counts"),
        (GivenSource(kinds=(Failures,), hindered="it is empty", name="log"), "log: it is empty"),
        (GivenSource((Unknown("no times"),), (Responses,)), "no times"),
    ],
)
async def test_where_nothing_tells_it_is_not_known_and_why(source: GivenSource, says: str) -> None:
    found = await told(source)
    assert isinstance(found, Unknown)
    assert says in found.reason


async def test_sources_that_cannot_be_opened_say_why() -> None:
    def shut(_: Target) -> AbstractAsyncContextManager[Sequence[Source]]:
        raise CannotLook("the token is wrong", remedy="give another")

    found = await throughput.of_sources(SHOP, shut, timedelta(seconds=5))
    assert found == Unknown("the token is wrong", "give another")


async def test_a_look_of_the_last_minutes_tells_and_an_older_one_does_not(filing: Filing) -> None:
    async with filing.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO watched (target, firing, missed, looked_at, version)"
            " VALUES ('shop', '{}', 0, now(), 1)"
        )
        stands = (await samples.stand(connection, ["shop"]))["shop"]
        await partitions.prepare(connection, START)
        took = Took(stands.id, START, "checks", "ok", 0, 0, 0.1)
        await samples.keep(connection, took, [Sample(REQUESTS_PER_SECOND, "", 7.5)])
        later = START + timedelta(minutes=5)
        assert await throughput.of_looks(connection, "shop", later) == Asked(
            7.5, "a look at shop, 5 min ago"
        )
        assert await throughput.of_looks(connection, "shop", START + timedelta(hours=1)) is None
        assert await throughput.of_looks(connection, "desk", later) is None


def test_what_was_said_when_it_was_found_stands_until_somebody_knows_better() -> None:
    said, why = Asked(4, "--now, when that was found"), Unknown("nothing counts")
    kept = KeptCapacity(START, 10, at_least=False, asked=said)
    assert throughput.with_now(kept, why).asked == said
    assert throughput.with_now(kept, Asked(5, "log")).asked == Asked(5, "log")
    untold = KeptCapacity(START, 10, at_least=False, asked=Unknown("nobody"))
    assert throughput.with_now(untold, why).asked == why
