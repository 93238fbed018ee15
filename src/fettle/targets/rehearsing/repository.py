"""A project's git repository: its worktrees, its commits and its branch, without running its hooks.

Nothing of the tree that is in use is changed here, but by `move`, which moves its branch from one
commit to another if it is still at the first. git's own rule stands that it does nothing in the
repository of another user.
"""

import asyncio
import os
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

import psutil

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.model.quantity import Bytes
from fettle.model.rehearsal import LiveTree
from fettle.targets.running import Ended, How, found, run

REFS = "refs/fettle"
_WITHIN = timedelta(minutes=5)
_OLD_S = 2.0
_POLL_S = 0.2
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0")
_VARIABLES = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_AUTHOR_NAME": "Fettle",
    "GIT_AUTHOR_EMAIL": "fettle@localhost",
    "GIT_COMMITTER_NAME": "Fettle",
    "GIT_COMMITTER_EMAIL": "fettle@localhost",
}
_LARGEST = Bytes.parse("64 MiB")


@dataclass(frozen=True)
class File:
    """A file of a tree: what is in it, and its mode as git has it."""

    content: bytes = field(repr=False)
    mode: str = "100644"


@dataclass(frozen=True)
class Repository:
    """The repository that a project's folder is in; `root` is the tree that is in use."""

    root: Path
    program: str
    environ: Mapping[str, str] = field(repr=False)
    patience_s: float = 10.0  # longer than a git holds a lock that nobody types at

    @property
    def marks(self) -> tuple[str, ...]:
        """The words by which our own gits of this repository are known."""
        return (*_QUIET, str(self.root))

    async def head(self) -> str:
        """Return the commit that is checked out; raises Refused where there is none."""
        ended = await self._ended("rev-parse", "--verify", "HEAD^{commit}")
        if ended.status:
            raise Refused(f"{self.root} has no commit yet", remedy="commit what is there")
        return ended.output.decode().strip()

    async def live(self) -> LiveTree:
        """Return how the tree in use stands; files that git does not know are not asked after."""
        said = await self.git("status", "--porcelain", "-z", "--untracked-files=no")
        return LiveTree(await self.head(), tuple(one[3:] for one in said.split("\0") if one[3:]))

    async def add_worktree(self, at: Path, commit: str) -> None:
        """Check a commit out into a new folder."""
        await self.git("worktree", "add", "--detach", "--quiet", "--force", str(at), commit)

    async def forget_worktree(self, at: Path) -> None:
        """Let git forget a worktree, whose folder is gone; it does nothing for one it forgot."""
        listed = await self.git("worktree", "list", "--porcelain")
        if f"worktree {at}\n" in f"{listed}\n":
            await self.git("worktree", "remove", "--force", "--force", str(at))

    async def file(self, commit: str, name: str) -> File | None:
        """Return a file as it is in a commit, by its name from the root on; None for none."""
        listed = await self.git("ls-tree", "-z", commit, "--", f":(literal,top){name}")
        if not listed:
            return None
        mode, kind, blob = listed.split("\t")[0].split()
        if kind != "blob" or mode not in {"100644", "100755"}:
            raise Refused(f"{name} is no plain file in {self.root}")
        ended = await self._ended("cat-file", "--filters", f"--path={name}", blob)
        if ended.status or ended.cut:
            raise ActFailed(f"{name} of {commit[:12]} cannot be read: {ended.last_words}")
        return File(ended.output, mode)

    async def commit(
        self, base: str, files: Mapping[str, File], message: str, scratch: Path
    ) -> str:
        """Make a commit on top of another in which these files are so; nothing is checked out."""
        index = {"GIT_INDEX_FILE": str(scratch / "index")}
        await self.git("read-tree", base, variables=index)
        for name, file in files.items():
            written = scratch / "blob"
            written.write_bytes(file.content)
            blob = await self.git("hash-object", "-w", f"--path={name}", str(written))
            entry = f"{file.mode},{blob.strip()},{name}"
            await self.git("update-index", "--add", "--cacheinfo", entry, variables=index)
        tree = (await self.git("write-tree", variables=index)).strip()
        made = await self.git("commit-tree", tree, "-p", base, "-m", message)
        return made.strip()

    async def changes(self, base: str, commit: str) -> tuple[str, ...]:
        """Return the names of the files that differ between two commits."""
        said = await self.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, commit)
        return tuple(filter(None, said.split("\0")))

    async def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents of a commit; raises Refused for one that is not there."""
        ended = await self._ended("rev-list", "--parents", "-n", "1", commit)
        if ended.status:
            raise Refused(
                f"commit {commit[:12]} is no longer in {self.root}", remedy="rehearse it again"
            )
        return tuple(ended.output.decode().split()[1:])

    async def tree(self, commit: str) -> str:
        """Return the hash of a commit's tree."""
        return (await self.git("rev-parse", f"{commit}^{{tree}}")).strip()

    async def keep(self, ref: str, commit: str) -> None:
        """Let a ref name a commit, so that git keeps it."""
        await self.git("update-ref", ref, commit)

    async def let_go(self, ref: str) -> None:
        """Let a ref be gone."""
        await self.git("update-ref", "-d", ref)

    async def refs(self, under: str) -> Mapping[str, str]:
        """Return the refs below a name, and what each names."""
        said = await self.git("for-each-ref", "--format=%(refname) %(objectname)", under)
        return dict(line.split(" ", 1) for line in said.splitlines())

    async def let_go_of_old(self, under: str, before: datetime) -> None:
        """Let refs below a name be gone whose commits are older than a moment."""
        said = await self.git("for-each-ref", "--format=%(refname) %(committerdate:unix)", under)
        for line in said.splitlines():
            ref, _, made = line.rpartition(" ")
            if int(made) < before.timestamp():
                await self.let_go(ref)

    async def move(self, before: str, after: str, why: str) -> None:
        """Move the branch in use from a commit to another; raises ActFailed where it has moved."""
        await self.git("update-ref", "-m", f"fettle: {why}", "HEAD", after, before)

    async def read_index(self, names: Sequence[str]) -> None:
        """Let the index be as HEAD is about these files; none of them is touched."""
        named = [f":(literal,top){name}" for name in names]
        variables = {"GIT_OPTIONAL_LOCKS": "1"}
        await self.git("reset", "--quiet", "HEAD", "--", *named, variables=variables)

    async def unlock(self) -> None:
        """Remove the locks of a git that was killed; raises ActFailed while one is at work.

        It is waited for, for a while; so is a lock that is new, as other programs may have it.
        """
        branch = await self._ended("symbolic-ref", "--quiet", "HEAD")
        refs = ["HEAD", *branch.output.decode("utf-8", "surrogateescape").split()]
        words = [part for one in ("index", *refs) for part in ("--git-path", f"{one}.lock")]
        said = await self.git("rev-parse", *words)
        for path in (self.root / line for line in said.splitlines()):
            until = time.monotonic() + self.patience_s
            while path.exists():
                if _is_old(path) and not _git_is_at_work(self.root):
                    path.unlink(missing_ok=True)
                elif time.monotonic() > until:
                    remedy = f"once no git is at work there: rm {path}"
                    raise ActFailed(f"{path} is there", remedy=remedy)
                else:
                    await asyncio.sleep(_POLL_S)

    async def git(self, *words: str, variables: Mapping[str, str] | None = None) -> str:
        """Run git, and return what it said; raises ActFailed when it fails."""
        ended = await self._ended(*words, variables=variables)
        if ended.status:
            raise ActFailed(f"git {words[0]} failed in {self.root}: {ended.last_words}")
        return ended.output.decode("utf-8", "surrogateescape")

    async def _ended(self, *words: str, variables: Mapping[str, str] | None = None) -> Ended:
        how = How(
            _WITHIN,
            self.environ,
            ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "SSH_AUTH_SOCK"),
            {**_VARIABLES, **(variables or {})},
            most=_LARGEST,
        )
        return await run([self.program, *_QUIET, "-C", str(self.root), *words], how)


