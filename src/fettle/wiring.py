"""The wiring of a server and of a worker: what they share, and what goes on as long as they do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial

from fettle import unit, wired_pages, wired_updates
from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.flow import (
    advice,
    announce,
    asked,
    learn,
    links,
    mended,
    own_store,
    page_looks,
    remind,
    retain,
    task_fixes,
    tend,
    treat,
    update_looks,
    update_watch,
    watch,
    wording,
)
from fettle.flow import upkeep as upkeep_
from fettle.flow.advice import Asking as AskingForAdvice
from fettle.flow.alive import Alive
from fettle.flow.announce import Announcer, Telling
from fettle.flow.beside import beside
from fettle.flow.catalogued import known
from fettle.flow.courtesy import Courtesy
from fettle.flow.digest import Digesting
from fettle.flow.duty import Duty
from fettle.flow.follow import following
from fettle.flow.heartbeats import Lateness
from fettle.flow.heed import heeding
from fettle.flow.inquire import Asking
from fettle.flow.investigate import Investigating
from fettle.flow.kept_history import KeptHistory
from fettle.flow.knowing import Knowing
from fettle.flow.learnt import Learnt
from fettle.flow.logs import Learning
from fettle.flow.look import Questions
from fettle.flow.look_at import Eyes
from fettle.flow.mend import Mending
from fettle.flow.people import sealed
from fettle.flow.people.passwords import Passwords
from fettle.flow.people.people import People
from fettle.flow.people.sealed import Sealing
from fettle.flow.places import Places
from fettle.flow.put_back import carried
from fettle.flow.read_again import ReadingAgain
from fettle.flow.recognise import Recognising
from fettle.flow.recognise_again import RecognisingAgain
from fettle.flow.reproduce import Reproducing
from fettle.flow.schedules import Planned, planned
from fettle.flow.sentries import Sentries
from fettle.flow.sentry_rounds import Rounds
from fettle.flow.solve import Solving
from fettle.flow.solving import Solver
from fettle.flow.source_maps import Readable
from fettle.flow.step_acts import Acts
from fettle.flow.task_course import STEP, Upkeep
from fettle.flow.task_steps import TaskSteps
from fettle.flow.tend import Desk
from fettle.flow.treat import Treating
from fettle.flow.upkeep_checks import UpkeepChecks
from fettle.flow.upload_maps import Uploading
from fettle.flow.watch import Watch, Ways
from fettle.frontends.api.serving import Serving
from fettle.frontends.application import Application
from fettle.frontends.report.as_json import document
from fettle.intake import settled
from fettle.maintenance.settled import agenda_of
from fettle.model.fix import FixRun
from fettle.model.notification import Receiver
from fettle.model.remedy import Remedy
from fettle.model.target import Target
from fettle.model.work import Tools
from fettle.resolution import catalogue, remedies
from fettle.resolution.approve import rule_of
from fettle.resolution.remedies import Cures
from fettle.review.rules import rules_of
from fettle.settings import Settings
from fettle.store import servers
from fettle.store.access import secret_called
from fettle.store.bell import OUTBOX, Bell
from fettle.store.changes import Changes
from fettle.store.deliveries import Deliveries
from fettle.store.errors import Events
from fettle.store.field import Visits
from fettle.store.pool import Pool, pool_of
from fettle.store.statements import Connection
from fettle.store.store import Store
from fettle.store.tally import Tally
from fettle.targets import language_model, sentry
from fettle.targets.amazon_sns import AmazonSns
from fettle.targets.calling import CallMaker
from fettle.targets.notify import Notifier
from fettle.targets.openid import OpenId
from fettle.targets.outgoing import Outgoing
from fettle.targets.programs import Programs
from fettle.targets.tools import Above, tools_of
from fettle.triage.people import people_of
from fettle.triage.runbooks import shelf_of
from fettle.triage.settled import policy_of
from fettle.wired_intake import taking_of
from fettle.wired_pages import WiredPages
from fettle.wired_updates import WiredUpdates, advised_by, taking_by

_CONNECTIONS = 12  # to the store, of a server with its worker
_STEPS = 4  # of maintenance, that a worker does at once: some take hours, and all a machine has


@asynccontextmanager
async def serving(
    application: Application, settings: Settings, store: Store, url: str
) -> AsyncIterator[Serving]:
    """See frontends.application.Application.serving."""
    settings.refuse_any_absent()  # whoever serves looks at everything, and tells everybody
    async with pool_of(store, _CONNECTIONS) as pool, beside() as start:
        deliveries, errors, tally = Deliveries(pool), Events(pool), Tally(pool)
        visits, changes = Visits(pool), Changes(pool)
        for one in (deliveries, errors, visits, tally, changes):
            start(one.run())
        learnt = Learnt(pool, application.clock)
        await learnt.look()
        start(learnt.follow())
        knowing = Knowing(pool, catalogue.of_folder(settings.errors.known))
        await knowing.look()
        start(knowing.follow(changes))
        desk = await _desk(application, settings, pool, url, _cures(settings, knowing))
        engine = Engine(pool, application.clock)
        solver = Solver(settings, engine, desk)
        outgoing = Outgoing(settings.outgoing.allow)
        courtesy = Courtesy(lambda: deliveries.arriving() or errors.arriving())
        grouping, readable = settled.grouping_of(settings), Readable()
        apis = sentry.apis(settings.sentry, outgoing, application.clock)
        digesting = Digesting(desk, grouping, courtesy, readable)
        sentries = Sentries(pool, application.clock, settings, apis, digesting)
        upkeep = Upkeep(settings, engine, desk, agenda_of(settings), application.environ)
        _teach(application, pool, solver, outgoing, knowing, sentries, upkeep)
        await engine.prepare()
        yield Serving(
            pool,
            engine,
            taking_of(settings, solver, learnt, courtesy),
            deliveries,
            errors,
            visits,
            tally,
            settings,
            application.clock,
            readable,
            Uploading(settings.errors, engine),
            AmazonSns(outgoing, application.clock),
            changes,
            await _people(application, settings, pool, outgoing),
            knowing,
            grouping,
            apis,
            url,
            upkeep,
            application.advisor(settings) is not None and language_model.installed(),
        )


@asynccontextmanager
async def working(
    application: Application,
    serving: Serving,
    labels: tuple[str, ...],
    concurrency: int,
    hurry: asyncio.Event,
) -> AsyncIterator[None]:
    """See frontends.application.Application.working."""
    pool, settings, clock = serving.pool, serving.settings, application.clock
    notifier = Notifier(Outgoing(settings.outgoing.allow))
    telling = Telling(
        {one.name: Receiver(one.name, one.url, one.secret) for one in settings.receiver},
        notifier,
        clock,
        settings.outgoing.most_a_minute,
    )
    bell = Bell(pool)
    # the worker comes first and goes last: its life says that what is in our hands is ours
    async with (
        serving.engine.worker(
            labels=carried(labels), concurrency=concurrency, hurry=hurry
        ) as worker,
        beside(hurry) as start,
    ):
        announcer = Announcer(pool, telling, worker.id, worker.life, lambda: bell.ring(OUTBOX))
        learning = Learning(pool, clock, settings.logs, settled.terms_of(settings))
        start(serving.knowing.prepare())
        rounds = Rounds(serving.sentries) if settings.sentry else None
        taking, digesting = serving.taking, serving.digesting
        start(Duty(pool, bell, taking, digesting, announcer, learning, rounds).run())
        for followed in following(settings, labels, pool, clock):
            start(followed.run())
        start(announce.examine(telling.receivers.values(), notifier.examine))
        start(update_watch.watching(application, settings, pool).run())
        yield


@asynccontextmanager
async def noticing(application: Application, serving: Serving) -> AsyncIterator[None]:
    """See frontends.application.Application.noticing."""
    pool, settings = serving.pool, serving.settings
    async with pool.connection() as connection:
        await servers.started(connection, serving.url, application.clock.now())
        await watch.prepare(connection, settings, application.clock)
        await retain.prepare(connection, application.clock)
        await remind.prepare(connection, serving.desk)
        await upkeep_.prepare(connection, serving.upkeep)
        await update_looks.prepare(connection, settings, application.clock)
        await page_looks.prepare(connection, serving.engine, settings, application.clock)

    async def warn() -> None:
        databases, connect = application.databases(settings), application.connect(settings)
        await own_store.warn(pool, databases, connect, settings, application.clock)

    async with beside() as start:
        start(warn())
        if (url := settings.server.alive_url) is not None:
            call = Outgoing(settings.outgoing.allow).call
            start(Alive(pool, call, application.clock, url).run())
        yield


async def _people(
    application: Application, settings: Settings, pool: Pool, outgoing: Outgoing
) -> People:
    """Return what it takes to let people in."""
    async with pool.connection() as connection:
        key = await secret_called(connection, sealed.KEY)
    providers = [OpenId(one, outgoing, application.clock) for one in settings.oidc]
    return People(
        settings.log_in,
        Passwords(settings.log_in.shortest_password),
        Sealing(key),
        {provider.name: provider for provider in providers},
    )


async def _desk(
    application: Application, settings: Settings, pool: Pool, url: str, cures: Cures
) -> Desk:
    """Return what it takes to work on issues."""
    async with pool.connection() as connection:
        key = await secret_called(connection, links.KEY)
    people, policy = people_of(settings), policy_of(settings)
    return Desk(
        people,
        policy,
        links.Links(url, key),
        application.clock,
        looking_back=rules_of(settings),
        rule=rule_of(settings),
        shelf=shelf_of(settings),
        cures=cures,
    )


def _cures(settings: Settings, knowing: Knowing) -> Cures:
    """Return what is known of errors, and what may be done about them; raises BadSettings."""
    given: tuple[Remedy, ...] = ()
    if settings.remedy:  # to know all names takes a while
        names = remedies.Known(knowing.ids, unit.fixes().keys(), unit.checks().keys())
        given = remedies.remedies_of(settings, names)
    return Cures(knowing.read, given, remedies.limits_of(settings), knowing.look)


def _teach(
    application: Application,
    pool: Pool,
    solver: Solver,
    outgoing: Outgoing,
    knowing: Knowing,
    sentries: Sentries,
    upkeep: Upkeep,
) -> None:
    """Let the engine know all that it can run, and all that it does when timers ring."""
    clock, engine = application.clock, solver.engine
    desk, settings = solver.desk, solver.settings
    places = Places(
        application.connect(settings),
        application.standbys(settings),
        {target.name: target for target in application.databases(settings)},
        partial(application.means, settings),
    )
    watched = {target.name: target for target in application.watched(settings)}
    written = partial(document, verbose=False)

    def ask(plan: Planned, target: Target) -> Questions:
        return asked.questions(settings, target, only=plan.only, skip=plan.skip)

    ways = Ways(application.eyes(settings, pool.connection), watched, written, ask)
    watching = Watch(pool, engine, clock, settings, ways)
    asking = Asking(settings, desk.policy.catalogue, engine)

    async def told(connection: Connection, run: FixRun) -> None:
        await mended.ended(connection, desk, asking, run)
        await treat.mended(connection, engine, run)
        await task_fixes.mended(connection, engine, run)

    mending = Mending(pool, clock, settings, places, told)
    calls = CallMaker(outgoing)
    programs = Programs(application.environ)
    tools = _tools(application, settings, pool, ways.eyes)
    acts = Acts(pool, clock, settings, places, ways.eyes, watched, calls, programs, tools)
    treating = Treating(pool, clock, solver, calls, mending)
    solving = Solving(treating, places, look_again=sentries.look_again)
    updates = WiredUpdates(application, settings, pool, engine, desk.links.url)
    pages = WiredPages(application, settings, pool, engine)
    engine.know(
        runs={
            **watching.runs,
            **Investigating(pool, clock, settings, places, ways.eyes, watched, written).runs,
            **mending.runs,
            **Recognising(pool, solver).runs,
            **RecognisingAgain(pool, solver, knowing).runs,
            **ReadingAgain(pool, desk, settled.grouping_of(settings)).runs,
            **solving.runs,
            **Reproducing(pool, solver, solving.showing).runs,
            **TaskSteps(pool, upkeep, mending, acts).runs,
            **pages.runs,
            **learn.runs(pool, clock),
            **updates.runs,
            **_advice(application, settings, pool, desk),
        },
        timers={
            tend.TIMER: tend.attending(desk),
            **Lateness(clock).timers,
            **watching.timers,
            **retain.retaining(settings, clock),
            **remind.reminding(desk),
            **upkeep_.ringing(upkeep),
            **updates.timers,
            **pages.timers,
        },
        at_once={STEP: _STEPS, **wired_updates.AT_ONCE, **wired_pages.AT_ONCE},
    )


def _tools(
    application: Application, settings: Settings, pool: Pool, eyes: Eyes
) -> Callable[[], Tools]:
    """Return what makes, once, what tasks that come along work with on this machine."""
    clock, environ = application.clock, application.environ
    watched = dict.fromkeys(plan.place.target for plan in planned(settings))
    history = KeptHistory(pool, tuple(watched))
    checks = UpkeepChecks(settings, eyes, application.databases(settings), clock)
    taking = taking_by(application, settings, pool)
    above = Above(history, checks, advised_by(application, settings, pool), taking)
    return cache(partial(tools_of, settings, clock, environ, pool, above))


def _advice(
    application: Application, settings: Settings, pool: Pool, desk: Desk
) -> Mapping[str, Function]:
    """Return the runs that ask a language model."""
    advisor, clock = application.advisor(settings), application.clock
    asking = AskingForAdvice(pool, clock, desk.policy, settings.ai, advisor, heeding(desk))
    return {**advice.runs(asking), **wording.runs(asking.consulting, known(settings))}
