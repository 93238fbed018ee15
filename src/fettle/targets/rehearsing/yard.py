"""This machine, as updates of projects are tried and applied; see model.ports_rehearsal."""

import platform
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.model.ports import Clock
from fettle.model.ports_rehearsal import Keep, Say, Worse
from fettle.model.rehearsal import SYSTEM, Came, Isolation, LiveTree, Swept, Trial, Wanted
from fettle.settings.security import ProjectSettings
from fettle.settings.system_updates import SystemUpdatesSettings
from fettle.targets.rehearsing import applying
from fettle.targets.rehearsing.applying import Outside
from fettle.targets.rehearsing.bench import Bench
from fettle.targets.rehearsing.branches import Branches
from fettle.targets.rehearsing.copied import copied
from fettle.targets.rehearsing.place import Python, python_of
from fettle.targets.rehearsing.repository import REFS, repository_of
from fettle.targets.rehearsing.sandbox import sandbox_of
from fettle.targets.rehearsing.sweep import clean_up, sweep
from fettle.targets.rehearsing.workplace import Workplaces
from fettle.targets.system.apt_get import Apt
from fettle.targets.system.bench import SystemBench

_COPY_WITHIN = timedelta(hours=2)
_KEPT = timedelta(days=30)  # commits that passed, for whoever wants to apply them


@dataclass(frozen=True)
class Yard:
    """Implements model.ports_rehearsal.Rehearsing.

    `databases` are the addresses of databases by their names; `say` is told what goes on.
    """

    projects: Mapping[str, ProjectSettings]
    databases: Mapping[str, str] = field(repr=False)
    workplaces: Workplaces
    environ: Mapping[str, str] = field(repr=False)
    say: Say
    clock: Clock
    system: SystemUpdatesSettings | None = None

    @property
    def machine(self) -> str:
        """See Rehearsing."""
        return platform.node()

    def at_work(self) -> Collection[str]:
        """See Rehearsing."""
        return self.workplaces.at_work()

    async def sweep(self, keep: Keep) -> Sequence[Swept]:
        """See Rehearsing. What passed long ago, and was never applied, is let go of."""
        swept = await sweep(self.workplaces, self.environ, self.say, keep)
        for settings in self.projects.values():
            try:
                repository = await repository_of(settings.path, self.environ)
                await repository.let_go_of_old(REFS, self.clock.now() - _KEPT)
            except (ActFailed, CannotLook, Refused):
                continue  # whoever asks for that project is told why
        return swept

    async def wrong(self, project: str) -> str:
        """See Rehearsing."""
        settings = self.projects[project]
        outside = Outside(settings, self.environ, None, self.say)
        return await outside.fails("check", settings.apply.check)

    @asynccontextmanager
    async def opened(
        self, project: str, id_: str, kind: str, *, tests: bool
    ) -> "AsyncIterator[Opened | SystemBench]":
        """See Rehearsing."""
        settings = self.projects[project]
        if self.system is not None and project == SYSTEM:
            async with self._packages(settings, self.system, id_, kind) as packages:
                yield packages
            return
        if tests and not settings.rehearsal.test:
            raise Refused(
                f"nothing says how {project} is tested",
                remedy='name the words of its command: [project.rehearsal] test = ["pytest", "-q"]',
            )
        repository = await repository_of(settings.path, self.environ)
        allowed = settings.rehearsal.without_isolation
        sandbox = await sandbox_of(self.environ, without_isolation=allowed)
        notes = {
            "kind": kind,
            "project": str(settings.path),
            "ref": f"{REFS}/{id_}" if kind == "rehearsal" else "",
            "reload": list(settings.apply.reload),
            "reload_within_s": settings.apply.within.total_seconds(),
        }
        async with AsyncExitStack() as stack:
            begun = self.workplaces.begun(id_, repository.root, notes)
            journal = await stack.enter_async_context(begun)
            stack.push_async_callback(clean_up, journal, self.environ, self.say)
            bench = Bench(
                repository,
                settings,
                sandbox,
                journal,
                self.workplaces.cache,
                await repository.head(),
                self.environ,
                self.say,
                await self._python(settings),
            )
            if tests and settings.rehearsal.database is not None:
                source, variable = self._database(settings), settings.rehearsal.database_variable
                copy = await stack.enter_async_context(
                    copied(source, variable, journal.folder, sandbox, _COPY_WITHIN)
                )
                bench.fresh, bench.shown = copy.fresh, copy.reads
            yield Opened(bench, id_)

    @asynccontextmanager
    async def _packages(
        self, project: ProjectSettings, system: SystemUpdatesSettings, id_: str, kind: str
    ) -> AsyncIterator[SystemBench]:
        """Begin something with this machine's packages."""
        notes = {"kind": kind, "repository": ""}
        async with self.workplaces.begun(id_, project.path, notes) as journal:
            apt = Apt(self.environ, self.say)
            outside = Outside(project, self.environ, journal, self.say)
            base = await apt.standing()
            try:
                yield SystemBench(apt, system, journal, outside, base, self.environ, self.say)
            finally:
                await clean_up(journal, self.environ, self.say)

    async def _python(self, settings: ProjectSettings) -> Python | None:
        try:
            return await python_of(settings, self.environ)
        except CannotLook:
            if settings.rehearsal.python is not None:
                raise
            return None

    def _database(self, settings: ProjectSettings) -> str:
        name = str(settings.rehearsal.database)
        if name not in self.databases:
            raise Refused(
                f"there is no database {name} to copy for the tests of {settings.name}",
                remedy="name a [[database]] of fettle.toml: [project.rehearsal] database",
            )
        return self.databases[name]


