"""What somebody left who was killed is cleaned up, by their journals; as often as it is asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fettle.errors import FettleError, Refused
from fettle.model.ports_rehearsal import Keep
from fettle.model.rehearsal import Came, Recovery, RunState, Stage, Swept
from fettle.settings.rehearsing import ApplySettings
from fettle.settings.security import ProjectSettings
from fettle.targets.rehearsing import workplace
from fettle.targets.rehearsing.applying import Outside, taken_back
from fettle.targets.rehearsing.containers import remove_left
from fettle.targets.rehearsing.copied import stop_left_behind
from fettle.targets.rehearsing.repository import Repository, repository_of
from fettle.targets.rehearsing.swap import Swap
from fettle.targets.rehearsing.workplace import Journal, Workplaces
from fettle.targets.running import Say
from fettle.targets.system.apt_get import Apt
from fettle.targets.system.bench import is_at_work, left_by

_CUT_OFF = "it was cut off"


async def sweep(
    workplaces: Workplaces, environ: Mapping[str, str], say: Say, keep: Keep
) -> list[Swept]:
    """Clean up after all who were cut off; what cannot be cleaned up is left, and said.

    What became of each is kept before the last of it is removed: else nobody would know.
    """
    swept = []
    async with workplaces.alone():
        for folder in workplaces.left():
            one = _Left(Journal.read(folder), environ, say)
            with workplaces.held(Path(one.root)) as held:
                if not held or is_at_work(one.system):
                    continue  # apt comes to its end; what it came to is known then
                told = Swept(folder.name, one.kind, await one.cleaned())
                await keep(told)
                if told.came.state is not RunState.STRANDED or one.came is not None:
                    workplace.remove(folder)
            swept.append(told)
    return swept


async def clean_up(journal: Journal, environ: Mapping[str, str], say: Say) -> None:
    """Clean up after oneself; what is not brought back, or not kept yet, is left to a sweep."""
    left = _Left(journal, environ, say)
    if left.in_use:
        return
    came = await left.cleaned()
    if left.came is None and came.state is not RunState.STRANDED:
        workplace.remove(journal.folder)


@dataclass(frozen=True)
class _Left:
    """What one who was cut off has left."""

    journal: Journal
    environ: Mapping[str, str] = field(repr=False)
    say: Say

    @property
    def notes(self) -> Mapping[str, object]:
        return self.journal.notes

    @property
    def kind(self) -> str:
        """What it was: a rehearsal, an application, an undoing."""
        return self._text("kind")

    @property
    def root(self) -> str:
        """What it has worked on."""
        return self.journal.root

    @property
    def came(self) -> Came | None:
        """What it came to, where that was known already; nobody may have kept it."""
        came = None if self.journal.strange else self.notes.get("came")
        return Came.read(came) if isinstance(came, dict) else None

    @property
    def stage(self) -> Stage | None:
        """How far an application has come."""
        swap = self.notes.get("swap")
        stage = swap.get("stage") if isinstance(swap, dict) else None
        return Stage(stage) if stage else None

    @property
    def in_use(self) -> bool:
        """Whether what it applied may be in use, and is to be taken back."""
        return self.stage is not None and self.stage.recovery is Recovery.TAKE_BACK

    @property
    def system(self) -> Mapping[str, object]:
        """What was to become of this machine's packages; nothing where it is about a project."""
        system = None if self.journal.strange else self.notes.get("system")
        return system if isinstance(system, dict) else {}

    async def cleaned(self) -> Came:
        """Clean up, and return what it came to; raises nothing: what is left is said."""
        if why := self.journal.strange:
            says = f"{_CUT_OFF}, and another version of Fettle has written its journal ({why})"
            return Came(RunState.STRANDED, False, f"{says}; {self.journal.by_hand()}")
        known = self.came
        came = known or Came(RunState.FAILED, False, f"{_CUT_OFF}, and changed nothing")
        try:
            workplace.end_left_behind(self.journal)
            stop_left_behind(self.journal.folder)
            await remove_left(self.journal.folder, self.environ)
            if self.system and known is None:
                came = await left_by(self.system, Apt(self.environ, self.say))
            if root := self._text("repository"):
                repository = await repository_of(Path(root), self.environ)
                await asyncio.to_thread(workplace.wait_for_ours, repository.marks)
                came = await self._repository(repository, came)
        except (FettleError, OSError) as error:
            if isinstance(error, Refused) and not self.in_use:  # the repository is gone
                await self.say(f"{self.journal.folder.name}: {error.reason}")
                return came
            if known is not None:
                return replace(known, says=f"{known.says}; not all is cleaned up: {error}")
            says = f"{_CUT_OFF}: {error}; {self.journal.by_hand()}"
            return Came(RunState.STRANDED, False, says)
        return came

    async def _repository(self, repository: Repository, came: Came) -> Came:
        swap = Swap(repository, self.journal)
        match self.stage and self.stage.recovery:
            case Recovery.TAKE_BACK:
                came = await taken_back(swap, self._outside(), _CUT_OFF)
            case Recovery.TIDY_UP:
                swap.tidy()
        for name in self._list("beside"):
            if came.state is not RunState.STRANDED:
                workplace.remove(repository.root / name)
        for name in self._list("worktrees"):
            workplace.remove(Path(name).parent)
            await repository.forget_worktree(Path(name))
        if ref := self._text("ref"):
            await repository.let_go(ref)
        branch, commit = self._text("branch"), self._text("commit")
        there = branch and commit and commit in (await repository.refs(branch)).values()
        return self._branched(came) if there and self.came is None else came

    def _branched(self, came: Came) -> Came:
        """Return what an application as a branch came to, which is there."""
        if remote := self._text("remote"):
            says = f"{_CUT_OFF}: its branch is here, and whether it is at {remote}, nobody knows"
            return replace(came, says=says)
        return Came(RunState.DONE, True, f"{_CUT_OFF}; its branch is there")

    def _outside(self) -> Outside:
        """Return what reloads the services again: as the settings were when it began."""
        reload = tuple(self._list("reload"))
        seconds = self.notes.get("reload_within_s")
        within = timedelta(seconds=seconds if isinstance(seconds, int | float) else 120)
        settings = ProjectSettings(
            name="-",
            path=Path(self._text("project") or self._text("repository")),
            apply=ApplySettings(reload=reload, within=within),
        )
        return Outside(settings, self.environ, self.journal, self.say)

    def _text(self, name: str) -> str:
        value = self.notes.get(name)
        return value if isinstance(value, str) else ""

    def _list(self, name: str) -> list[str]:
        value = self.notes.get(name)
        return [str(one) for one in value] if isinstance(value, list) else []
