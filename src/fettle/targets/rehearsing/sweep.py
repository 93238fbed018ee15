"""What somebody left who was killed is cleaned up, by their journals; as often as it is asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fettle.errors import FettleError, Refused
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


async def sweep(workplaces: Workplaces, environ: Mapping[str, str], say: Say) -> list[Swept]:
    """Clean up after all who were cut off; what cannot be cleaned up is left, and said."""
    swept = []
    async with workplaces.alone():
        for folder in workplaces.left():
            one = _Left(Journal.read(folder), environ, say)
            if is_at_work(one.system):
                continue  # apt comes to its end; what it came to is known then
            swept.append(Swept(folder.name, str(one.notes.get("kind", "")), await one.cleaned()))
    return swept


async def clean_up(journal: Journal, environ: Mapping[str, str], say: Say) -> None:
    """Clean up after oneself; a tree in use that could not be brought back is left to a sweep."""
    left = _Left(journal, environ, say)
    if left.stage is None or left.stage.recovery is not Recovery.TAKE_BACK:
        await left.cleaned()


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
    def stage(self) -> Stage | None:
        """How far an application has come."""
        swap = self.notes.get("swap")
        stage = swap.get("stage") if isinstance(swap, dict) else None
        return Stage(stage) if stage else None

    @property
    def system(self) -> Mapping[str, object]:
        """What was to become of this machine's packages; nothing where it is about a project."""
        system = self.notes.get("system")
        return system if isinstance(system, dict) else {}

    async def cleaned(self) -> Came:
        workplace.end_left_behind(self.journal)
        stop_left_behind(self.journal.folder)
        came = Came(RunState.FAILED, verified=False, says=f"{_CUT_OFF}, and changed nothing")
        try:
            await remove_left(self.journal.folder, self.environ)
            if self.system:
                came = await left_by(self.system, Apt(self.environ, self.say))
            if root := self._text("repository"):
                repository = await repository_of(Path(root), self.environ)
                await asyncio.to_thread(workplace.wait_for_ours, repository.marks)
                came = await self._repository(repository, came)
        except Refused as error:  # the repository is gone: there is nothing to bring back
            await self.say(f"{self.journal.folder.name}: {error.reason}")
        except (FettleError, OSError) as error:
            return Came(RunState.STRANDED, verified=False, says=f"{_CUT_OFF}: {error}")
        if came.state is RunState.STRANDED:
            by_hand = f"; once that is mended by hand: rm -r {self.journal.folder}"
            return replace(came, says=came.says + by_hand)
        workplace.remove(self.journal.folder)
        return came

    async def _repository(self, repository: Repository, came: Came) -> Came:
        swap = Swap(repository, self.journal)
        match self.stage and self.stage.recovery:
            case Recovery.TAKE_BACK:
                came = await taken_back(swap, self._outside(), _CUT_OFF)
            case Recovery.TIDY_UP:
                swap.tidy()
                says = f"{_CUT_OFF} once it was in use and checked"
                verified = bool(self.notes.get("verified", True))
                came = Came(RunState.DONE, verified, says, swap.before, swap.now())
        for name in self._list("beside"):
            if came.state is not RunState.STRANDED:
                workplace.remove(repository.root / name)
        for name in self._list("worktrees"):
            workplace.remove(Path(name).parent)
            await repository.forget_worktree(Path(name))
        if ref := self._text("ref"):
            await repository.let_go(ref)
        branch, commit = self._text("branch"), self._text("commit")
        if branch and commit and commit in (await repository.refs(branch)).values():
            came = Came(RunState.DONE, verified=True, says=f"{_CUT_OFF}; its branch is there")
        return came

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
