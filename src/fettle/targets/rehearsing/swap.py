"""The swap of what is in use: files and environments are exchanged for those built beside them.

Each file and each environment comes by one exchange, right after one another, and the branch
follows. What was there stays beside, so that its way back needs no room on the disk. All of it is
in the journal before the first: whoever finds it half done takes it back, to the byte, from what is
beside, or from the old contents that are kept there.
"""

import ctypes
import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fettle.errors import ActFailed, FettleError
from fettle.model.rehearsal import Came, Proof, Recovery, Stage
from fettle.store import private
from fettle.targets.rehearsing import hashes, workplace
from fettle.targets.rehearsing.repository import File, Repository
from fettle.targets.rehearsing.workplace import Journal

_AT_FDCWD = -100
_EXCHANGE = 2


@dataclass(frozen=True)
class Environment:
    """An environment in use, and the one that was built beside it; by their names in the tree."""

    live: Path
    beside: Path


@dataclass
class Swap:
    """One exchange of a tree in use from a commit to another, and back.

    It is made from its journal alone, so that whoever finds it there can take it back. What
    somebody else has changed meanwhile is never written over.
    """

    repository: Repository
    journal: Journal

    @property
    def stage(self) -> Stage | None:
        """How far it has come."""
        stage = self._notes.get("stage")
        return Stage(stage) if stage else None

    @property
    def in_use(self) -> bool:
        """Whether what it exchanges may be in use, and nobody has said that it stays."""
        return self.stage is not None and self.stage.recovery is Recovery.TAKE_BACK

    @property
    def before(self) -> Proof:
        """What there was before it."""
        return Proof(**self._notes["before"])

    @property
    def _notes(self) -> dict[str, Any]:
        notes: dict[str, Any] = self.journal.notes.get("swap", {})
        return notes

    async def prepare(
        self, base: str, commit: str, files: Mapping[str, File], environments: Sequence[Environment]
    ) -> None:
        """Keep what there is, and what is to come; raises ActFailed when a file is not as in base.

        Nothing that is in use is changed. The environments are built already.
        """
        old, new = (self.journal.folder / name for name in ("old", "new"))
        for folder in (old, new):
            folder.mkdir(mode=0o700)
        modes: dict[str, int | None] = {}
        for number, (name, file) in enumerate(files.items()):
            live, known = self.root / name, await self.repository.file(base, name)
            content = live.read_bytes() if live.is_file() and not live.is_symlink() else None
            if content != (known.content if known else None):
                raise ActFailed(f"{name} is not as it is in {base[:12]}")
            modes[name] = live.stat().st_mode & 0o7777 if content is not None else None
            _write(old / str(number), content or b"")
            _write(new / str(number), file.content)
        before = self._proof(list(files), [one.live for one in environments], base)
        self._note(
            stage=Stage.BUILT,
            base=base,
            commit=commit,
            files=list(files),
            modes=modes,
            environments=[[str(one.live), str(one.beside)] for one in environments],
            inodes=[
                [os.lstat(self.root / name).st_ino for name in (one.live, one.beside)]
                for one in environments
            ],
            before=before.document,
        )

    async def swap(self, why: str) -> None:
        """Exchange everything; raises ActFailed when the tree has changed meanwhile."""
        await self.repository.unlock()
        await self._refuse_changed()
        self._note(stage=Stage.SWAPPING)
        names = self._notes["files"]
        written = [
            self._written(name, self.journal.folder / "new" / str(number))
            for number, name in enumerate(names)
        ]
        pairs = [
            (self.root / live, self.root / beside) for live, beside in self._notes["environments"]
        ]
        # Nothing that takes time stands between these.
        for name, beside in zip(names, written, strict=True):
            if self._notes["modes"][name] is None:  # there is nothing to exchange it for
                beside.rename(self.root / name)
            else:
                exchange(self.root / name, beside)
        for live, beside in pairs:
            exchange(live, beside)
        for folder in {
            *((self.root / name).parent for name in names),
            *(live.parent for live, _ in pairs),
        }:
            private.sync_folder(folder)
        await self.repository.move(self._notes["base"], self._notes["commit"], why)
        await self._settle_index()
        self._note(stage=Stage.SWAPPED)

    def checked(self, came: Came) -> None:
        """Keep that it works, and what it came to: from here on it stays."""
        self._note(came, stage=Stage.CHECKED)

    def returned(self, came: Came) -> None:
        """Keep that everything is as it was: there is nothing more to be taken back."""
        self._note(came, stage=Stage.BUILT)

    async def take_back(self) -> list[str]:
        """Bring everything back as it was; return what is not, by name.

        It does what is still to be done, however often it is called. Where an environment cannot be
        exchanged the files stay with it. Raises ActFailed, and changes nothing, where somebody else
        has changed any of it since.
        """
        await self._refuse_others()
        pairs = zip(self._notes["environments"], self._notes["inodes"], strict=True)
        for (live, beside), (inode, _) in pairs:
            if os.lstat(self.root / live).st_ino != inode:
                exchange(self.root / live, self.root / beside)
        for number, name in enumerate(self._notes["files"]):
            if hashes.of_file(self.root / name) != self._notes["before"]["files"][name]:
                self._put_back(name, self.journal.folder / "old" / str(number))
        await self.repository.unlock()
        if await self.repository.head() == self._notes["commit"]:
            await self.repository.move(self._notes["commit"], self._notes["base"], "taken back")
        await self._settle_index()
        self.tidy()
        return self.before.differing(await self.now())

    def tidy(self) -> None:
        """Remove what was built beside, and what it replaced."""
        for path in self.left:
            workplace.remove(path)

    async def now(self) -> Proof:
        """Return hashes of what is there now."""
        environments = [Path(live) for live, _ in self._notes["environments"]]
        return self._proof(self._notes["files"], environments, await self.repository.head())

    @property
    def root(self) -> Path:
        """The tree that is in use."""
        return self.repository.root

    @property
    def left(self) -> list[Path]:
        """What is beside what is in use: what was built, or what it has replaced."""
        environments = [self.root / beside for _, beside in self._notes.get("environments", [])]
        files = [self._beside(name) for name in self._notes.get("files", [])]
        return [path for path in (*environments, *files) if path.exists()]

    def _proof(self, files: Sequence[str], environments: Sequence[Path], head: str) -> Proof:
        return Proof(
            {name: hashes.of_file(self.root / name) for name in files},
            {str(one): hashes.of_folder(self.root / one) for one in environments},
            head,
        )

    async def _refuse_changed(self) -> None:
        """Raise ActFailed where the tree is not as it was when everything was built."""
        live, before = await self.repository.live(), self._notes["before"]["files"]
        changed = [name for name, was in before.items() if hashes.of_file(self.root / name) != was]
        if live.commit != self._notes["base"]:
            changed.insert(0, f"the branch is at {live.commit[:12]}")
        if others := [*dict.fromkeys((*changed, *live.changed))]:
            raise ActFailed(
                f"{self.root} has changed since this began: {', '.join(others[:5])}",
                remedy="rehearse it on what is there now",
            )

    async def _refuse_others(self) -> None:
        """Raise ActFailed where something is neither as it was before nor as it came to be."""
        notes, head = self._notes, await self.repository.head()
        others = []
        if head not in {notes["base"], notes["commit"]}:
            others.append(f"the branch is at {head[:12]}")
        for number, name in enumerate(notes["files"]):
            new = hashes.of_file(self.journal.folder / "new" / str(number))
            if hashes.of_file(self.root / name) not in {notes["before"]["files"][name], new}:
                others.append(name)
        for (live, _), inodes in zip(notes["environments"], notes["inodes"], strict=True):
            if not (self.root / live).exists() or os.lstat(self.root / live).st_ino not in inodes:
                others.append(live)
        if others:
            raise ActFailed(
                f"somebody has changed it since ({', '.join(others[:5])}), and nothing of theirs "
                "is written over",
                remedy=f"keep what is there, or take {notes['commit'][:12]} out of it; before it "
                f"was {notes['base'][:12]}",
            )

    def _put_back(self, name: str, content: Path) -> None:
        live = self.root / name
        if self._notes["modes"][name] is None:  # it was not there before
            live.unlink(missing_ok=True)
        elif hashes.of_file(self._beside(name)) == self._notes["before"]["files"][name]:
            exchange(live, self._beside(name))
        else:
            self._written(name, content).rename(live)
        private.sync_folder(live.parent)

    def _written(self, name: str, content: Path) -> Path:
        """Write a file beside that which it replaces, with the mode and owner of that."""
        live, mode, beside = self.root / name, self._notes["modes"][name], self._beside(name)
        beside.unlink(missing_ok=True)
        _write(beside, content.read_bytes())
        if os.geteuid() == 0:
            owner = (live if live.exists() else live.parent).stat()
            os.chown(beside, owner.st_uid, owner.st_gid)
        beside.chmod(mode if mode is not None else 0o644)
        return beside

    def _beside(self, name: str) -> Path:
        live = self.root / name
        return live.with_name(f".{live.name}.fettle-{self.journal.folder.name[:8]}")

    async def _settle_index(self) -> None:
        """Let git's index follow; another git may hold its lock just then."""
        names = self._notes["files"]
        try:
            await self.repository.read_index(names)
        except FettleError:
            await self.repository.unlock()
            await self.repository.read_index(names)

    def _note(self, came: Came | None = None, **notes: object) -> None:
        known = {} if came is None else {"came": came.document}
        self.journal.note(swap={**self._notes, **notes}, **known)


def exchange(one: Path, other: Path) -> None:
    """Let two files, or folders, change places at once; raises ActFailed where that cannot be."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        renamed = libc.renameat2(
            _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE
        )
    except AttributeError:
        raise ActFailed("this system cannot exchange two files at once") from None
    if renamed:
        number = ctypes.get_errno()
        why = os.strerror(number)
        if number in (errno.EINVAL, errno.ENOSYS):
            why = "its file system cannot exchange two files at once"
        raise ActFailed(f"{one} cannot be exchanged: {why}")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
