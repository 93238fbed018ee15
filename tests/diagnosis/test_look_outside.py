"""A shop is dear.

Why it matters:  Nobody buys there.
Verify:          Ask for the price.
Cure:            Ask for less.
Ignore when:     It is a jeweller's.
Cannot see:      What is under the counter.
"""

# The check of this test is this module: its docstring is the check's page.

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from fettle.diagnosis.look_outside import Readings, look_outside
from fettle.model.diagnosis import Heard, Outcome
from fettle.model.finding import Finding, Measurement, Unknown, Untold, Verdict
from fettle.model.ports import ReadingT
from fettle.model.severity import Severity
from fettle.testing import GivenSource
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Price:
    """What a thing costs."""

    thing: str
    amount: int
    requests: int = 1


@dataclass(frozen=True)
class Weight:
    """What a thing weighs; nobody asks for it."""

    grams: int


@check(limits=NoLimits)
def judge(rows: Sequence[Price], _limits: NoLimits) -> Iterator[Verdict]:
    for row in rows:
        yield Measurement("price", 100 // row.amount, row.thing)
        if row.amount > 9:
            yield Finding(row.thing, Severity.MEDIUM, f"it costs {row.amount}")


async def asked(*sources: GivenSource) -> Outcome | None:
    return await look_outside(Readings(sources), judge, NoLimits())


async def test_what_sources_tell_is_judged_together() -> None:
    outcome = await asked(GivenSource([Price("tea", 10)]), GivenSource([Price("cake", 3)]))
    assert outcome is not None
    (finding,) = outcome.findings
    assert (finding.key, finding.title) == ("test_look_outside:tea", "A shop is dear")
    assert finding.impact == "Nobody buys there."
    assert [one.shown for one in outcome.measurements] == ["price tea", "price cake"]


async def test_what_no_source_knows_is_not_asked() -> None:
    assert await asked(GivenSource([Weight(3)])) is None
    assert await asked(GivenSource([], [Price])) is None


async def test_what_could_not_be_read_is_unknown_and_never_clean() -> None:
    outcome = await asked(
        GivenSource([Price("tea", 1)]), GivenSource(kinds=[Price], hindered="it is shut")
    )
    assert outcome is not None
    assert not outcome.clean
    assert outcome.unknown == (Unknown("what was given: it is shut"),)


async def test_a_part_that_is_missing_is_unknown_beside_the_rest() -> None:
    gap = Unknown("no price of the cake", "ask the baker")
    outcome = await asked(GivenSource([Price("tea", 10), gap], [Price]))
    assert outcome is not None
    assert [one.subject for one in outcome.findings] == ["tea"]
    assert outcome.unknown == (gap,)


@pytest.mark.parametrize(
    ("own", "others", "gaps"),
    [
        ([], [Price("tea", 1)], 0),
        ([], [Price("tea", 1, requests=0)], 1),
        ([], [], 1),
        ([Price("tea", 1)], [], 1),
    ],
)
async def test_what_a_source_does_not_tell_by_its_kind_is_a_gap_where_no_other_tells_it(
    own: list[Price], others: list[Price], gaps: int
) -> None:
    gap = Untold("it has no price of the cake")
    outcome = await asked(GivenSource([gap, *own], [Price]), GivenSource(others, [Price]))
    assert outcome is not None
    assert list(outcome.unknown) == [gap] * gaps


async def test_a_check_that_breaks_is_unknown_and_ends_nothing() -> None:
    outcome = await asked(GivenSource([Price("air", 0)]))
    assert outcome is not None
    (gap,) = outcome.unknown
    assert gap.reason == (
        "the check itself failed: ZeroDivisionError: integer division or modulo by zero"
    )


async def test_what_each_source_shows_by_itself_is_told() -> None:
    outcome = await asked(
        GivenSource([Price("tea", 10), Price("cake", 3)], name="the till"),
        GivenSource(kinds=[Price], hindered="it is shut", name="the shelf"),
        GivenSource([], [Price], name="the cellar"),
    )
    assert outcome is not None
    assert outcome.heard == (
        Heard("the till", ("test_look_outside:tea",)),
        Heard("the shelf", whole=False),
    )


@dataclass(frozen=True)
class Slow:
    """A source that never answers."""

    name: str = "slow"
    offers: Collection[type] = (Price,)

    async def read(self, _: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        await asyncio.Event().wait()
        raise AssertionError


async def test_who_does_not_answer_hides_nothing_of_what_others_tell() -> None:
    readings = Readings([Slow(), GivenSource([Price("tea", 10)])], timedelta(milliseconds=10))

    outcome = await look_outside(readings, judge, NoLimits())

    assert outcome is not None
    assert [one.subject for one in outcome.findings] == ["tea"]
    assert [one.reason for one in outcome.unknown] == ["slow: no answer within 10 ms"]


@dataclass
class Counting:
    """A source that counts how often it was read."""

    name: str = "counting"
    offers: Collection[type] = (Price,)
    reads: list[type] = field(default_factory=list)

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        self.reads.append(kind)
        await asyncio.sleep(0)
        return []


async def test_a_kind_is_read_once_whoever_asks_for_it() -> None:
    source = Counting()
    readings = Readings([source])
    await asyncio.gather(*(look_outside(readings, judge, NoLimits()) for _ in range(3)))
    assert source.reads == [Price]
