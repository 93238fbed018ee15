"""What passed, applied: as a commit on a branch of its own, or in place with the way back kept."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, FettleError, Refused
from fettle.model.rehearsal import Came, Isolation, Proof, RunState, Wanted
from fettle.settings.security import ProjectSettings
from fettle.targets import running
from fettle.targets.rehearsing.bench import Bench
from fettle.targets.rehearsing.place import Place
from fettle.targets.rehearsing.raisers import raiser_of
from fettle.targets.rehearsing.repository import File, Repository
from fettle.targets.rehearsing.sandbox import HOW_TO_ISOLATE
from fettle.targets.rehearsing.swap import Environment, Swap
from fettle.targets.rehearsing.workplace import Journal, as_failed
from fettle.targets.running import Ended, How, Say

Worse = Callable[[], Awaitable[Sequence[str]]]


@dataclass(frozen=True)
class Outside:
    """The project's own commands, run as they always are: with the machine's services in reach.

    What they start is in a journal, where there is one, for whoever cleans up.
    """

    settings: ProjectSettings
    environ: Mapping[str, str] = field(repr=False)
    journal: Journal | None
    say: Say

    async def run(self, words: Sequence[str]) -> Ended:
        """Run a command in the project's folder; raises ActFailed and CannotLook."""

        async def watch(pid: int) -> None:
            if self.journal is not None:
                self.journal.note_process(pid)

        program = words[0]
        if "/" in program:
            program = str(self.settings.path / program)
        else:
            program = running.found(program, self.environ, install=f"install {program}")
        how = How(
            self.settings.apply.within,
            self.environ,
            (*self.settings.environment, "USER", "LOGNAME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK"),
            folder=self.settings.path,
            watch=watch,
        )
        return await running.run([program, *words[1:]], how, self.say)

    async def fails(self, what: str, words: Sequence[str]) -> str:
        """Run a command, where there is one; return how it failed, nothing where it did not."""
        if not words:
            return ""
        try:
            ended = await self.run(words)
        except (ActFailed, CannotLook) as error:
            return f"the {what} failed: {error.reason}"
        return f"the {what} failed: {ended.last_words}" if ended.status else ""


async def in_place(
    bench: Bench, commit: str, updates: Sequence[Wanted], why: str, worse: Worse
) -> Came:
    """Bring the tree in use to a commit, built beside it first, and back where it does not work.

    `worse` says what of the watched targets is worse than it was when it was made. Raises
    ActFailed while nothing that is in use has changed.
    """
    outside = Outside(bench.settings, bench.environ, bench.journal, bench.say)
    swap = Swap(bench.repository, bench.journal)
    blamed = False
    try:
        async with bench.tree(commit) as place:
            environments = await _built(bench, place, updates)
        files = await _changed(bench.repository, bench.base, commit)
        await swap.prepare(bench.base, commit, files, environments)
        await swap.swap(why)
        wrong = await _wrong(outside, worse)
        blamed = bool(wrong)
        if not wrong:
            return await _stays(swap, verified=wrong is not None)
    except (
        Exception,
        asyncio.CancelledError,
    ) as error:  # whatever it is, what is in use comes back
        if not swap.in_use:
            with as_failed():
                raise
        wrong = _reason(error)
    return await taken_back(swap, outside, wrong, blamed=blamed)


async def _stays(swap: Swap, *, verified: bool) -> Came:
    came = Came(RunState.DONE, verified, _said(verified), swap.before, await swap.now())
    swap.checked(came)
    with suppress(OSError):  # who cleans up afterwards tries it again, and says it
        swap.tidy()
    return came


