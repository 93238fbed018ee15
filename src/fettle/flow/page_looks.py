"""Pages are measured by themselves, and what that told is kept.

1. A timer of the engine rings as often as `[optimisation] every` says, and starts a run: a worker
   measures, of the label that the settings name, since it takes a Chromium. Each page is a step, so
   that whoever goes on for a worker that died goes on behind the last page.
2. What is measured is kept as `fettle optimise measure --save` keeps it, compared with what was
   kept before on the same machine. The looks of the service judge it (page_slow, page_regressed,
   page_over_budget).
3. A page that cannot be measured ends no other: the run says why.
"""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.engine.run import Run
from fettle.errors import CannotLook, WrongUsage
from fettle.flow import throughput
from fettle.flow.recurring import Recurring
from fettle.flow.schedules import refuse_label
from fettle.model import page_turns
from fettle.model.browser import Browser, PageAsked
from fettle.model.budget import Budget
from fettle.model.capacity import KeptCapacity
from fettle.model.measurement import PageMeasurement, Profile
from fettle.model.page_round import PageRound, PageTold
from fettle.model.ports import Clock
from fettle.model.run import Json, RunState, Timer
from fettle.model.web_address import below, without_user
from fettle.optimisation import regress
from fettle.optimisation.analysis import analyse
from fettle.optimisation.measure import measure
from fettle.settings import Settings
from fettle.settings.optimisation import letting_in, measured_pages
from fettle.store import deploys, page_capacities, page_measures
from fettle.store.page_measures import Keeping
from fettle.store.pool import Pool
from fettle.store.statements import Connection

LOOK = "page-look"
TIMER = "page look"
SUBJECT = "pages"
KIND = "pages"
ACTOR = "fettle"
_WITHIN = timedelta(minutes=1)  # of one visit
_BACK = timedelta(days=27)  # as the looks of a service compare
_MOST = 200

Written = Callable[[PageMeasurement], Mapping[str, Any]]


async def prepare(connection: Connection, engine: Engine, settings: Settings, clock: Clock) -> None:
    """Set the timer, as the settings plan it; raises BadSettings."""
    refuse_label("[optimisation]", settings.optimisation.on)
    newest = await engine.newest(connection, kind=KIND, limit=1)
    at = newest[0].created_at if newest else None
    await _recurring(settings).prepare(connection, at, clock.now())


def _recurring(settings: Settings) -> Recurring:
    every = settings.optimisation.every if measured_pages(settings) else timedelta()
    return Recurring(TIMER, SUBJECT, every)


async def latest(connection: Connection, engine: Engine, settings: Settings) -> PageRound | None:
    """Return what the newest measurements by the clock told; None where there are none."""
    if not settings.optimisation.every:
        return None
    for run in await engine.newest(connection, kind=KIND, limit=2):
        if run.state is RunState.DONE and run.finished_at is not None:
            told = cast("Sequence[Mapping[str, Any]]", run.result)
            return PageRound(run.finished_at, tuple(PageTold.read(one) for one in told))
        if run.state.ended:
            return PageRound(run.finished_at or run.created_at, (), run.error or "it was cancelled")
    return None


def counts(told: PageRound, now: datetime, settings: Settings) -> bool:
    """Whether measurements still count: one that is missing may be on its way, and not two."""
    return now - told.at <= 2 * settings.optimisation.every


@dataclass(frozen=True)
class PageLooks:
    """What measures: the handler of its timer, and the run's function."""

    pool: Pool
    engine: Engine
    clock: Clock
    settings: Settings
    browser: Callable[[], Browser]
    written: Written

    @property
    def timers(self) -> Mapping[str, Handler]:
        """The handler, by the kind of its timers."""
        return {TIMER: self._ring}

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {LOOK: self._run}

    async def _ring(self, connection: Connection, timer: Timer) -> None:
        start = partial(self._start, connection)
        await _recurring(self.settings).ring(connection, timer, self.clock.now(), start)

    async def _start(self, connection: Connection) -> UUID:
        return await self.engine.start(
            connection,
            LOOK,
            None,
            kind=KIND,
            target="how pages are",
            label=self.settings.optimisation.on,
        )

    async def _run(self, run: Run, _: Json) -> Json:
        pages = measured_pages(self.settings)
        if not pages:
            raise WrongUsage(
                "nothing is to be measured",
                remedy="give each worker that measures pages the server's fettle.toml",
            )
        return [
            await run.step(f"measure {without_user(url)} as a {profile}", self.told, url, profile)
            for url, profile in pages
        ]

    async def told(self, url: str, profile: Profile) -> Json:
        """Measure a page, keep that, and return how it stands."""
        told, runs = PageTold(without_user(url), profile), self.settings.optimisation.runs
        try:
            page = PageAsked(url, profile, _WITHIN, *letting_in(self.settings, url))
            measured = await measure(self.browser(), page, runs, self.clock, lambda _: None)
        except (WrongUsage, CannotLook) as error:
            return replace(told, failed=error.reason).written()
        own = own_budgets(self.settings, measured.url, profile)
        async with self.pool.connection() as connection:
            async with connection.transaction():
                await keep(connection, self.settings, measured, ACTOR, self.written(measured))
            slower = await _slower(connection, measured)
            carried = await self._carried(connection, measured.url)
        missed = analyse(measured, own, carried).missed
        return replace(told, missed=tuple(missed), slower=slower).written()

    async def _carried(self, connection: Connection, url: str) -> KeptCapacity | None:
        """Return what a page's server carries, beside what looks say is asked of it now."""
        kept = (await page_capacities.of_pages(connection, [url])).get(url)
        service = service_of(url, self.settings)
        if kept is None or service is None:
            return kept
        now = await throughput.of_looks(connection, service, self.clock.now())
        return kept if now is None else replace(kept, asked=now)


async def _slower(connection: Connection, measured: PageMeasurement) -> tuple[str, ...]:
    """Return which figures of a page got surely worse, and are not well again."""
    since = measured.started_at - _BACK
    kept = await page_measures.history(connection, measured.url, measured.profile, since, _MOST)
    return tuple(
        turned.metric
        for pages in page_turns.alike(kept)
        for turned in page_turns.turns("", pages, ())
    )


async def keep(
    connection: Connection,
    settings: Settings,
    measured: PageMeasurement,
    actor: str,
    document: Mapping[str, Any],
) -> PageMeasurement:
    """Keep a measurement that was made here.

    Return it with how it stands to the last one that was kept of it here.
    """
    how = Keeping(actor, platform.node(), service_of(measured.url, settings))
    now = measured.started_at
    earlier = await page_measures.before(
        connection, measured.url, measured.profile, how.machine, now
    )
    if earlier is not None and how.service is not None:
        live = await deploys.around(connection, [how.service], earlier.at, now)
        earlier = replace(earlier, deploys=tuple(live))
    await page_measures.keep(connection, measured, how, document)
    return regress.since(measured, earlier)


def service_of(url: str, settings: Settings) -> str | None:
    """Return the service whose page it is, the nearest of several."""
    named = [
        (len(one.url), one.name)
        for one in settings.service
        if one.url is not None and below(url, one.url)
    ]
    return max(named)[1] if named else None


def own_budgets(settings: Settings, url: str, profile: Profile) -> Sequence[Budget]:
    """Return the budgets of the settings that are about a page."""
    services = frozenset(
        one.name for one in settings.service if one.url is not None and below(url, one.url)
    )
    return [
        budget
        for one in settings.budget
        if one.holds_for(url, services, profile)
        for budget in one.budgets
    ]
