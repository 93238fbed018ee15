"""How the pages of a service are, as Fettle's own store has it: field data, and measurements."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import cast

import psycopg

from fettle.errors import CannotLook, StoreError
from fettle.model import page_turns
from fettle.model.budget import SIZES, THROUGHPUT
from fettle.model.capacity import LATELY, REQUESTS_PER_SECOND
from fettle.model.deploy import Deploy
from fettle.model.field import Counts, added, percentile
from fettle.model.finding import Unknown
from fettle.model.measurement import Profile
from fettle.model.page_history import MeasuredOnce
from fettle.model.page_stand import (
    VITALS,
    PagePromised,
    PageStand,
    PageTurned,
    ServerUse,
    Vital,
)
from fettle.model.ports import Clock, ReadingT
from fettle.model.watchpoint import KeptPages
from fettle.model.web_address import below
from fettle.store import deploys, field, page_capacities, page_measures, samples
from fettle.store.statements import Connection

Store = Callable[[], AbstractAsyncContextManager[Connection]]

_WEEKS = timedelta(days=27)  # before today: as field.DAYS of optimisation
_BEFORE = timedelta(days=7)  # so many days before a version went live, and after it, are compared
_FRESH = timedelta(days=14)  # what was measured earlier says nothing of how a page is
_BELIEVED = timedelta(days=90)  # what a server carries changes with what is deployed to it
_MOST_PAGES = 20  # the most visited of a site
_MOST_DRAWN = 3  # of them; a target has so many figures, and others are felt as well
_FEWEST_LATELY = 20
_MOST_KEPT = 2000  # measurements


@dataclass(frozen=True)
class PageSource:
    """Reads the store; implements model.ports.Source. Without one it knows nothing."""

    point: KeptPages
    store: Store | None
    clock: Clock
    name: str = "how its pages are"

    @property
    def offers(self) -> frozenset[type]:
        """Nothing where there is no store, and nothing that only it could tell."""
        if not (self.store or self.point.sites):
            return frozenset()
        promised = (PagePromised,) if self.point.promises else ()
        carried = (ServerUse,) if self.store and self.point.url is not None else ()
        return frozenset((PageStand, PageTurned, *promised, *carried))

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """See model.ports.Source.read."""
        if self.store is None:
            raise CannotLook(
                "Fettle's own store, which has them, does not run here",
                remedy="look from where fettle up runs, or set [store] url",
            )
        try:
            async with self.store() as connection:
                return cast("Sequence[ReadingT]", await self._read(kind, connection))
        except (StoreError, psycopg.Error) as error:
            said = error.reason if isinstance(error, StoreError) else "it does not answer"
            raise CannotLook(f"Fettle's own store: {said}") from None

    async def _read(self, kind: type, connection: Connection) -> Sequence[object]:
        if kind is PageTurned:
            return await self._turned(connection)
        if kind is PagePromised:
            return await self._promised(connection)
        if kind is ServerUse:
            return await self._carried(connection)
        return await self._stands(connection)

    async def _stands(self, connection: Connection) -> Sequence[PageStand]:
        now = self.clock.now()
        lived = [
            one
            for site in self.point.sites
            for one in await _of_people(connection, self.point, site, now.date())
        ]
        measured = await page_measures.latest(connection, self.point.subject, now - _FRESH)
        return [*lived, *(one for page in measured for one in _measured(self.point, page, now))]

    async def _promised(self, connection: Connection) -> Sequence[PagePromised]:
        now = self.clock.now()
        measured = await page_measures.latest(connection, self.point.subject, now - _FRESH)
        pages = [one for page in measured for one in _held(self.point, page, now)]
        if self.point.url is None:
            return pages
        servers = await self._carried(connection)
        return [*pages, *(one for use in servers for one in _held_to_room(self.point, use))]

    async def _carried(self, connection: Connection) -> Sequence[ServerUse]:
        now, subject, url = self.clock.now(), self.point.subject, self.point.url or ""
        asked = await samples.lately(connection, subject, REQUESTS_PER_SECOND, now - LATELY)
        kept = await page_capacities.since(connection, now - _BELIEVED)
        return [
            ServerUse(subject, page, asked.latest, one.carried, one.at_least, now - one.at)
            for page, one in kept.items()
            if asked is not None and one.carried and below(page, url)
        ]

    async def _turned(self, connection: Connection) -> Sequence[PageTurned]:
        now = self.clock.now()
        live = await deploys.around(connection, [self.point.subject], now - _WEEKS, now)
        kept = await page_measures.of_service(
            connection, self.point.subject, now - _WEEKS, _MOST_KEPT
        )
        measured = [
            turned
            for pages in page_turns.alike(kept)
            if pages[-1].at >= now - _FRESH
            for turned in page_turns.turns(self.point.subject, pages, live)
        ]
        return [*measured, *(await self._of_people_turned(connection, now, live) if live else ())]

    async def _of_people_turned(
        self, connection: Connection, now: datetime, live: Sequence[Deploy]
    ) -> Sequence[PageTurned]:
        since = now.date() - _WEEKS - _BEFORE
        return [
            turned
            for site in self.point.sites
            for place, metrics in (
                await field.visited_most(connection, site, since, _MOST_PAGES)
            ).items()
            for turned in _turns((self.point.subject, *place), metrics, live)
        ]


def _held(point: KeptPages, page: MeasuredOnce, now: datetime) -> Iterator[PagePromised]:
    held = [one.budget for one in point.promises if one.holds_for(page.page, page.profile)]
    for metric, budget in {one.metric: one for one in held}.items():
        values = page.figures.get(metric, ())
        current = median(values) if values else page.weights.get(metric)
        if current is None and metric in SIZES:
            current = 0.0  # nothing of that kind was sent
        if current is not None:
            yield PagePromised(
                point.subject, page.page, page.profile, current, budget, now - page.at
            )


def _held_to_room(point: KeptPages, use: ServerUse) -> Iterator[PagePromised]:
    """Yield what is promised of the room that a server has, whatever its pages are visited as."""
    held = [
        one.budget
        for one in point.promises
        if one.budget.metric == THROUGHPUT
        and any(one.holds_for(use.page, profile) for profile in Profile)
    ]
    for budget in held[-1:]:
        yield PagePromised(
            use.subject, use.page, None, use.used, budget, use.age, at_most=use.at_least
        )


def _measured(point: KeptPages, page: MeasuredOnce, now: datetime) -> Iterator[PageStand]:
    for metric in VITALS:
        if values := page.figures.get(metric):
            yield PageStand(
                point.subject,
                page.page,
                page.profile,
                metric,
                median(values),
                median(values),
                len(values),
                people=False,
                age=now - page.at,
            )


def _turns(
    whose: tuple[str, str, Profile],
    metrics: Mapping[str, Mapping[date, Counts]],
    live: Sequence[Deploy],
) -> Iterator[PageTurned]:
    """Yield how a page was before the first version that it was surely otherwise since.

    The day on which a version went live is of neither: its visits are of both.
    """
    for metric in VITALS:
        for deploy in sorted(live, key=lambda one: one.at):
            turned = _turn(whose, metric, metrics.get(metric, {}), deploy)
            if turned is not None and turned.surely > turned.at_most:
                yield turned
                break


def _turn(
    whose: tuple[str, str, Profile], metric: Vital, days: Mapping[date, Counts], deploy: Deploy
) -> PageTurned | None:
    day = deploy.at.astimezone(UTC).date()
    before = _together(days, lambda one: day - _BEFORE <= one < day)
    after = _together(days, lambda one: day < one <= day + _BEFORE)
    was, is_ = percentile(metric, before, None), percentile(metric, after, None)
    if was is None or is_ is None or min(was.visits, is_.visits) < _FEWEST_LATELY:
        return None
    return PageTurned(
        *whose,
        metric,
        deploy.version,
        deploy.at,
        was.p75,
        was.surely[1],
        is_.p75,
        is_.surely[0],
        was.visits,
        is_.visits,
    )


def _together(days: Mapping[date, Counts], chosen: Callable[[date], bool]) -> Counts:
    together: Counts = ()
    for day, counts in days.items():
        if chosen(day):
            together = added(together, counts)
    return together


async def _of_people(
    connection: Connection, point: KeptPages, site: str, today: date
) -> Sequence[PageStand]:
    """Return how the pages of a site are for people, those that most visit first."""
    found = await field.visited_most(connection, site, today - _WEEKS, _MOST_PAGES)
    return [
        one
        for place, ((page, profile), metrics) in enumerate(found.items())
        for one in _stands((point.subject, page, profile), metrics, today, place < _MOST_DRAWN)
    ]


def _stands(
    whose: tuple[str, str, Profile],
    metrics: Mapping[str, Mapping[date, Counts]],
    today: date,
    drawn: bool,
) -> Iterator[PageStand]:
    for metric in VITALS:
        days = metrics.get(metric, {})
        lately = _together(days, lambda day: today - day <= timedelta(days=1))
        told = percentile(metric, _together(days, lambda _: True), None)
        if told is None:
            continue
        enough = drawn and sum(lately) >= _FEWEST_LATELY
        last = percentile(metric, lately, None) if enough else None
        yield PageStand(
            *whose,
            metric,
            told.p75,
            told.surely[0],
            told.visits,
            people=True,
            age=today - max(days),
            lately=None if last is None else last.p75,
        )


@asynccontextmanager
async def opened(point: KeptPages, store: Store | None, clock: Clock) -> AsyncIterator[PageSource]:
    """Open what is kept of a service's pages."""
    yield PageSource(point, store, clock)