@dataclass(frozen=True)
class Opened:
    """A project that something is done with; implements model.ports_rehearsal.Bench."""

    bench: Bench
    id: str

    @property
    def base(self) -> str:
        """See Bench."""
        return self.bench.base

    @property
    def isolation(self) -> Isolation:
        """See Bench."""
        return self.bench.sandbox.isolation

    async def live(self) -> LiveTree:
        """See Bench."""
        return await self.bench.repository.live()

    async def tried(self, wanted: Sequence[Wanted]) -> Trial:
        """See Bench."""
        return await self.bench.tried(wanted)

    async def commit_of(self, wanted: Sequence[Wanted]) -> str:
        """See Bench."""
        return await self.bench.commit_of(wanted)

    async def text(self, commit: str, name: str) -> str | None:
        """See Bench."""
        return await self.bench.text(commit, name)

    async def keep(self, commit: str) -> None:
        """See Bench."""
        await self.bench.repository.keep(f"{REFS}/{self.id}", commit)

    async def parents(self, commit: str) -> Sequence[str]:
        """See Bench."""
        return await self.bench.repository.parents(commit)

    async def in_place(
        self, commit: str, updates: Sequence[Wanted], why: str, worse: Worse
    ) -> Came:
        """See Bench."""
        return await applying.in_place(self.bench, commit, updates, why, worse)

    async def as_branch(self, branch: str, commit: str, title: str, body: str) -> Came:
        """See Bench."""
        journal, remote = self.bench.journal, self.bench.settings.apply.remote
        journal.note(branch=f"refs/heads/{branch}", commit=commit, remote=remote or "")
        came = await self._branches().made(branch, commit, title, body)
        journal.settle(came=came.document)
        return came

    async def reverting(self, base: str, commit: str) -> str:
        """See Bench."""
        return await applying.reverting(self.bench.repository, base, commit, self.bench.journal)

    async def without_branch(self, branch: str, commit: str, pull_request: str | None) -> None:
        """See Bench."""
        await self._branches().undone(branch, commit, pull_request)

    def finished(self) -> None:
        """See Bench."""
        self.bench.journal.settle(ref="", branch="", came=None)

    def _branches(self) -> Branches:
        bench = self.bench
        outside = Outside(bench.settings, bench.environ, bench.journal, bench.say)
        return Branches(bench.repository, outside)
