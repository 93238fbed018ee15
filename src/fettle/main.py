"""The wiring: settings → store → targets → stages → faces; each part is made when asked for."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fettle.engine.engine import Engine
    from fettle.flow.absorb import Taking
    from fettle.flow.look import Connect, Standbys
    from fettle.frontends.api.serving import Serving
    from fettle.model.ports import Advisor
    from fettle.model.target import Target
    from fettle.resolution.mend import Means
    from fettle.settings import Settings
    from fettle.store.pool import Pool
    from fettle.store.rows import Tables
    from fettle.store.store import Store
    from fettle.targets.postgres import Patience


_CONNECTIONS = 12  # to the store, of a server with its worker


class SystemClock:
    """The machine's clock; implements model.ports.Clock."""

    def now(self) -> datetime:
        """Return this moment, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        import asyncio

        await asyncio.sleep(seconds)


class Wired:
    """Everything a face may ask for; implements frontends.application.Application."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.clock = SystemClock()

    @property
    def actor(self) -> str:
        """See frontends.application.Application.actor."""
        import getpass
        import os

        try:
            return f"cli:{getpass.getuser()}"
        except (KeyError, OSError):  # a container's user without a name
            return f"cli:{os.getuid()}"

    def settings(self, file: Path | None) -> "Settings":
        """See frontends.application.Application.settings."""
        from fettle import settings

        return settings.load(file, self.environ)

    def targets(self, names: Sequence[str], settings: "Settings") -> "list[Target]":
        """See frontends.application.Application.targets."""
        from fettle.targets import named

        return named.targets(names, settings, self.environ)

    def of_database(self, target: "Target", database: str) -> "Target":
        """See frontends.application.Application.of_database."""
        from fettle.targets import named

        return named.of_database(target, database)

    def connect(self, settings: "Settings") -> "Connect":
        """See frontends.application.Application.connect."""
        from fettle.targets.postgres import looking_at

        patience = self._patience(settings)
        return lambda target: looking_at(target.url, patience)

    def target_to_mend(self, name: str, other: str | None, settings: "Settings") -> "Target":
        """See frontends.application.Application.target_to_mend."""
        from fettle.targets import named

        return named.to_mend(name, other, settings)

    def advisor(self, settings: "Settings") -> "Advisor | None":
        """See frontends.application.Application.advisor."""
        from fettle.targets import language_model

        return language_model.of_settings(settings.ai)

    def standbys(self, settings: "Settings") -> "Standbys":
        """See frontends.application.Application.standbys."""
        from fettle.targets import acting

        patience = self._patience(settings)
        return lambda target: acting.standbys_of(target, patience)

    def means(self, settings: "Settings", tables: "Tables") -> "Means":
        """See frontends.application.Application.means."""
        from fettle.resolution.mend import Means
        from fettle.targets import acting

        patience = self._patience(settings)
        return Means(
            lambda target: acting.on(target, patience),
            self.standbys(settings),
            tables,
            self.clock,
            self.actor,
        )

    @asynccontextmanager
    async def serving(
        self, settings: "Settings", store: "Store", url: str
    ) -> "AsyncIterator[Serving]":
        """See frontends.application.Application.serving."""
        from fettle.frontends.api.serving import Serving
        from fettle.store.deliveries import Deliveries
        from fettle.store.pool import pool_of
        from fettle.store.tally import Tally

        async with pool_of(store, _CONNECTIONS) as pool, beside() as start:
            deliveries, tally = Deliveries(pool), Tally(pool)
            start(deliveries.run())
            start(tally.run())
            taking = await self._taking(settings, pool, url)
            engine = self._engine(pool, taking, settings)
            await engine.prepare()
            yield Serving(pool, engine, taking, deliveries, tally, settings, self.clock, url)

    @asynccontextmanager
    async def working(
        self, serving: "Serving", labels: tuple[str, ...], concurrency: int
    ) -> "AsyncIterator[None]":
        """See frontends.application.Application.working."""
        from fettle.flow.announce import Announcer, Telling
        from fettle.flow.duty import Duty
        from fettle.model.notification import Receiver
        from fettle.store.bell import Bell
        from fettle.targets.notify import Notifier
        from fettle.targets.outgoing import Outgoing

        outgoing = serving.settings.outgoing
        telling = Telling(
            {
                one.name: Receiver(one.name, one.url, one.secret)
                for one in serving.settings.receiver
            },
            Notifier(Outgoing(outgoing.allow)),
            self.clock,
            outgoing.most_a_minute,
        )
        pool = serving.pool
        duty = Duty(pool, Bell(pool), serving.taking, Announcer(pool, telling))
        async with (
            beside() as start,
            serving.engine.worker(labels=labels, concurrency=concurrency),
        ):
            start(duty.run())
            yield

    @asynccontextmanager
    async def noticing(self, serving: "Serving") -> "AsyncIterator[None]":
        """See frontends.application.Application.noticing."""
        from fettle.flow import own_store, watch
        from fettle.flow.alive import Alive
        from fettle.targets.outgoing import Outgoing

        pool, settings = serving.pool, serving.settings
        async with pool.connection() as connection:
            await watch.prepare(connection, settings, self.clock)

        async def warn() -> None:
            databases, connect = self._databases(settings), self.connect(settings)
            await own_store.warn(pool, databases, connect, settings, self.clock)

        async with beside() as start:
            start(warn())
            if (url := settings.server.alive_url) is not None:
                call = Outgoing(settings.outgoing.allow).call
                start(Alive(pool, call, self.clock, url).run())
            yield

    async def _taking(self, settings: "Settings", pool: "Pool", url: str) -> "Taking":
        """Return what it takes to take what arrives, and to work on issues."""
        from fettle.flow import links
        from fettle.flow.absorb import Taking
        from fettle.flow.board import Rules
        from fettle.flow.tend import Desk
        from fettle.intake import settled
        from fettle.store.access import secret_called
        from fettle.triage.case import Case
        from fettle.triage.classify import classify
        from fettle.triage.people import people_of
        from fettle.triage.settled import policy_of

        async with pool.connection() as connection:
            key = await secret_called(connection, links.KEY)
        people, policy = people_of(settings), policy_of(settings)
        rules = Rules(
            settled.limits_of(settings),
            settings.intake.group_within,
            settings.intake.reopen_within,
            lambda signal: classify(Case.of(signal), policy),
            people.assigned,
        )
        return Taking(
            settled.options_of(settings),
            settled.mutings_of(settings),
            settled.inhibitions_of(settings),
            rules,
            Desk(people, policy, links.Links(url, key), self.clock),
        )

    def _engine(self, pool: "Pool", taking: "Taking", settings: "Settings") -> "Engine":
        from fettle.engine.engine import Engine
        from fettle.flow import tend
        from fettle.flow.heartbeats import Lateness
        from fettle.flow.watch import Watch, Ways
        from fettle.frontends.report.as_json import document

        ways = Ways(
            self.connect(settings),
            {target.name: target for target in self._databases(settings)},
            lambda diagnosis: document(diagnosis, verbose=False),
        )
        watch = Watch(pool, Engine(pool, self.clock, runs={}).start, self.clock, settings, ways)
        timers = {
            tend.TIMER: tend.attending(taking.desk),
            **Lateness(self.clock).timers,
            **watch.timers,
        }
        return Engine(pool, self.clock, runs=watch.runs, timers=timers)

    def _databases(self, settings: "Settings") -> "list[Target]":
        return self.targets((), settings) if settings.database else []

    def store(self, settings: "Settings") -> "AbstractAsyncContextManager[Store]":
        """See frontends.application.Application.store."""
        from fettle.store.store import default_data_dir, open_store

        data = settings.store.data or default_data_dir(self.environ)
        return open_store(data=data, url=settings.store.url)

    @staticmethod
    def _patience(settings: "Settings") -> "Patience":
        from fettle.targets.postgres import Patience

        # A killed Fettle leaves a statement running for no longer than its own limit.
        return Patience(statement=settings.check.timeout / 6, lock=settings.check.lock_timeout)


@asynccontextmanager
async def beside() -> "AsyncIterator[Callable[[Coroutine[Any, Any, None]], None]]":
    """Run loops beside what is in the block; they are cancelled, and waited for, at its end."""
    import asyncio

    running: list[asyncio.Task[None]] = []
    try:
        yield lambda loop: running.append(asyncio.create_task(loop))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def run() -> None:
    """Run the command line; the process's one entrance."""
    import os

    from fettle.frontends.cli.group import call

    raise SystemExit(call(Wired(os.environ)))
