"""The wiring: settings → store → targets → stages → faces; each part is made when asked for."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from fettle.flow.look import Connect, Standbys
    from fettle.flow.look_at import Eyes, Sources
    from fettle.flow.update_check import Judging
    from fettle.frontends.api.serving import Serving
    from fettle.frontends.application import Kept, Shown
    from fettle.model.browser import Browser, Camera, PageAsked
    from fettle.model.capacity import Load
    from fettle.model.looking import Looking
    from fettle.model.ports import Advisor, Clock, Source
    from fettle.model.ports_experiment import Eye
    from fettle.model.ports_rehearsal import Rehearsing, Say
    from fettle.model.ports_updates import Advisories, Outside
    from fettle.model.surroundings import Surroundings
    from fettle.model.target import Target
    from fettle.resolution.mend import Means, Records
    from fettle.settings import Settings
    from fettle.store.statements import Connection
    from fettle.store.store import Store
    from fettle.targets.postgres import Patience
    from fettle.targets.registries.asking import Asking
    from fettle.targets.scrape import Earlier
    from fettle.updates.history import Here


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

    def __init__(self, environ: Mapping[str, str], clock: "Clock | None" = None) -> None:
        self.environ = environ
        self.clock = clock or SystemClock()
        self._scrapes: Earlier = {}

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

    def looking(self, file: Path | None) -> "Looking":
        """See frontends.application.Application.looking."""
        from fettle.model.looking import DEFAULT_FILE, VARIABLE, Unset

        by_variable = any(name.startswith(VARIABLE) for name in self.environ)
        if file is None and not by_variable and not DEFAULT_FILE.exists():
            return Unset()
        return self.settings(file)

    def targets(self, names: Sequence[str], settings: "Looking") -> "list[Target]":
        """See frontends.application.Application.targets."""
        from fettle.targets import named

        return named.targets(names, settings, self.environ)

    def of_database(self, target: "Target", database: str) -> "Target":
        """See frontends.application.Application.of_database."""
        from fettle.targets import named

        return named.of_database(target, database)

    def connect(self, settings: "Looking") -> "Connect":
        """See frontends.application.Application.connect."""
        from fettle.targets.postgres import looking_at

        patience = self._patience(settings)
        return lambda target: looking_at(target.url, patience)

    def eyes(self, settings: "Looking", kept: "Kept | None" = None) -> "Eyes":
        """See frontends.application.Application.eyes."""
        from fettle.flow.look_at import Eyes

        return Eyes(self.connect(settings), self._sources(settings, kept))

    def _sources(self, settings: "Looking", kept: "Kept | None") -> "Sources":
        """Return what opens the sources of a target; their libraries come when one has any."""

        def opened(target: "Target") -> "AbstractAsyncContextManager[Sequence[Source]]":
            from fettle.model.watchpoint import KeptPages
            from fettle.targets import sources

            allowed = settings.allowed
            store = kept
            if store is None and any(isinstance(one, KeptPages) for one in target.watchpoints):
                store = self._kept(settings)
            timeout = settings.check.timeout
            means = sources.Means(allowed, timeout, self.clock, self._scrapes, store)
            return sources.opened(target, means)

        return opened

    def _kept(self, settings: "Looking") -> "Kept | None":
        """Return what connects to the store, where it runs; to look it is not started."""
        if not self.store_runs(settings):
            return None
        return lambda: self.looking_into_store(settings)

    def surroundings(self, folder: Path, url: str | None) -> "Surroundings":
        """See frontends.application.Application.surroundings."""
        from fettle.targets.surroundings.look import look

        return look(folder, self.environ, url)

    def databases(self, settings: "Looking") -> "list[Target]":
        """See frontends.application.Application.databases."""
        from fettle.targets import named

        return named.databases(settings)

    def watched(self, settings: "Looking") -> "list[Target]":
        """See frontends.application.Application.watched."""
        from fettle.targets import named

        return named.watched(settings)

    def target_to_mend(self, name: str, other: str | None, settings: "Looking") -> "Target":
        """See frontends.application.Application.target_to_mend."""
        from fettle.targets import named

        return named.to_mend(name, other, settings)

    def outside(
        self, settings: "Settings", path: Path | None
    ) -> "AbstractAsyncContextManager[Outside]":
        """See frontends.application.Application.outside."""
        from fettle.store.store import default_data_dir
        from fettle.targets.registries.outside import outside_of

        def published(asking: "Asking") -> "Advisories | None":
            return self._published(settings, asking)

        kept = (settings.store.data or default_data_dir(self.environ)) / "registries"
        return outside_of(settings, self.clock, self.environ, kept, path, published)

    def _published(self, settings: "Settings", asking: "Asking") -> "Advisories | None":
        """Return those who publish advisories; None where the settings name nobody."""
        from fettle.targets.advisories.auditors import AuditorsHere
        from fettle.targets.advisories.files import RecordsOnDisk
        from fettle.targets.advisories.server import OsvServer
        from fettle.updates.advisories.from_auditors import FromAuditors
        from fettle.updates.advisories.published import FromFiles, FromServer, Several

        each: dict[str, Advisories] = {
            str(path): FromFiles(RecordsOnDisk(path)) for path in settings.updates.advisories
        }
        if settings.security.osv is not None:
            server = OsvServer(settings.security.osv, asking)
            each[server.name] = FromServer(server, self.clock)
        if settings.updates.auditors:
            each["auditors"] = FromAuditors(AuditorsHere(settings, self.environ), self.clock)
        return Several(each) if each else None

    def judging(self, settings: "Settings", here: "Here | None" = None) -> "Judging":
        """See frontends.application.Application.judging."""
        from fettle.flow.update_check import Judging
        from fettle.updates.policy import accepted
        from fettle.updates.settled import policy_of
        from fettle.updates.worth import updates_of

        policy = policy_of(settings)
        return Judging(
            lambda installed, offers, advisories, now: updates_of(
                installed, offers, advisories, policy, now, here
            ),
            lambda package, advisory, today: accepted(package, advisory, policy, today),
        )

    def advisor(self, settings: "Settings") -> "Advisor | None":
        """See frontends.application.Application.advisor."""
        from fettle.targets import language_model

        if error := settings.absent(settings.ai.key or ""):
            raise error
        return language_model.of_settings(settings.ai)

    def standbys(self, settings: "Looking") -> "Standbys":
        """See frontends.application.Application.standbys."""
        from fettle.targets import acting

        patience = self._patience(settings)
        return lambda target: acting.standbys_of(target, patience)

    def means(self, settings: "Looking", records: "Records", actor: str | None = None) -> "Means":
        """See frontends.application.Application.means."""
        from fettle.resolution.mend import Means
        from fettle.targets import acting

        patience = self._patience(settings)
        return Means(
            lambda target: acting.on(target, patience),
            self.standbys(settings),
            records,
            self.clock,
            actor or self.actor,
        )

    def browser(self, settings: "Settings", named: Path | None) -> "Camera":
        """See frontends.application.Application.browser."""
        from fettle.targets.browser.found import found
        from fettle.targets.browser.visit import Chromium

        program = found(named or settings.optimisation.browser, self.environ)
        sandbox = settings.optimisation.sandbox
        return Chromium(program, self.environ, sandbox=sandbox, redraw=_as_avif)

    def lighthouse(self, settings: "Settings", named: Path | None) -> "Browser":
        """See frontends.application.Application.lighthouse."""
        from fettle.targets.browser import lighthouse
        from fettle.targets.browser.found import found

        program = found(named or settings.optimisation.browser, self.environ)
        its = lighthouse.found(settings.optimisation.lighthouse, self.environ)
        sandbox = settings.optimisation.sandbox
        return lighthouse.Lighthouse(its, program, self.environ, sandbox=sandbox)

    def load(self, page: "PageAsked") -> "AbstractAsyncContextManager[Load]":
        """See frontends.application.Application.load."""
        from contextlib import aclosing

        from fettle.targets.load import HttpLoad

        return aclosing(HttpLoad(page))

    def eye(
        self, settings: "Settings", named: Path | None, pages: "Sequence[PageAsked]" = ()
    ) -> "Eye":
        """See frontends.application.Application.eye."""
        from fettle.targets.browser.found import found
        from fettle.targets.browser.secrets import LogIns
        from fettle.targets.browser.sight import ChromiumEye

        program = found(named or settings.optimisation.browser, self.environ)
        sandbox = settings.optimisation.sandbox
        return ChromiumEye(program, self.environ, sandbox=sandbox, log_ins=LogIns(pages))

    def serving(
        self, settings: "Settings", store: "Store", url: str
    ) -> "AbstractAsyncContextManager[Serving]":
        """See frontends.application.Application.serving."""
        from fettle import wiring

        return wiring.serving(self, settings, store, url)

    def working(
        self,
        serving: "Serving",
        labels: tuple[str, ...],
        concurrency: int,
        hurry: "asyncio.Event",
    ) -> "AbstractAsyncContextManager[None]":
        """See frontends.application.Application.working."""
        from fettle import wiring

        return wiring.working(self, serving, labels, concurrency, hurry)

    def noticing(self, serving: "Serving") -> "AbstractAsyncContextManager[None]":
        """See frontends.application.Application.noticing."""
        from fettle import wiring

        return wiring.noticing(self, serving)

    def demonstration(
        self, url: str, hurry: "asyncio.Event"
    ) -> "AbstractAsyncContextManager[Shown]":
        """See frontends.application.Application.demonstration."""
        from fettle.demonstration import site

        return site.opened(Wired, url, hurry)

    def rehearsing(self, settings: "Settings", say: "Say") -> "Rehearsing":
        """See frontends.application.Application.rehearsing."""
        from fettle.settings.updated import updated
        from fettle.store.store import default_data_dir
        from fettle.targets.rehearsing.workplace import Workplaces
        from fettle.targets.rehearsing.yard import Yard

        data = settings.store.data or default_data_dir(self.environ)
        return Yard(
            updated(settings),
            {target.name: target.url for target in self.databases(settings)},
            Workplaces(data / "rehearsals"),
            self.environ,
            say,
            self.clock,
            settings.updates.system,
        )

    def store(self, settings: "Looking") -> "AbstractAsyncContextManager[Store]":
        """See frontends.application.Application.store."""
        from fettle.store.store import default_data_dir, open_store

        data = settings.store.data or default_data_dir(self.environ)
        return open_store(data=data, url=settings.store.url)

    def looking_into_store(self, settings: "Looking") -> "AbstractAsyncContextManager[Connection]":
        """See frontends.application.Application.looking_into_store."""
        from fettle.store.store import default_data_dir, looking_into

        data = settings.store.data or default_data_dir(self.environ)
        return looking_into(data=data, url=settings.store.url)

    def store_runs(self, settings: "Looking") -> bool:
        """See frontends.application.Application.store_runs."""
        from fettle.store import embedded
        from fettle.store.store import default_data_dir

        data = settings.store.data or default_data_dir(self.environ)
        return settings.store.url is not None or embedded.runs(data)

    def store_exists(self, settings: "Looking") -> bool:
        """See frontends.application.Application.store_exists."""
        from fettle.store import embedded
        from fettle.store.store import default_data_dir

        data = settings.store.data or default_data_dir(self.environ)
        return settings.store.url is not None or embedded.made(data)

    @staticmethod
    def _patience(settings: "Looking") -> "Patience":
        from fettle.targets.postgres import Patience

        # A killed Fettle leaves a statement running for no longer than its own limit.
        return Patience(statement=settings.check.timeout / 6, lock=settings.check.lock_timeout)


def _as_avif(content: bytes) -> int | None:
    """Return how many bytes an image would take as AVIF; None where nobody can tell."""
    try:
        from fettle.optimisation.weighing import WEIGHING
    except ModuleNotFoundError:  # the extra `web` was not installed
        return None
    return WEIGHING.as_avif(content)


def run() -> None:
    """Run the command line; the process's one entrance."""
    import gc
    import os

    # Imports make many objects and hardly any garbage: looking for it so often is a tenth of them.
    gc.set_threshold(50_000, 10, 10)

    try:
        from fettle.frontends.cli.group import call

        code = call(Wired(os.environ))
    except KeyboardInterrupt:  # before `call` could catch it, or after
        code = 130
    raise SystemExit(code)
