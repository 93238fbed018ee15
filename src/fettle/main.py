"""The wiring: settings → store → targets → stages → faces; each part is made when asked for."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from fettle.flow.look import Connect, Standbys
    from fettle.frontends.api.serving import Serving
    from fettle.frontends.application import Shown
    from fettle.model.looking import Looking
    from fettle.model.ports import Advisor, Clock
    from fettle.model.target import Target
    from fettle.resolution.mend import Means, Records
    from fettle.settings import Settings
    from fettle.store.statements import Connection
    from fettle.store.store import Store
    from fettle.targets.postgres import Patience


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

    def target_to_mend(self, name: str, other: str | None, settings: "Looking") -> "Target":
        """See frontends.application.Application.target_to_mend."""
        from fettle.targets import named

        return named.to_mend(name, other, settings)

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

    @staticmethod
    def _patience(settings: "Looking") -> "Patience":
        from fettle.targets.postgres import Patience

        # A killed Fettle leaves a statement running for no longer than its own limit.
        return Patience(statement=settings.check.timeout / 6, lock=settings.check.lock_timeout)


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
