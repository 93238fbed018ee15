"""The wiring of a server and of a worker: what they share, and what goes on as long as they do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fettle import unit
from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.flow import (
    advice,
    announce,
    learn,
    links,
    mended,
    own_store,
    recognise,
    remind,
    retain,
    tend,
    treat,
    watch,
)
from fettle.flow.absorb import Taking
from fettle.flow.advice import Asking as AskingForAdvice
from fettle.flow.alive import Alive
from fettle.flow.announce import Announcer, Telling
from fettle.flow.board import Rules
from fettle.flow.courtesy import Courtesy
from fettle.flow.digest import Digesting
from fettle.flow.duty import Duty
from fettle.flow.follow import following
from fettle.flow.heartbeats import Lateness
from fettle.flow.heed import heeding
from fettle.flow.inquire import Asking
from fettle.flow.investigate import Investigating
from fettle.flow.knowing import Knowing
from fettle.flow.learnt import Learnt
from fettle.flow.logs import Learning
from fettle.flow.mend import Mending
from fettle.flow.people import sealed
from fettle.flow.people.passwords import Passwords
from fettle.flow.people.people import People
from fettle.flow.people.sealed import Sealing
from fettle.flow.places import Places
from fettle.flow.read_again import ReadingAgain
from fettle.flow.recognise import Recognising
from fettle.flow.recognise_again import RecognisingAgain
from fettle.flow.sentries import Sentries
from fettle.flow.sentry_rounds import Rounds
from fettle.flow.solve import Solving
from fettle.flow.solving import Solver
from fettle.flow.source_maps import Readable
from fettle.flow.tend import Desk
from fettle.flow.treat import Treating
from fettle.flow.upload_maps import Uploading
from fettle.flow.watch import Watch, Ways
from fettle.frontends.api.serving import Serving
from fettle.frontends.application import Application
from fettle.frontends.report.as_json import document
from fettle.intake import settled
from fettle.model.diagnosis import Diagnosis
from fettle.model.fix import FixRun
from fettle.model.notification import Receiver
from fettle.model.remedy import Remedy
from fettle.model.target import Target
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
from fettle.store.pool import Pool, pool_of
from fettle.store.statements import Connection
from fettle.store.store import Store
from fettle.store.tally import Tally
from fettle.targets import sentry
from fettle.targets.amazon_sns import AmazonSns
from fettle.targets.calling import CallMaker
from fettle.targets.notify import Notifier
from fettle.targets.openid import OpenId
from fettle.targets.outgoing import Outgoing
from fettle.triage.case import Case
from fettle.triage.classify import classify
from fettle.triage.people import people_of
from fettle.triage.runbooks import shelf_of
from fettle.triage.settled import policy_of

_CONNECTIONS = 12  # to the store, of a server with its worker


@asynccontextmanager
async def serving(
    application: Application, settings: Settings, store: Store, url: str
) -> AsyncIterator[Serving]:
    """See frontends.application.Application.serving."""
    settings.refuse_any_absent()  # whoever serves looks at everything, and tells everybody
    async with pool_of(store, _CONNECTIONS) as pool, beside() as start:
        deliveries, errors, tally = Deliveries(pool), Events(pool), Tally(pool)
        start(deliveries.run())
        start(errors.run())
        start(tally.run())
        changes = Changes(pool)
        start(changes.run())
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
        grouping = settled.grouping_of(settings)
        readable, apis = Readable(), sentry.apis(settings.sentry, outgoing, application.clock)
        digesting = Digesting(desk, grouping, courtesy, readable)
        sentries = Sentries(pool, application.clock, settings, apis, digesting)
        _teach(application, pool, solver, outgoing, knowing, sentries)
        await engine.prepare()
        taking = _taking(settings, solver, learnt, courtesy)
        signatures = AmazonSns(outgoing, application.clock)
        yield Serving(
            pool,
            engine,
            taking,
            deliveries,
            errors,
            tally,
            settings,
            application.clock,
            readable,
            Uploading(settings.errors, engine),
            signatures,
            changes,
            await _people(application, settings, pool, outgoing),
            knowing,
            grouping,
            apis,
            url,
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
    pool, settings = serving.pool, serving.settings
    notifier = Notifier(Outgoing(settings.outgoing.allow))
    telling = Telling(
        {one.name: Receiver(one.name, one.url, one.secret) for one in settings.receiver},
        notifier,
        application.clock,
        settings.outgoing.most_a_minute,
    )
    bell = Bell(pool)
    # the worker comes first and goes last: its life says that what is in our hands is ours
    async with (
        serving.engine.worker(labels=labels, concurrency=concurrency, hurry=hurry) as worker,
        beside(hurry) as start,
    ):
        announcer = Announcer(pool, telling, worker, lambda: bell.ring(OUTBOX))
        learning = Learning(pool, application.clock, settings.logs)
        start(serving.knowing.prepare())
        rounds = Rounds(serving.sentries) if settings.sentry else None
        taking, digesting = serving.taking, serving.digesting
        start(Duty(pool, bell, taking, digesting, announcer, learning, rounds).run())
        for followed in following(settings, labels, pool, application.clock):
            start(followed.run())
        start(announce.examine(telling.receivers.values(), notifier.examine))
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

    async def warn() -> None:
        databases, connect = _databases(application, settings), application.connect(settings)
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
    return Cures(knowing.read, given, remedies.limits_of(settings))


def _taking(settings: Settings, solver: Solver, learnt: Learnt, courtesy: Courtesy) -> Taking:
    """Return what it takes to take what arrives."""
    engine, desk = solver.engine, solver.desk
    rules = Rules(
        settled.limits_of(settings),
        settings.intake.group_within,
        settings.intake.reopen_within,
        lambda signal: classify(Case.of(signal), desk.policy, learnt.history()),
        desk.people.assigned,
    )

    async def ask(connection: Connection, cases: Sequence[tuple[int, Case]]) -> None:
        await advice.ask_about(connection, engine, settings.ai, cases, desk.clock.now())

    return Taking(
        settled.options_of(settings),
        settled.mutings_of(settings),
        settled.inhibitions_of(settings),
        rules,
        desk,
        ask if settings.ai.model is not None else None,
        Asking(settings, desk.policy.catalogue, engine).about if settings.database else None,
        courtesy,
        partial(recognise.about, solver=solver),
    )


def _teach(
    application: Application,
    pool: Pool,
    solver: Solver,
    outgoing: Outgoing,
    knowing: Knowing,
    sentries: Sentries,
) -> None:
    """Let the engine know all that it can run, and all that it does when timers ring."""
    clock, engine = application.clock, solver.engine
    desk, settings = solver.desk, solver.settings
    places = _places(application, settings)
    ways = Ways(places.connect, places.targets, _document)
    watching = Watch(pool, engine, clock, settings, ways)
    asking = Asking(settings, desk.policy.catalogue, engine)

    async def told(connection: Connection, run: FixRun) -> None:
        await mended.ended(connection, desk, asking, run)
        await treat.mended(connection, engine, run)

    mending = Mending(pool, clock, settings, places, told)
    treating = Treating(pool, clock, solver, CallMaker(outgoing), mending)
    engine.know(
        runs={
            **watching.runs,
            **Investigating(pool, clock, settings, places, _document).runs,
            **mending.runs,
            **Recognising(pool, solver).runs,
            **RecognisingAgain(pool, solver, knowing).runs,
            **ReadingAgain(pool, desk, settled.grouping_of(settings)).runs,
            **Solving(treating, places, look_again=sentries.look_again).runs,
            **learn.runs(pool, clock),
            **_advice(application, settings, pool, desk),
        },
        timers={
            tend.TIMER: tend.attending(desk),
            **Lateness(clock).timers,
            **watching.timers,
            **retain.retaining(settings, clock),
            **remind.reminding(desk),
        },
    )


def _advice(
    application: Application, settings: Settings, pool: Pool, desk: Desk
) -> Mapping[str, Function]:
    """Return the run that asks a language model."""
    advisor, clock = application.advisor(settings), application.clock
    asking = AskingForAdvice(pool, clock, desk.policy, settings.ai, advisor, heeding(desk))
    return advice.runs(asking)


def _document(diagnosis: Diagnosis) -> Mapping[str, Any]:
    return document(diagnosis, verbose=False)


def _places(application: Application, settings: Settings) -> Places:
    """Return how databases are reached, to look and to act on somebody's behalf."""
    return Places(
        application.connect(settings),
        application.standbys(settings),
        {target.name: target for target in _databases(application, settings)},
        lambda records, actor: application.means(settings, records, actor),
    )


def _databases(application: Application, settings: Settings) -> list[Target]:
    return application.targets((), settings) if settings.database else []


@asynccontextmanager
async def beside(
    hurry: asyncio.Event | None = None,
) -> AsyncIterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Run loops beside what is in the block; they are cancelled, and waited for, at its end.

    Once `hurry` is set they are cancelled again, in the middle of what they end with.
    """
    running: list[asyncio.Task[None]] = []
    try:
        yield lambda loop: running.append(asyncio.create_task(loop))
    finally:
        for task in running:
            task.cancel()
        if hurry is not None:
            await _until_ended(running, hurry)
        await asyncio.gather(*running, return_exceptions=True)


async def _until_ended(running: Sequence[asyncio.Task[None]], hurry: asyncio.Event) -> None:
    """Wait for loops that were cancelled; cancel them again when somebody is in a hurry."""
    hurried: asyncio.Task[Any] = asyncio.create_task(hurry.wait())
    while not hurried.done() and (ending := {task for task in running if not task.done()}):
        await asyncio.wait({*ending, hurried}, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    for task in running:
        task.cancel()
