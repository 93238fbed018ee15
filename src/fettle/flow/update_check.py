"""A look for updates: every source at once, and what follows from what they saw."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fettle.errors import FettleError
from fettle.flow.update_files import with_asks, with_asks_in_use
from fettle.model.ports_updates import Outside, Seen
from fettle.model.quantity import say_duration
from fettle.model.update import (
    Advisory,
    Installed,
    Offers,
    Package,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    security_first,
)
from fettle.unit.source import UpdateSource
from fettle.updates.candidates import release_of
from fettle.updates.weaknesses import unclosed, unjudged, with_unjudged
from fettle.updates.withdrawn import with_grounds

LONGEST = timedelta(minutes=10)

Judge = Callable[
    [Sequence[Installed], Mapping[Package, Offers], Sequence[Advisory], datetime],
    Sequence[Update],
]
Accepts = Callable[[Package, Advisory, date], str | None]


@dataclass(frozen=True)
class Judging:
    """What decides: which updates there are of what was seen, and what the settings accept."""

    updates: Judge
    accepts: Accepts = lambda _package, _advisory, _today: None


async def look(
    outside: Outside,
    sources: Collection[UpdateSource],
    judging: Judging,
    longest: timedelta = LONGEST,
    *,
    thorough: bool = False,
) -> UpdateCheck:
    """Look with all sources; one that fails, or takes too long, stops no other.

    A `thorough` one reads of all that is in use what it asks for, where a registry tells it apart.
    """
    now = outside.clock.now()
    seen = await asyncio.gather(*(_seen(one, outside, now, longest) for one in sources))
    known = _together(seen, lists_all=outside.machine is None)
    told = await asyncio.to_thread(_judged, known, judging, now)
    if outside.releases is None:
        return told
    offers, files = known.offers, outside.releases
    if thorough:
        offers = await with_asks_in_use(known.installed, offers, told.updates, files)
    offers = await with_asks(known.installed, offers, told.updates, files)
    if offers is known.offers:
        return told
    return await asyncio.to_thread(_judged, replace(known, offers=offers), judging, now)


@dataclass(frozen=True)
class _Known:
    """All that was seen, by whichever source."""

    lists_all: bool
    seen: Sequence[Seen]
    installed: tuple[Installed, ...]
    offers: Mapping[Package, Offers]
    advisories: tuple[Advisory, ...]


def _together(seen: Sequence[Seen], *, lists_all: bool) -> _Known:
    return _Known(
        lists_all,
        seen,
        tuple(dict.fromkeys(one for each in seen for one in each.installed)),
        {package: one for each in seen for package, one in each.offers.items()},
        tuple({one.id: one for each in seen for one in each.advisories}.values()),
    )


def _judged(known: _Known, judging: Judging, now: datetime) -> UpdateCheck:
    """Return what follows from all that was seen; pure, and for a large lock it takes a while."""
    seen, installed, advisories = known.seen, known.installed, known.advisories
    told = judging.updates(installed, known.offers, advisories, now)
    # what leads nowhere is no update: nothing on offer closes it, or nobody can judge it
    gone = [each for one in seen for each in one.result.withdrawn]
    updates = list(with_grounds((one for one in told if one.version != one.current), gone))
    updates += [one for each in seen for one in each.updates]
    doubted = list(unjudged(installed, advisories))
    open_ = tuple(unclosed(installed, advisories, updates))
    accepted = {
        (package, advisory.id): reason
        for package, advisory in _known(updates, advisories)
        if (reason := judging.accepts(package, advisory, now.date())) is not None
    }
    results = [
        with_unjudged(each.result, [one for one in doubted if one[1] in each.advisories])
        for each in seen
    ]
    found = tuple(security_first(updates))
    releases = {
        one.id: release
        for one in found
        if (release := release_of(one.version, known.offers.get(one.package))) is not None
    }
    return UpdateCheck(
        now, found, tuple(results), open_, accepted, installed, known.lists_all, releases
    )


def _known(
    updates: Sequence[Update], advisories: Sequence[Advisory]
) -> set[tuple[Package, Advisory]]:
    closed = {(one.package, advisory) for one in updates for advisory in one.advisories}
    return closed | {
        (one.package, advisory) for advisory in advisories for one in advisory.affected
    }


async def _seen(source: UpdateSource, outside: Outside, now: datetime, longest: timedelta) -> Seen:
    try:
        async with asyncio.timeout(longest.total_seconds()):
            return await source(outside)
    except TimeoutError:
        return _failed(source, now, f"it took longer than {say_duration(longest)}")
    except FettleError as error:
        return _failed(source, now, error.reason, error.remedy)
    except Exception as error:  # noqa: BLE001 - a source may be anybody's, and fails alone
        return _failed(source, now, f"it broke: {type(error).__name__}: {error}")


def _failed(source: UpdateSource, now: datetime, reason: str, remedy: str | None = None) -> Seen:
    result = SourceResult(source.id, SourceState.FAILED, now, reason=reason, remedy=remedy)
    return Seen(result)
