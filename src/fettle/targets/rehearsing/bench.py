"""Where the trials of one rehearsal are made, each in a tree of its own that is gone after it."""

import posixpath
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.model.rehearsal import TestsState, Trial, Wanted, message_of
from fettle.settings.security import ProjectSettings
from fettle.targets.rehearsing import workplace
from fettle.targets.rehearsing.place import Place, Python, refuse_failure
from fettle.targets.rehearsing.raisers import RAISERS, Raiser, raiser_of
from fettle.targets.rehearsing.repository import File, Repository, read_file
from fettle.targets.rehearsing.sandbox import Sandbox
from fettle.targets.rehearsing.workplace import Journal
from fettle.targets.running import Say

Fresh = Callable[[], Awaitable[Mapping[str, str]]]


async def _nothing() -> Mapping[str, str]:
    return {}


@dataclass
class Bench:
    """What it takes to try updates of a project on one commit of it.

    `fresh` gives the variables by which the next run of the tests finds a copied database.
    """

    repository: Repository
    settings: ProjectSettings
    sandbox: Sandbox
    journal: Journal
    cache: Path
    base: str
    environ: Mapping[str, str] = field(repr=False)
    say: Say
    python: Python | None = None
    fresh: Fresh = _nothing
    shown: Sequence[tuple[Path, Path]] = ()
    _trees: int = 0

    async def tried(self, wanted: Sequence[Wanted]) -> Trial:
        """Raise these together, and run the project's tests; with none, on what is there."""
        began = time.monotonic()
        members, commit = tuple(one.id for one in wanted), None
        try:
            async with self.tree(self.base) as place:
                commit = await self.raised(place, wanted) if wanted else None
                for raiser, folder in self.installed(place, wanted):
                    await raiser.install(place, folder)
                state, says = await self._tested(place)
        except (ActFailed, CannotLook, Refused) as error:
            state, says = TestsState.UNRAISED, error.reason
        except OSError as error:  # no room, say
            state, says = TestsState.UNRAISED, str(error)
        return Trial(members, state, says, commit, time.monotonic() - began)

    async def _tested(self, place: Place) -> tuple[TestsState, str]:
        said = self.settings.rehearsal
        try:
            variables = await self.fresh()
            if said.setup:
                ended = await place.test(Path(), said.setup, variables)
                refuse_failure(ended, "the setup failed")
            ended = await place.test(Path(), said.test, variables)
        except (ActFailed, CannotLook) as error:
            return TestsState.FAILED, error.reason
        if ended.status:
            return TestsState.FAILED, ended.last_words
        return TestsState.PASSED, ""

    async def commit_of(self, wanted: Sequence[Wanted]) -> str:
        """Raise these together, and test nothing; raises ActFailed and CannotLook."""
        with workplace.as_failed():
            async with self.tree(self.base) as place:
                return await self.raised(replace(place, trying=False), wanted)

    async def text(self, commit: str, name: str) -> str | None:
        """Return a file of the project as a commit has it; None where that has none."""
        root = self.repository.root.resolve()
        inner = self.settings.path.resolve().relative_to(root)
        path = PurePosixPath(posixpath.normpath(PurePosixPath(inner) / name))
        if path.parts[:1] in ((), ("..",), ("/",)):
            return None
        file = await self.repository.file(commit, str(path))
        return None if file is None else file.content.decode("utf-8", "replace")

    async def raised(self, place: Place, wanted: Sequence[Wanted]) -> str:
        """Raise these in a tree, and return the commit that they are; raises ActFailed."""
        names: list[str] = []
        for where in dict.fromkeys(one.where for one in wanted):
            raiser = raiser_of(where)
            here = [one for one in wanted if one.where == where]
            await raiser.raise_(place, where, here)
            names += [str(PurePosixPath(place.inner) / name) for name in raiser.files(place, where)]
        files = await self._changed(place, names)
        if not files:
            raise ActFailed("nothing changes by it: the lock has these versions already")
        return await self.repository.commit(
            self.base, files, message_of(wanted), self.journal.folder
        )

    async def _changed(self, place: Place, names: Sequence[str]) -> Mapping[str, File]:
        changed: dict[str, File] = {}
        for name in names:
            before, now = await self.repository.file(self.base, name), read_file(place.tree, name)
            if now is None and before is not None:
                raise ActFailed(f"{name} is gone")
            if now is not None and (before is None or before.content != now.content):
                changed[name] = File(now.content, before.mode if before else now.mode)
        return changed

    def installed(self, place: Place, wanted: Sequence[Wanted]) -> Iterator[tuple[Raiser, Path]]:
        """Yield what is to be installed, and in which folder: of these, and of the project's own.

        Two that install into the same environment would undo each other; the first one counts.
        """
        wheres = [(raiser_of(one.where), Path(one.where).parent) for one in wanted]
        own = [(one, Path()) for one in RAISERS if one.found(place.outside(Path()))]
        seen: set[Path] = set()
        for raiser, folder in (*own, *wheres):
            environment = folder / raiser.environment
            if environment not in seen:
                seen.add(environment)
                yield raiser, folder

    @asynccontextmanager
    async def tree(self, commit: str) -> AsyncIterator[Place]:
        """Have a tree of a commit as long as this is entered."""
        self._trees += 1
        base = self.journal.folder / f"t{self._trees}"
        tree = base / "tree"
        self.journal.note(worktrees=[*self.journal.notes.get("worktrees", []), str(tree)])
        base.mkdir(mode=0o700)
        try:
            await self.repository.add_worktree(tree, commit)
            yield Place(
                self.sandbox,
                self.settings,
                self.environ,
                base,
                tree,
                self.repository.root,
                self.cache,
                self.say,
                self.python,
                self.shown,
            )
        finally:
            workplace.remove(base)
            await self.repository.forget_worktree(tree)
