"""What the faces are given: the wired application, made lazily by main."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fettle.flow.look import Connect, Standbys
from fettle.flow.look_at import Eyes
from fettle.flow.update_check import Judging
from fettle.model.browser import Browser, Camera, PageAsked
from fettle.model.capacity import Load
from fettle.model.looking import Looking
from fettle.model.ports import Advisor, Clock
from fettle.model.ports_experiment import Eye
from fettle.model.ports_rehearsal import Rehearsing, Say
from fettle.model.ports_updates import Outside
from fettle.model.surroundings import Surroundings
from fettle.model.target import Target
from fettle.resolution.mend import Means, Records
from fettle.settings import Settings
from fettle.store.statements import Connection
from fettle.store.store import Store
from fettle.updates.history import Here

if TYPE_CHECKING:
    from fastapi import FastAPI

    from fettle.frontends.api.serving import Serving


Kept = Callable[[], AbstractAsyncContextManager[Connection]]


@dataclass(frozen=True)
class Shown:
    """A demonstration that goes on: what serves it, its way in, and the issue to begin with."""

    app: "FastAPI"
    address: str
    issue: int


class Application(Protocol):
    """The wired parts; each is made when it is first asked for."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of the environment."""

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""

    @property
    def actor(self) -> str:
        """Who acts, for the journal: `cli:ada`."""

    def settings(self, file: Path | None) -> Settings:
        """Return the settings; raises BadSettings."""

    def looking(self, file: Path | None) -> Looking:
        """Return the settings, for who only looks: lighter where nothing is set."""

    def targets(self, names: Sequence[str], settings: Looking) -> list[Target]:
        """Return what `names` mean; raises WrongUsage."""

    def of_database(self, target: Target, database: str) -> Target:
        """Return the target that another database of the same server is."""

    def connect(self, settings: Looking) -> Connect:
        """Return what connects to a target to look at it."""

    def eyes(self, settings: Looking, kept: Kept | None = None) -> Eyes:
        """Return what looks at targets, whatever they are.

        `kept` connects to Fettle's own store; to the one within reach, when None.
        """

    def surroundings(self, folder: Path, url: str | None) -> Surroundings:
        """Return what is found around a folder, for a first fettle.toml; `url` is the site."""

    def databases(self, settings: Looking) -> list[Target]:
        """Return the databases in fettle.toml; raises BadSettings."""

    def watched(self, settings: Looking) -> list[Target]:
        """Return everything in fettle.toml that can be looked at; raises BadSettings."""

    def target_to_mend(self, name: str, other: str | None, settings: Looking) -> Target:
        """Return the target of a plan or a run, acted on through `other` when that is given."""

    def outside(
        self, settings: Settings, path: Path | None
    ) -> AbstractAsyncContextManager[Outside]:
        """Open what a look for updates may ask: of a folder, or of everything in the settings.

        Raises WrongUsage.
        """

    def judging(self, settings: Settings, here: Here | None = None) -> Judging:
        """Return what decides which updates there are, by the settings and how others went here.

        Raises BadSettings.
        """

    def advisor(self, settings: Settings) -> Advisor | None:
        """Return the language model that is configured, None when none is; raises BadSettings."""

    def standbys(self, settings: Looking) -> Standbys:
        """Return what connects to a target's standbys to look at them."""

    def means(self, settings: Looking, records: Records, actor: str | None = None) -> Means:
        """Return what it takes to mend, on behalf of `actor`: who runs this process, if None."""

    def browser(self, settings: Settings, named: Path | None) -> Camera:
        """Return what visits pages to measure them; raises CannotLook where there is none."""

    def lighthouse(self, settings: Settings, named: Path | None) -> Browser:
        """Return Lighthouse, which visits pages in its way; raises CannotLook without one."""

    def load(self, page: PageAsked) -> AbstractAsyncContextManager[Load]:
        """Open what asks for a page again and again, to find what its server can carry."""

    def eye(self, settings: Settings, named: Path | None, pages: Sequence[PageAsked] = ()) -> Eye:
        """Return what shows whole pages, to compare them; raises CannotLook where there is none.

        What lets in to `pages` lets it in, too.
        """

    def rehearsing(self, settings: Settings, say: Say) -> Rehearsing:
        """Return this machine, as updates of its projects are tried and applied on it."""

    def store(self, settings: Looking) -> AbstractAsyncContextManager[Store]:
        """Start, or attach to, Fettle's own store; raises StoreError."""

    def store_runs(self, settings: Looking) -> bool:
        """Whether Fettle's own store is there without being started: by address, or it runs."""

    def store_exists(self, settings: Looking) -> bool:
        """Whether Fettle's own store was ever made: by address, or in its data directory."""

    def looking_into_store(self, settings: Looking) -> "AbstractAsyncContextManager[Connection]":
        """Connect to Fettle's own store as it is, starting it; raises StoreError."""

    def serving(
        self, settings: Settings, store: Store, url: str
    ) -> "AbstractAsyncContextManager[Serving]":
        """Start what the server's routes share, over an open store."""

    def working(
        self, serving: "Serving", labels: tuple[str, ...], concurrency: int, hurry: asyncio.Event
    ) -> "AbstractAsyncContextManager[None]":
        """Work on what waits, as long as this is entered: runs, timers, deliveries, telling.

        What is in progress then comes to its end, or is handed back: at once when `hurry` is set.
        """

    def noticing(self, serving: "Serving") -> "AbstractAsyncContextManager[None]":
        """Plan the checks that are made by themselves, and tell others that Fettle lives.

        For servers, not for workers beside them: what their settings plan holds for everybody.
        """

    def demonstration(self, url: str, hurry: asyncio.Event) -> "AbstractAsyncContextManager[Shown]":
        """Have a demonstration as long as this is entered, whatever this application is set to.

        `url` is where it will be reached, without a slash at its end.
        """
