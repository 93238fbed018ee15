"""Folders that rehearsals and applications work in, each with a lock and a journal, made first.

::

    <data>/rehearsals/
      begin.lock            held while a folder is made, and while what was left is cleaned up
      <hash>.lock           of a repository: one thing is done with it at a time
      cache/                what the clients have fetched; tests never write to it
      <id>/
        lock                held by whoever works there; the kernel lets go of it when they end
        journal.json        what is to be cleaned up, on disk before it is made
        trees/ home/ tmp/   …

Who is killed leaves the folder; the next one finds its lock free, and cleans up by its journal.
"""

import asyncio
import hashlib
import json
import os
import shlex
import shutil
import stat
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from fettle.errors import ActFailed, Refused, StoreError
from fettle.model.quantity import Bytes
from fettle.store import private
from fettle.store.file_lock import FileLock
from fettle.store.private import Owner
from fettle.targets.rehearsing.shape import strange

_POLL_S = 0.05
_PATIENCE_S = 30
_ROOM = Bytes.parse("512 MiB")


@dataclass
class Journal:
    """What is to be cleaned up after somebody, whoever does it; each note is on disk at once.

    `strange` is why one that was read is not understood: nothing is done by it.
    """

    folder: Path
    notes: dict[str, Any] = field(default_factory=dict)
    strange: str = ""

    def note(self, **notes: object) -> None:
        """Keep further notes, instead of those of the same names.

        What is not on disk is not known here either: raises ActFailed, for no room say.
        """
        text = json.dumps({**self.notes, **notes}, indent=1, sort_keys=True) + "\n"
        try:
            private.write_file(self.folder / "journal.json", text, _ourselves())
        except OSError as error:
            raise ActFailed(f"{self.folder} cannot be written to: {error.strerror}") from error
        self.notes.update(notes)

    def settle(self, **notes: object) -> None:
        """Keep notes that hold also where there is no room for them: they say what needs no care.

        Whoever reads the journal then does once more what was done already.
        """
        self.notes.update(notes)
        with suppress(ActFailed):
            self.note()

    def by_hand(self, left: Sequence[Path] = ()) -> str:
        """Say how a person lets what stands in it be gone, with what was left elsewhere."""
        words = shlex.join(str(path) for path in (self.folder, *left))
        return f"once that is mended by hand: rm -r {words}"

    def note_process(self, pid: int) -> None:
        """Keep that a process is ours, by its number and when it began."""
        try:
            began = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        self.note(processes=[*self.notes.get("processes", []), [pid, began]])

    @property
    def holds(self) -> bool:
        """Whether what is in use may be half done: nothing else may be done with it then."""
        known = self.notes.get("came") is not None and not self.strange
        return self.notes.get("kind") != "rehearsal" and not known

    @property
    def root(self) -> str:
        """What it is about; an earlier version has called it otherwise."""
        root = self.notes.get("root") or self.notes.get("repository")
        return root if isinstance(root, str) else ""

    @classmethod
    def read(cls, folder: Path) -> "Journal":
        """Read one as it was left: an empty one where none was begun."""
        try:
            notes = json.loads((folder / "journal.json").read_text("utf-8"))
        except FileNotFoundError:
            return cls(folder)
        except (OSError, ValueError) as error:
            return cls(folder, strange=str(error))
        return cls(folder, notes if isinstance(notes, dict) else {}, strange(notes))


