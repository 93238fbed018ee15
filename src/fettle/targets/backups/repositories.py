"""Repositories of restic and borg, in which dumps or base backups lie."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, Damaged
from fettle.model.backup import Copy
from fettle.targets.backups.kept import Means
from fettle.targets.backups.scratch import refuse_full
from fettle.targets.running import Ended, How, Say, found, run

_WITHIN = timedelta(hours=12)
_LIST_WITHIN = timedelta(minutes=10)
_MOST = 30
_WRONG_KEY = ("wrong password", "passphrase supplied in", "incorrect passphrase", "no key found")
_NO_KEY = ("passphrase not available", "empty password", "Resolving password failed")
_LOCKED = ("already locked", "Failed to create/acquire the lock")
_NOT_THERE = ("does not exist", "Is there a repository", "is not a valid repository")


@dataclass(frozen=True)
class Repository(ABC):
    """What restic and borg have in common: programs that are asked, and given what opens it."""

    means: Means

    @property
    def program(self) -> str:
        """What it is asked with."""
        return str(self.means.settings.kind)

    @property
    def address(self) -> str:
        """Where it is."""
        return self.means.settings.repository or ""

    async def ask(
        self, *words: str, within: timedelta = _WITHIN, folder: Path | None = None
    ) -> Ended:
        """Ask it; raises CannotLook for what is not there, Damaged for what is not whole."""
        settings, environ = self.means.settings, self.means.environ
        name = {"restic": "restic", "borg": "borgbackup"}[self.program]
        program = found(self.program, environ, install=f"apt-get install {name}")
        how = How(within, environ, settings.environment, self.variables(), folder)
        ended = await run([program, *words], how)
        if ended.status != 0:
            self._refuse(ended)
        return ended

    @abstractmethod
    def variables(self) -> Mapping[str, str]:
        """Return what its program is told by its environment."""

    def _refuse(self, ended: Ended) -> None:
        said = (ended.errors + ended.output).decode("utf-8", "replace")
        name, key = self.means.settings.name, self.means.settings.passphrase
        refuse_full(said, f"{name} was taken out")
        self.means.refuse_unreached(said, ended.last_words)
        if any(one in said for one in _WRONG_KEY) and key is not None:
            raise ActFailed(
                f"the repository of {name} does not open: the passphrase is not its own",
                remedy="keep the passphrase that it was made with in [[backup]] passphrase",
            )
        if any(one in said for one in (*_NO_KEY, *_WRONG_KEY)):
            raise CannotLook(
                f"the repository of {name} is encrypted, and there is no key for it",
                remedy="name it with [[backup]] passphrase",
            )
        if any(one in said for one in _LOCKED):
            raise CannotLook(
                f"the repository of {name} is locked by another: {ended.last_words}",
                remedy="let it end, or break the lock that a dead one has left",
            )
        if any(one in said for one in _NOT_THERE):
            raise ActFailed(f"the repository of {name} is not there: {ended.last_words}")
        raise Damaged(f"{self.program} says of {name}: {ended.last_words}")


@dataclass(frozen=True)
class Restic(Repository):
    """A repository of restic."""

    def variables(self) -> Mapping[str, str]:
        """Return what it is told by its environment."""
        key = self.means.settings.passphrase
        told = {"RESTIC_REPOSITORY": self.address, "RESTIC_PROGRESS_FPS": "0.1"}
        return told if key is None else {**told, "RESTIC_PASSWORD": key}

    async def copies(self) -> Sequence[Copy]:
        """Return the snapshots that hold something of that path, the newest first."""
        ended = await self.ask("snapshots", "--json", "--no-lock", within=_LIST_WITHIN)
        told = json.loads(ended.output or b"null") or []
        path = self.means.settings.path or ""
        taken = [one for one in told if any(_holds(top, path) for top in one["paths"])]
        found = [Copy(one["id"], _moment(one["time"])) for one in taken]
        return sorted(found, key=lambda one: one.made_at, reverse=True)[:_MOST]

    async def proved(self, copy: str, say: Say) -> bool | None:  # noqa: ARG002 - all of it
        """Let restic check that the repository is whole; what is restored is read, too."""
        await self.ask("check", "--no-lock")
        await say("restic finds the repository whole")
        return True

    async def fetched(self, copy: str, into: Path, say: Say) -> Path:
        """Restore what lies at the path of a snapshot."""
        path = self.means.settings.path or ""
        words = ["--target", str(into), "--include", path, "--no-lock"]
        await self.ask("restore", copy, *words)
        newest, many = await asyncio.to_thread(_newest, into, path)
        await say(f"{newest.name} was taken out, of {many}")
        return newest


@dataclass(frozen=True)
class Borg(Repository):
    """A repository of borg."""

    def variables(self) -> Mapping[str, str]:
        """Return what it is told by its environment; nothing is asked of a terminal."""
        key = self.means.settings.passphrase
        return {
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_DISPLAY_PASSPHRASE": "no",
            "BORG_PASSPHRASE": key or "",
            "TZ": "UTC",  # in which borg tells times, without saying so
        }

    async def copies(self) -> Sequence[Copy]:
        """Return the archives, the newest first."""
        words = ["--json", "--last", str(_MOST), "--format", "{time}{end}"]
        ended = await self.ask("list", *words, self.address, within=_LIST_WITHIN)
        told = json.loads(ended.output)["archives"]
        found = [Copy(one["name"], _moment(one.get("time") or one["start"])) for one in told]
        return sorted(found, key=lambda one: one.made_at, reverse=True)

    async def proved(self, copy: str, say: Say) -> bool | None:
        """Let borg check the repository, and that archive; what is restored is read, too."""
        await self.ask("check", "--repository-only", self.address)
        await self.ask("check", "--archives-only", f"{self.address}::{copy}")
        await say("borg finds the repository and its archive whole")
        return True

    async def fetched(self, copy: str, into: Path, say: Say) -> Path:
        """Extract what lies at the path of an archive."""
        path = self.means.settings.path or ""
        inside = f"sh:{path.lstrip('/')}"
        archive = f"{self.address}::{copy}"
        await self.ask("extract", archive, inside, folder=into)
        newest, many = await asyncio.to_thread(_newest, into, path)
        await say(f"{newest.name} was taken out, of {many}")
        return newest


def _holds(top: str, path: str) -> bool:
    """Whether something at `path` may lie in, or over, what a snapshot was taken of."""
    parts, wanted = Path(top).parts, Path(path).parts
    return all(fnmatchcase(one, other) for one, other in zip(parts, wanted, strict=False))


def _moment(text: str) -> datetime:
    """Read a moment; restic tells it to the nanosecond, which Python does not read."""
    head, point, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    given = f"{head}.{rest[: min(digits, 6)]:0<6}{rest[digits:]}" if point else text
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _newest(into: Path, path: str) -> tuple[Path, int]:
    """Return the newest of what was taken out, and how many that were."""
    found = [one for one in into.glob(path.lstrip("/")) if not one.is_symlink()]
    if not found:
        raise ActFailed(f"it holds nothing at {path}", remedy="see that [[backup]] path is right")
    return max(found, key=lambda one: one.stat().st_mtime), len(found)