def _here(folder: Path, environ: Mapping[str, str]) -> Repository:
    try:
        program = found("git", environ, install="apt-get install git")
    except CannotLook as error:
        raise Refused(error.reason, remedy=error.remedy) from None
    if not folder.is_dir():
        raise Refused(f"there is no folder {folder} on this machine")
    return Repository(folder, program, environ)


async def repository_of(folder: Path, environ: Mapping[str, str]) -> Repository:
    """Return the repository that a folder is in; raises Refused where it is in none."""
    here = _here(folder, environ)
    ended = await here._ended("rev-parse", "--show-toplevel")  # noqa: SLF001 - its own
    root = Path(ended.output.decode("utf-8", "surrogateescape").strip())
    if ended.status or not root.is_absolute():
        raise Refused(
            f"{folder} is in no git repository that can be used: {ended.last_words}",
            remedy="keep the project in git: what was rehearsed is known by its commit",
        )
    return replace(here, root=root)


def _is_old(lock: Path) -> bool:
    try:
        return time.time() - lock.stat().st_mtime > _OLD_S
    except FileNotFoundError:
        return False


def _git_is_at_work(root: Path) -> bool:
    """Whether a git may be at work in a tree: also one whose folder we may not ask for."""
    for process in psutil.process_iter():
        try:
            if not process.name().startswith("git"):
                continue
            if Path(process.cwd()).is_relative_to(root):
                return True
        except psutil.AccessDenied:
            return True
        except psutil.Error:
            continue
    return False


def read_file(tree: Path, name: str) -> File | None:
    """Return a file of a tree that others may write to; None for none.

    No link is followed, in the file's place or on the way. Raises ActFailed for what is no plain
    file.
    """
    path = tree / PurePosixPath(name)
    try:
        if path.parent.resolve() != tree.resolve() / PurePosixPath(name).parent:
            raise ActFailed(f"{name} is behind a link now")
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ActFailed(f"{name} is no plain file now: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        found_ = os.fstat(handle)
        if not stat.S_ISREG(found_.st_mode) or found_.st_size > _LARGEST:
            raise ActFailed(f"{name} is no plain file now, or larger than {_LARGEST}")
        mode = "100755" if found_.st_mode & 0o100 else "100644"
        return File(file.read(), mode)
