"""Rotations as the settings name them, done by logrotate; implements model.rotation.Rotations."""

import asyncio
import glob
import math
import os
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fettle.errors import ActFailed, CannotLook
from fettle.model.ports import Clock
from fettle.model.quantity import Bytes
from fettle.model.rotation import Beside, Follower, OldLog, Rotated, Rotation, Say, Writer, Writers
from fettle.settings.rotation import RotationSettings
from fettle.store import log_places
from fettle.store.pool import Pool
from fettle.targets.rotation import old, processes
from fettle.targets.running import Ended, How, found, run

if TYPE_CHECKING:
    from fettle.settings import Settings

# The paths that are followed, each with its device and inode as the store has them.
Followed = Callable[[Sequence[str]], Awaitable[Collection[tuple[str, str]]]]

_WITHIN = timedelta(minutes=25)
_TELL_WITHIN = timedelta(minutes=2)
_TRIES = 20
_PAUSE_S = 0.5
_LOOKED_AT = re.compile(r"^considering log (.+)$", re.MULTILINE)
_ROTATED = re.compile(r"^(?:renaming|copying) (.+?) to .+$", re.MULTILINE)
_ERRORS = re.compile(r"^error: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Logrotate:
    """What rotates the logs of this machine. In `folder` it keeps what it remembers."""

    settings: "Settings"
    clock: Clock
    environ: Mapping[str, str] = field(repr=False)
    folder: Path
    followed: Followed
    program: str = "logrotate"

    @property
    def rotations(self) -> Sequence[Rotation]:
        """Those of the settings."""
        return [
            Rotation(
                one.name,
                one.kept,
                one.keep_for,
                one.compress and one.config is None,
                one.config is not None,
                bool(one.after),
                one.on,
            )
            for one in self.settings.rotation
        ]

    async def rotate(self, name: str, say: Say) -> Rotated:
        """See what logrotate would do, and let it."""
        one = self._named(name)
        _refuse_errors(name, await self._run(one, "--debug", say))
        told = await self._run(one, "--verbose", say)
        _refuse_errors(name, told)
        logs = _looked_at(told)
        rotated = [log for log in _ROTATED.findall(_said(told)) if log in logs]
        return Rotated(tuple(logs), tuple(rotated))

    async def tell(self, name: str, say: Say) -> None:
        """Tell whoever writes the logs to begin new ones."""
        words = self._named(name).after
        if not words:
            raise CannotLook(f"nobody is told by {name}", remedy="[[rotation]] after names how")
        program = found(
            words[0], self.environ, install=f"[[rotation]] {name}: after names what tells them"
        )
        ended = await run([program, *words[1:]], How(_TELL_WITHIN, self.environ), say)
        if ended.status != 0:
            raise ActFailed(f"{words[0]} ended with {ended.status}: {ended.last_words}")

    async def beside(self, name: str) -> Beside:
        """Look at the old logs."""
        patterns = await self._patterns(name)
        return await asyncio.to_thread(_beside, patterns)

    async def pack(self, name: str, old_: OldLog) -> Bytes:
        """Pack an old log, and return what that saves."""
        await self._refuse_strange(name, old_)
        return await asyncio.to_thread(old.pack, old_)

    async def delete(self, name: str, old_: OldLog) -> None:
        """Delete an old log."""
        await self._refuse_strange(name, old_)
        await asyncio.to_thread(old.delete, old_)

    async def writers(self, name: str) -> Writers:
        """Look who writes into logs that were rotated, again for some seconds until nobody does."""
        patterns = await self._patterns(name)
        for _ in range(_TRIES):
            told = await asyncio.to_thread(_writers, patterns)
            if not told.found:
                break
            await self.clock.sleep(_PAUSE_S)
        return told

    async def followers(self, name: str) -> Sequence[Follower]:
        """Look whether what follows the logs has the new files; again until it does."""
        patterns = await self._patterns(name)
        for _ in range(_TRIES):
            told = await self._followers(patterns)
            if all(one.follows for one in told):
                break
            await self.clock.sleep(_PAUSE_S)
        return told

    async def _followers(self, patterns: Sequence[str]) -> list[Follower]:
        written = await asyncio.to_thread(_files, patterns)
        wanted = {
            log.name: [
                path for pattern in log.paths for path in await asyncio.to_thread(_glob, pattern)
            ]
            for log in self.settings.log
        }
        paths = sorted({path for own in wanted.values() for path in own if path in written})
        followed = await self.followed(paths) if paths else ()
        return [
            Follower(log, path, (path, written[path]) in followed)
            for log, own in wanted.items()
            for path in own
            if path in written
        ]

    async def _run(self, one: RotationSettings, how: str, say: Say | None = None) -> Ended:
        """Run logrotate; raises CannotLook, and ActFailed when it takes too long."""
        program = found(self.program, self.environ, install="apt-get install logrotate")
        rules, state = await asyncio.to_thread(self._rules, one)
        return await run(
            [program, how, "--state", str(state), str(rules)], How(_WITHIN, self.environ), say
        )

    async def _patterns(self, name: str) -> Sequence[str]:
        """Return the logs' paths; those that a configuration of its own means, as it says."""
        one = self._named(name)
        if one.paths:
            return one.paths
        # an error may be of a log that is not there: it was rotated, and nobody has begun it anew
        return [glob.escape(log) for log in _looked_at(await self._run(one, "--debug"))]

    async def _refuse_strange(self, name: str, old_: OldLog) -> None:
        """Refuse what is no old log of the rotation, whoever asks; raises ActFailed."""
        patterns = await self._patterns(name)
        if not await asyncio.to_thread(old.belongs, old_.path, patterns):
            raise ActFailed(f"{old_.path} is no old log of {name}: it is left alone")

    def _rules(self, one: RotationSettings) -> tuple[Path, Path]:
        """Return the file that rules how to rotate, and the one that remembers it."""
        if one.config is not None:
            if not one.config.is_file() or not os.access(one.config, os.R_OK):
                raise CannotLook(f"{one.config} is no file that may be read")
            return one.config, one.status or Path()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rules = self.folder / f"{one.name}.conf"
        descriptor = os.open(rules, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(rules_of(one))
        return rules, one.status or self.folder / "state"

    def _named(self, name: str) -> RotationSettings:
        for one in self.settings.rotation:
            if one.name == name:
                return one
        raise CannotLook(f"there is no [[rotation]] {name} any more")


def rules_of(one: RotationSettings) -> str:
    """Return a rotation as logrotate reads it; its paths hold nothing that it would take apart."""
    kept = -1 if one.kept is None else one.kept
    days = None if one.keep_for is None else math.ceil(one.keep_for / timedelta(days=1))
    lines = [
        "daily" if one.size is None else f"size {int(one.size)}",
        f"rotate {kept}",
        *([] if days is None else [f"maxage {days}"]),
        # the last one may be written still
        *(["compress", "delaycompress"] if one.compress else ["nocompress"]),
        "copytruncate" if one.copytruncate else "create",
        *([] if one.su is None else [f"su {one.su}"]),
        "missingok",
        "notifempty",
        "nodateext",
    ]
    paths = " ".join(f'"{path}"' for path in one.paths)
    return f"{paths} {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def _said(told: Ended) -> str:
    return told.errors.decode("utf-8", "replace")


def _looked_at(told: Ended) -> list[str]:
    """Return the logs that logrotate looked at; a pattern that fits none is none."""
    logs = _LOOKED_AT.findall(_said(told))
    return [log for log in logs if f"log {log} does not exist -- skipping" not in _said(told)]


def _refuse_errors(name: str, told: Ended) -> None:
    errors = _ERRORS.findall(_said(told))
    if errors or told.status != 0:
        reason = "; ".join(dict.fromkeys(errors[:3])) or told.last_words
        insecure = "insecure permissions" in reason
        raise ActFailed(
            f"logrotate did not rotate {name}: {reason}",
            remedy='name who rotates them: [[rotation]] su = "USER GROUP"' if insecure else None,
        )


def _beside(patterns: Sequence[str]) -> Beside:
    not_seen: list[str] = []
    each = old.found_by(patterns, not_seen)
    opened = processes.opened({str(one.folder) for one in each})
    return Beside(tuple(old.placed(each, opened.by_file())), tuple(not_seen))


def _writers(patterns: Sequence[str]) -> Writers:
    each = old.found_by(patterns, [])
    folders = {str(one.folder) for one in each}
    folders |= {str(Path(log).resolve().parent) for log in old.logs(patterns)}
    opened = processes.opened(folders)
    rotated = {(one.state.st_dev, one.state.st_ino) for one in each}
    own = {str(Path(log).resolve()) for log in old.logs(patterns)}
    writes = [one for one in opened.files if one.writes]
    stale = [one for one in writes if one.file in rotated or (one.gone and one.path in own)]
    return Writers(tuple(Writer(one.process, one.path) for one in stale), opened.unseen)


def _files(patterns: Sequence[str]) -> dict[str, str]:
    """Return the logs with what the store names a file by: its device and inode."""
    told = {}
    for path in old.logs(patterns):
        with suppress(FileNotFoundError):  # it is rotated just now
            state = os.stat(path)  # noqa: PTH116 - a text, as it is followed
            told[path] = f"{state.st_dev}:{state.st_ino}"
    return told


def _glob(pattern: str) -> list[str]:
    return glob.glob(pattern, recursive=True)  # noqa: PTH207 - a whole path, not a folder


def followed_in(pool: Pool) -> Followed:
    """Return what tells, by the store, which paths are followed."""

    async def followed(paths: Sequence[str]) -> Collection[tuple[str, str]]:
        async with pool.connection() as connection:
            return await log_places.followed(connection, paths)

    return followed


def rotations_of(
    settings: "Settings",
    clock: Clock,
    environ: Mapping[str, str],
    folder: Path,
    followed: Followed,
) -> Logrotate:
    """Return what rotates the logs of the settings; in `folder` it keeps what it remembers."""
    return Logrotate(settings, clock, environ, folder, followed)
