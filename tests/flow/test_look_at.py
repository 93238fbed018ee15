"""Looking at any target: what has sources, and a service with all that it needs."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from fettle import unit
from fettle.errors import Unreachable
from fettle.flow.look import Questions
from fettle.flow.look_at import Eyes, Seen, explained, look_at
from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Unknown
from fettle.model.incident import Change
from fettle.model.ports import Database, ReadingT, Source
from fettle.model.quantity import Ratio
from fettle.model.readings import Between, Memory, Processor, Responses, Saturation
from fettle.model.target import Kind, Target
from fettle.testing import GivenSource, SteppedClock
from fettle.unit import NoLimits
from tests.diagnosis.test_look_outside import Price, judge
from tests.flow.felt import site_slow as slow

SHOP = Target("shop", "", kind=Kind.SERVICE)
BANK = Target("bank", "", kind=Kind.DEPENDENCY)
ASKED = Questions(((judge, NoLimits()),), listings=())


async def looked(
    target: Target,
    given: Mapping[str, Sequence[Source]],
    asked: Questions = ASKED,
) -> Diagnosis:
    @asynccontextmanager
    async def sources(one: Target) -> AsyncIterator[Sequence[Source]]:
        yield given.get(one.name, ())

    return await look_at(target, Eyes(away, sources), lambda _: asked, SteppedClock())


def away(target: Target) -> AbstractAsyncContextManager[Database]:
    """Connect to no database."""
    raise Unreachable(f"{target.name} is away")


async def test_what_its_sources_tell_is_found() -> None:
    diagnosis = await looked(SHOP, {"shop": [GivenSource([Price("tea", 10), Price("milk", 1)])]})
    assert (diagnosis.target, diagnosis.status) == ("shop", "medium")
    assert [finding.subject for finding in diagnosis.findings] == ["tea"]
    assert [advice.findings for advice in diagnosis.recommendations] == [("test_look_outside:tea",)]


async def test_what_is_watched_nowhere_is_unknown() -> None:
    diagnosis = await looked(SHOP, {})
    assert diagnosis.status == "unknown"
    assert diagnosis.unreachable == Unknown(
        "nothing says where shop is watched",
        "give it a url, prometheus, metrics or access_log in fettle.toml",
    )


async def test_sources_that_know_nothing_of_it_leave_it_unknown() -> None:
    diagnosis = await looked(SHOP, {"shop": [GivenSource([], [Price], name="the till")]})
    assert diagnosis.status == "unknown"
    assert diagnosis.unreachable is not None
    assert diagnosis.unreachable.reason == "nothing is known of shop: the till had no figures of it"


ANSWERS = Questions(
    tuple(
        (unit.checks()[one], unit.checks()[one].limits())
        for one in ("response_time_high", "memory_high", "pool_saturated", "disk_slow")
    ),
    listings=(),
)


async def test_what_it_has_and_nobody_tells_is_unknown_where_somebody_could() -> None:
    span, kinds = timedelta(minutes=5), {Responses, Memory, Saturation}
    told = [GivenSource([Responses("shop", None, 1000, span, p95=Between(0.1, 0.2))], kinds)]

    by_metrics = await looked(SHOP, {"shop": told}, ANSWERS)
    by_a_log = await looked(SHOP, {"shop": [replace(told[0], kinds={Responses})]}, ANSWERS)

    assert [check for check, _ in by_metrics.unknown] == ["memory_high"]
    assert (by_metrics.status, by_a_log.status) == ("unknown", "ok")


@dataclass(frozen=True)
class Slow:
    """A source that never answers."""

    name: str = "slow"
    offers: Collection[type] = (Price,)

    async def read(self, _: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        await asyncio.Event().wait()
        raise AssertionError


async def test_what_takes_too_long_is_unknown_and_left_behind() -> None:
    asked = replace(ASKED, timeout=timedelta(milliseconds=10))
    before = asyncio.all_tasks()
    diagnosis = await looked(SHOP, {"shop": [Slow()]}, asked)
    assert [gap.reason for _, gap in diagnosis.unknown] == ["slow: no answer within 10 ms"]
    assert asyncio.all_tasks() == before


async def test_a_service_is_looked_at_with_all_that_it_needs() -> None:
    db = Target("main-db", "")
    shop = replace(SHOP, needs=(BANK, db))
    given = {
        "shop": [GivenSource([Price("tea", 10)])],
        "bank": [GivenSource([Price("tea", 12), Price("gold", 99)])],
    }
    diagnosis = await looked(shop, given)
    assert {finding.key for finding in diagnosis.findings} == {
        "test_look_outside:tea",
        "test_look_outside:bank/tea",
        "test_look_outside:bank/gold",
    }
    # what it needs and could not be reached is unknown of the whole: never a silence
    assert ("unreachable", Unknown("main-db is away")) in diagnosis.unknown
    assert diagnosis.target == "shop"


async def test_what_is_of_a_need_as_a_whole_is_called_as_it_is() -> None:
    given = {"bank": [GivenSource([Price("bank", 12), Price("bank:9187", 12)])]}
    diagnosis = await looked(replace(SHOP, needs=(BANK,)), given)
    assert {finding.subject for finding in diagnosis.findings} == {"bank", "bank:9187"}


@pytest.mark.parametrize("name", ["stripe", "bank"])
async def test_a_dependency_that_is_watched_nowhere_says_what_it_takes(name: str) -> None:
    diagnosis = await looked(replace(BANK, name=name), {})
    assert diagnosis.unreachable is not None
    like = ", like https://api.stripe.com/v1/charges," if name == "stripe" else ""
    assert diagnosis.unreachable == Unknown(
        f"nothing says where {name} is watched",
        f"give it a url{like} or a status_url in fettle.toml",
    )


@pytest.mark.parametrize("target", [SHOP, replace(SHOP, needs=(BANK,))])
async def test_symptoms_are_explained_by_what_was_found_anywhere(target: Target) -> None:
    asked = replace(ASKED, symptoms=("it is slow",))
    diagnosis = await looked(target, {"shop": [GivenSource([Price("tea", 10)])]}, asked)
    assert diagnosis.symptoms == ("it is slow",)
    assert [match.symptom for match in diagnosis.symptom_matches] == ["it is slow"]


SLOW = Questions(((slow.judge, NoLimits()),), listings=())


async def test_what_a_service_needs_explains_what_was_found_of_it() -> None:
    api = Target("api", "", kind=Kind.SERVICE, calls=("bank",))
    shop = replace(SHOP, needs=(api, BANK), calls=("api",))
    given = {name: [GivenSource([Price(name, 9)])] for name in ("shop", "api", "bank")}

    diagnosis = await looked(shop, given, SLOW)

    (cause,) = diagnosis.causes
    assert cause.subject == "dependency bank"
    assert set(cause.explains) == {"site_slow:shop", "site_slow:api", "site_slow:bank"}
    assert "shop needs it: shop → api → bank; whoever calls it waits for it" in cause.evidence
    assert diagnosis.recommendations[0].title.startswith("Begin with dependency bank")


async def test_what_is_needed_and_away_explains_it_too() -> None:
    shop = replace(SHOP, needs=(Target("main-db", ""),))

    diagnosis = await looked(shop, {"shop": [GivenSource([Price("shop", 9)])]}, SLOW)

    (cause,) = diagnosis.causes
    assert cause.subject == "database main-db"
    assert cause.evidence[:2] == (
        "main-db could not be reached: main-db is away",
        "shop needs it: shop → main-db",
    )


async def test_what_is_needed_and_watched_nowhere_explains_nothing() -> None:
    shop = replace(SHOP, needs=(BANK,), calls=("bank",))

    diagnosis = await looked(shop, {"shop": [GivenSource([Price("shop", 9)])]}, SLOW)

    assert diagnosis.causes == ()


async def test_what_went_live_just_before_explains_what_nothing_else_does() -> None:
    clock = SteppedClock()
    change = Change("shop", clock.now().timestamp() - 600, "deploy 1.4.2")

    diagnosis = await looked(SHOP, {"shop": [GivenSource([Price("shop", 9)])]}, SLOW)
    told = explained(diagnosis, SHOP, changes=[change])

    assert [cause.subject for cause in told.causes] == ["deploy 1.4.2 of shop"]


async def test_what_others_saw_of_what_it_needs_explains_it_and_stays_theirs() -> None:
    """As in a look at all of them at once."""
    db = Target("main-db", "")
    shop = replace(SHOP, calls=("bank", "main-db"))
    given = {name: [GivenSource([Price(name, 9)])] for name in ("shop", "bank")}
    alone = await looked(shop, given, SLOW)
    bank = Seen(BANK, (await looked(BANK, given, SLOW)).findings)
    away_ = (await looked(db, {}, SLOW)).unreachable

    told = explained(alone, shop, [bank, Seen(db, (), away_)])
    together = await looked(replace(shop, needs=(BANK, db)), given, SLOW)

    assert [one.subject for one in told.causes] == ["dependency bank", "database main-db"]
    assert [(one.subject, one.confidence, one.evidence) for one in told.causes] == [
        (one.subject, one.confidence, one.evidence) for one in together.causes
    ]
    assert [one.explains for one in told.causes] == [("site_slow:shop",)] * 2
    assert told.outcomes == alone.outcomes


@pytest.mark.parametrize(
    ("kind", "blamed"), [(Kind.SERVICE, ["host web-1"]), (Kind.PROMETHEUS, [])]
)
async def test_a_busy_machine_explains_its_own_service_and_no_stranger(
    kind: Kind, blamed: list[str]
) -> None:
    """Which of its services runs on a machine no Prometheus knows."""
    minutes = timedelta(minutes=5)
    told = [
        Processor("web-1", Ratio(0.99), minutes),
        Responses("shop", None, 1000, minutes, p95=Between(5, 7.5)),
    ]
    asked = Questions(
        tuple((unit.checks()[one], unit.checks()[one].limits()) for one in _FELT), listings=()
    )
    target = Target("shop", "", kind=kind)

    diagnosis = await looked(target, {"shop": [GivenSource(told)]}, asked)

    assert len(diagnosis.findings) == 2
    assert [cause.subject for cause in diagnosis.causes] == blamed


_FELT = ("cpu_saturated", "response_time_high")