def _reason(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "it was interrupted"
    return error.reason if isinstance(error, FettleError) else str(error) or type(error).__name__


async def taken_back(swap: Swap, outside: Outside, wrong: str, *, blamed: bool = False) -> Came:
    """Bring a tree back as it was, let its services take that, and prove it."""

    def stranded(why: str, after: Proof | None = None) -> Came:
        says = f"{wrong}; {why}; {swap.journal.by_hand(swap.left)}"
        return Came(RunState.STRANDED, False, says, swap.before, after, blamed=blamed)

    try:
        differs = await swap.take_back()
        after = await swap.now()
    except (FettleError, OSError) as error:
        remedy = f"; {error.remedy}" if isinstance(error, FettleError) and error.remedy else ""
        return stranded(f"and it cannot be brought back: {error}{remedy}")
    if differs:
        return stranded(f"and these are not as they were: {', '.join(differs[:5])}", after)
    if failed := await outside.fails("reload", outside.settings.apply.reload):
        return stranded(f"it is back as it was, but not in use: {failed}", after)
    says = f"{wrong}; everything is as it was"
    came = Came(RunState.RETURNED, True, says, swap.before, after, blamed=blamed)
    try:
        swap.returned(came)
    except ActFailed as error:  # no room for a note: a sweep finds that all is back already
        came = replace(came, says=f"{says}; {error.reason}")
    return came


async def reverting(repository: Repository, base: str, commit: str, journal: Journal) -> str:
    """Return a commit on top of what is in use that brings a commit's files back as in its base.

    Raises Refused where they have changed since.
    """
    head = await repository.head()
    files: dict[str, File] = {}
    for name in await repository.changes(base, commit):
        then, now = await repository.file(commit, name), await repository.file(head, name)
        before = await repository.file(base, name)
        if then is None or now is None or before is None or now.content != then.content:
            raise Refused(
                f"{name} has changed since",
                remedy=f"take it back by hand: git revert {commit[:12]}",
            )
        files[name] = before
    message = f"Take back: {(await repository.git('log', '-1', '--format=%s', commit)).strip()}\n"
    with as_failed():
        return await repository.commit(head, files, message, journal.folder)


async def _built(bench: Bench, place: Place, updates: Sequence[Wanted]) -> list[Environment]:
    """Build what is in use anew, of what a tree says, and put it beside; return each."""
    built = []
    raised = {Path(one.where).parent / raiser_of(one.where).environment for one in updates}
    for raiser, folder in bench.installed(place, updates):
        if not raiser.environment:
            continue
        live = place.inner / folder / raiser.environment
        if folder / raiser.environment not in raised or not (bench.repository.root / live).is_dir():
            continue
        if bench.sandbox.isolation is Isolation.NONE:
            raise ActFailed(
                f"{live} cannot be built beside the one in use: its programs name their place",
                remedy=HOW_TO_ISOLATE,
            )
        beside = live.with_name(f"{live.name}.fettle-{bench.journal.folder.name[:8]}")
        kept = [*bench.journal.notes.get("beside", []), str(beside)]
        bench.journal.note(beside=kept)
        await raiser.install(place, folder, bench.settings.apply.install_arguments)
        made = place.outside(folder) / raiser.environment
        _move(made, bench.repository.root / beside)
        built.append(Environment(live, beside))
    return built


def _move(made: Path, beside: Path) -> None:
    """Move a folder to where it can be exchanged, with the owner of what is there."""
    shutil.move(made, beside)
    if os.geteuid() == 0:
        owner = beside.parent.stat()
        if owner.st_uid:
            for folder, _, names in os.walk(beside):
                for path in (folder, *(str(Path(folder) / name) for name in names)):
                    os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


async def _changed(repository: Repository, base: str, commit: str) -> Mapping[str, File]:
    files: dict[str, File] = {}
    for name in await repository.changes(base, commit):
        file = await repository.file(commit, name)
        if file is None:
            raise ActFailed(f"{name} is gone in {commit[:12]}")
        files[name] = file
    return files


async def _wrong(outside: Outside, worse: Worse) -> str | None:
    """Reload, and say what is wrong; nothing where it works, None where nobody can tell."""
    said = outside.settings.apply
    for what, words in (("reload", said.reload), ("check", said.check)):
        if failed := await outside.fails(what, words):
            return failed
    found = await worse()
    if found:
        return f"it is worse than before: {'; '.join(found[:3])}"
    return "" if said.check or said.watch else None


def _said(verified: bool) -> str:
    if verified:
        return "it works"
    return "it is in use; nothing says whether it works: [project.apply] check and watch would"
