"""All sources look at once; one that fails stops no other, and is never taken for nothing found."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.errors import Unreachable
from fettle.flow.update_check import Judging, look
from fettle.model.ports_updates import Outside, Seen
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Affected,
    Ecosystem,
    Installed,
    Level,
    Offers,
    Package,
    Release,
    SourceResult,
    SourceState,
    Update,
    UpdateType,
    Withdrawn,
)
from fettle.testing import START, given_outside
from fettle.unit.module import Module
from fettle.unit.source import Look, UpdateSource

ANYIO = Package(Ecosystem.PYPI, "anyio")
IN_USE = Installed(ANYIO, "4.8.0", "uv.lock")


def judge(
    installed: Sequence[Installed],
    offers: Mapping[Package, Offers],
    advisories: Sequence[Advisory],
    _now: datetime,
) -> list[Update]:
    """Take the last version that is on offer."""
    kind = UpdateType.SECURITY if advisories else UpdateType.REGULAR
    return [
        Update(
            "anyio-1", one.package, one.where, one.version,
            offers[one.package].releases[-1].version, kind, Level.MINOR,
            advisories=tuple(advisories),
        )
        for one in installed
        if one.package in offers
    ]  # fmt: skip


JUDGING = Judging(judge)


def source(id_: str, look_: Look) -> UpdateSource:
    return UpdateSource(Module(f"sources.{id_}"), look_)


def result(id_: str) -> SourceResult:
    return SourceResult(id_, SourceState.OK, START, 1, 1)


async def dependencies(_: Outside) -> Seen:
    offers = {ANYIO: Offers(ANYIO, (Release("4.8.0"), Release("4.9.0")))}
    return Seen(result("dependencies"), (IN_USE,), offers)


def advisory(id_: str, *versions: str, severity: Severity | None = Severity.MEDIUM) -> Advisory:
    affected = (Affected(ANYIO, versions=frozenset(versions)),)
    return Advisory(id_, severity=severity, affected=affected)


async def security(_: Outside) -> Seen:
    told = advisory("GHSA-1", "4.8.0")
    return Seen(result("security"), (IN_USE,), advisories=(told,))


async def broken(_: Outside) -> Seen:
    raise ZeroDivisionError("somebody divided")


async def refused(_: Outside) -> Seen:
    raise Unreachable("nobody answers", remedy="plug it in")


async def endless(_: Outside) -> Seen:
    await asyncio.sleep(60)
    raise AssertionError


async def test_what_sources_saw_is_judged_together() -> None:
    """What one knows to be in use and another knows to be weak is one update."""
    told = await look(
        given_outside(),
        [source("dependencies", dependencies), source("security", security)],
        JUDGING,
    )
    (update,) = told.updates
    assert (update.version, update.type) == ("4.9.0", UpdateType.SECURITY)
    assert (told.security, told.regular, told.whole) == (1, 0, True)


async def test_of_a_machine_not_everything_that_is_installed_is_listed() -> None:
    """Only what has updates is told: whoever lists what is in use must know."""
    sources = [source("dependencies", dependencies)]
    alone = await look(given_outside(), sources, JUDGING)
    with_machine = await look(given_outside(machine=object()), sources, JUDGING)
    assert (alone.lists_all, with_machine.lists_all) == (True, False)
    assert alone.installed == (IN_USE,)


async def test_one_that_fails_stops_no_other_and_says_why() -> None:
    sources = [
        source("dependencies", dependencies),
        source("broken", broken),
        source("refused", refused),
        source("endless", endless),
    ]
    told = await look(given_outside(), sources, JUDGING, longest=timedelta(seconds=0.2))
    assert [one.version for one in told.updates] == ["4.9.0"]
    assert [(one.source, one.state, one.reason, one.remedy) for one in told.sources] == [
        ("dependencies", SourceState.OK, None, None),
        ("broken", SourceState.FAILED, "it broke: ZeroDivisionError: somebody divided", None),
        ("refused", SourceState.FAILED, "nobody answers", "plug it in"),
        ("endless", SourceState.FAILED, "it took longer than 200 ms", None),
    ]
    assert not told.whole


async def test_sources_look_at_the_same_time() -> None:
    """Each waits for the other to have begun."""
    begun = asyncio.Barrier(2)

    async def meets(_: Outside) -> Seen:
        async with asyncio.timeout(5):
            await begun.wait()
        return Seen(result("meets"))

    told = await look(given_outside(), [source("one", meets), source("other", meets)], JUDGING)
    assert told.whole


def told_by(*advisories: Advisory) -> UpdateSource:
    async def known(_: Outside) -> Seen:
        return Seen(result("security"), (IN_USE,), advisories=advisories)

    return source("security", known)


def nothing_newer(*_: object) -> list[Update]:
    return []


async def test_a_weakness_that_nothing_on_offer_closes_is_told() -> None:
    """That there is no update does not mean that nothing is known."""
    known = told_by(advisory("GHSA-1", "4.8.0"), advisory("GHSA-2", "1.0"))
    told = await look(given_outside(), [known], Judging(nothing_newer))
    assert [(one.installed, one.advisory.id) for one in told.open] == [(IN_USE, "GHSA-1")]
    assert told.worst is Severity.MEDIUM


async def test_that_records_disagree_about_what_nothing_closes_is_told() -> None:
    both = (
        Affected(ANYIO, versions=frozenset({"4.8.0"}), told_by="GHSA-1"),
        Affected(ANYIO, versions=frozenset({"1.0"}), told_by="CVE-1"),
    )
    told = await look(
        given_outside(), [told_by(Advisory("GHSA-1", affected=both))], Judging(nothing_newer)
    )
    (one,) = told.open
    assert one.advisory.contradictions == (
        "GHSA-1 has anyio 4.8.0 affected, and CVE-1 has it not: it is taken as affected",
    )


async def test_one_that_an_update_closes_is_not_told_twice() -> None:
    known = told_by(advisory("GHSA-1", "4.8.0"))
    told = await look(given_outside(), [source("dependencies", dependencies), known], JUDGING)
    assert told.open == ()
    assert told.worst is Severity.MEDIUM


async def test_what_is_withdrawn_is_told_with_and_without_an_update_for_it() -> None:
    gone = Withdrawn(ANYIO, "4.8.0", "uv.lock", "it was withdrawn: it is broken")

    async def withdrawn(outside: Outside) -> Seen:
        seen = await dependencies(outside)
        return replace(seen, result=replace(seen.result, withdrawn=(gone,)))

    sources = [source("dependencies", withdrawn)]
    newer = await look(given_outside(), sources, JUDGING)
    nothing = await look(given_outside(), sources, Judging(nothing_newer))
    assert newer.withdrawn == nothing.withdrawn == (gone,)
    assert [one.grounds for one in newer.updates] == [
        ("4.8.0 is in use, and it was withdrawn: it is broken",)
    ]


async def test_what_nobody_has_rated_counts_as_high() -> None:
    known = told_by(advisory("GHSA-1", "4.8.0", severity=None))
    told = await look(given_outside(), [known], Judging(nothing_newer))
    assert told.worst is Severity.HIGH


async def test_what_the_settings_accept_is_told_and_counts_no_more() -> None:
    known = told_by(advisory("GHSA-1", "4.8.0"))
    judging = Judging(nothing_newer, lambda _package, one, _today: f"{one.id} is known")
    told = await look(given_outside(), [known], judging)
    assert [one.advisory.id for one in told.open] == ["GHSA-1"]
    assert dict(told.accepted) == {(ANYIO, "GHSA-1"): "GHSA-1 is known"}
    assert told.worst is None


async def test_what_cannot_be_judged_was_not_looked_at() -> None:
    """A range that nobody can read is never taken for safe."""
    broken = Affected(ANYIO, ranges=((("introduced", "0"), ("fixed", "not a version")),))
    known = told_by(Advisory("GHSA-1", affected=(broken,)))
    told = await look(given_outside(), [known], Judging(nothing_newer))
    (one,) = told.sources
    assert (one.looked_at, one.total) == (0, 1)
    assert [passed.reason for passed in one.passed] == [
        "whether GHSA-1 is about 4.8.0 cannot be told"
    ]