@dataclass(frozen=True)
class Workplaces:
    """Where folders to work in are made, below Fettle's data directory."""

    folder: Path

    @property
    def cache(self) -> Path:
        """What clients have fetched."""
        return self.folder / "cache"

    @asynccontextmanager
    async def begun(
        self, id_: str, root: Path, notes: Mapping[str, object]
    ) -> AsyncIterator[Journal]:
        """Have a folder to work in on a repository, as long as this is entered; nobody else has it.

        Its journal is on disk. Raises Refused while somebody else works on the repository, while
        what somebody left there is not brought back, and where there is no room. The folder stays:
        whoever cleans up removes it.
        """
        self._made()
        if shutil.disk_usage(self.folder).free < _ROOM:
            raise Refused(
                f"less than {_ROOM} is free in {self.folder}", remedy="make room on its disk"
            )
        with ExitStack() as held:
            async with self.alone():
                if not held.enter_context(self.held(root)):
                    raise Refused(
                        f"another rehearsal or application is at work on {root}",
                        remedy="wait until it has ended: fettle update history",
                    )
                self._refuse_left(root)
                work = self.folder / id_
                with as_failed():
                    work.mkdir(mode=0o711)  # a copied database's server passes through
                lock = held.enter_context(closing(FileLock(work / "lock", _ourselves())))
                lock.take()
                journal = Journal(work)
                journal.note(**{"root": str(root), "repository": str(root), **notes})
            yield journal

    @contextmanager
    def held(self, root: Path) -> Iterator[bool]:
        """Have a repository to oneself, as long as this is entered; False while another has it."""
        with closing(FileLock(self._lock_of(root), _ourselves())) as lock:
            yield lock.take()

    def _refuse_left(self, root: Path) -> None:
        """Refuse a repository in which somebody has left what could not be brought back."""
        for journal in map(Journal.read, self.left()):
            if journal.root == str(root) and journal.holds:
                raise Refused(
                    f"what run {journal.folder.name[:8]} left in {root} is not brought back",
                    remedy=f"fettle update history says what is wrong with it; {journal.by_hand()}",
                )

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Begin nothing, and clean nothing up, while another process does."""
        self._made()
        with closing(FileLock(self.folder / "begin.lock", _ourselves())) as lock:
            while not lock.take():  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(_POLL_S)
            yield

    def left(self) -> list[Path]:
        """Return the folders whose owners are gone; the caller is alone."""
        return [work for work in self._folders() if _is_free(work / "lock")]

    def at_work(self) -> list[str]:
        """Return the names of the folders that there are."""
        return [work.name for work in self._folders()]

    def _folders(self) -> list[Path]:
        places = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return [place for place in places if place.is_dir() and place != self.cache]

    def _lock_of(self, root: Path) -> Path:
        named = hashlib.sha256(str(root.resolve()).encode("utf-8", "surrogateescape"))
        return self.folder / f"{named.hexdigest()[:16]}.lock"

    def _made(self) -> None:
        try:
            self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            self.cache.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be made: {error.strerror}",
                remedy="name another folder with --data or FETTLE_DATA",
            ) from error


@contextmanager
def as_failed() -> Iterator[None]:
    """Let what the disk refuses be an act that failed: raises ActFailed for an OSError."""
    try:
        yield
    except OSError as error:
        raise ActFailed(str(error)) from error


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, also what its writer has locked itself out of."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    if not folder.is_dir():
        return
    try:
        shutil.rmtree(folder)
    except PermissionError:
        for place, _, _ in os.walk(folder):
            Path(place).chmod(stat.S_IRWXU)
        shutil.rmtree(folder)


def end_left_behind(journal: Journal) -> int:
    """End the processes that were somebody's who is gone; return how many still lived."""
    ended = 0
    for pid, began in journal.notes.get("processes", []):
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - began) > 0.01 or pid == os.getpid():
                continue
            for one in (*process.children(recursive=True), process):
                one.kill()
                ended += 1
        except psutil.NoSuchProcess:
            continue
    return ended


def wait_for_ours(marks: Sequence[str]) -> None:
    """Wait for programs of somebody who is gone: they bring to an end what would be half done.

    They are known by words that nobody else gives them.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if {*marks} <= {*process.cmdline()}:
                found.append(process)
        except psutil.Error:
            continue
    psutil.wait_procs(found, timeout=_PATIENCE_S)


def _is_free(path: Path) -> bool:
    with closing(FileLock(path, _ourselves())) as lock:
        return lock.take()


def _ourselves() -> Owner:
    return Owner(os.geteuid(), os.getegid())
