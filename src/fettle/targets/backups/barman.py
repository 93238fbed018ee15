"""Backups that Barman keeps: it is asked, and recovers them itself."""

import json
import os
import pwd
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fettle.errors import ActFailed, CannotLook, Damaged
from fettle.model.backup import Copy
from fettle.targets.backups import physical
from fettle.targets.backups.kept import Means, Recoverable
from fettle.targets.backups.scratch import Scratch, refuse_full
from fettle.targets.running import Ended, How, Say, found, run

_WITHIN = timedelta(hours=12)
_CONFIG = Path("/etc/barman.conf")
_USER = re.compile(r"^\s*barman_user\s*=\s*(\S+)", re.MULTILINE)
# Where there is nothing to compare with, or nothing that compares.
_UNSEEN = re.compile(r'pg_verifybackup not found|could not open file "[^"]*backup_manifest"')
_WHOLE = ("DONE", "WAITING_FOR_WALS")
_AT_WORK = ("STARTED", "SYNCING")
_IMMEDIATE = {"recovery_target": "immediate", "recovery_target_action": "promote"}


@dataclass(frozen=True)
class Barman:
    """A server of Barman."""

    means: Means

    async def copies(self) -> Sequence[Copy]:
        """Return the backups of the server, the newest first."""
        server = self.means.settings.server or ""
        ended = await self._ask("--format", "json", "list-backup", server)
        try:
            told = json.loads(ended.output).get(server, [])
        except ValueError as error:
            raise CannotLook(f"barman answered what is no JSON: {ended.last_words}") from error
        found_ = [_copy(one) for one in told]
        return sorted(found_, key=lambda one: one.made_at, reverse=True)

    async def proved(self, copy: str, say: Say) -> bool | None:
        """Let Barman verify the backup by its manifest, where it can."""
        server = self.means.settings.server or ""
        ended = await self._ask("verify-backup", server, copy, refuse=False)
        if ended.status == 0:
            await say("barman finds the backup as its manifest says")
            return True
        said = (ended.errors + ended.output).decode("utf-8", "replace")
        if _UNSEEN.search(said):
            return None
        raise Damaged(f"barman verify-backup: {ended.last_words}")

    async def recovered(
        self, copy: str, place: Scratch, say: Say, *, whole_log: bool
    ) -> Recoverable:
        """Recover a backup: to where it is consistent, or with the whole log that came after it."""
        place.data.mkdir(mode=0o700, exist_ok=True)
        self._give_to_barman(place)
        server = self.means.settings.server or ""
        until = [] if whole_log else ["--target-immediate"]
        await self._ask("recover", *until, server, copy, str(place.data), say=say)
        settings = {} if whole_log else _IMMEDIATE
        if (place.data / "barman_wal").is_dir():
            settings = {**settings, "restore_command": f'cp "{place.data}/barman_wal/%f" "%p"'}
        elif (place.data / "barman_xlog").is_dir():
            settings = {**settings, "restore_command": f'cp "{place.data}/barman_xlog/%f" "%p"'}
        elif whole_log:
            settings = {"restore_command": "false"}  # its log lies in the cluster already
        physical.tamed(place)
        if "restore_command" in settings:
            (signal := place.data / "recovery.signal").touch()
            place.given(signal)
        else:
            settings = {}
        return Recoverable(physical.major_of(place.data), settings)

    def _give_to_barman(self, place: Scratch) -> None:
        """Let Barman, which gives up being root for a user of its own, write into the place."""
        if os.geteuid() != 0:
            return
        with suppress(KeyError):
            user = pwd.getpwnam(_user_in(self.means.settings.config or _CONFIG))
            os.chown(place.data, user.pw_uid, user.pw_gid)
            place.folder.chmod(0o711)

    async def _ask(self, *words: str, say: Say | None = None, refuse: bool = True) -> Ended:
        settings, environ = self.means.settings, self.means.environ
        program = found("barman", environ, install="apt-get install barman")
        given = [] if settings.config is None else ["--config", str(settings.config)]
        how = How(_WITHIN, environ, settings.environment)
        ended = await run([program, *given, *words], how, say)
        if refuse and ended.status != 0:
            said = (ended.errors + ended.output).decode("utf-8", "replace")
            refuse_full(said, f"{settings.name} was recovered")
            self.means.refuse_unreached(said, ended.last_words)
            raise ActFailed(f"barman says of {settings.name}: {ended.last_words}")
        return ended


def _user_in(config: Path) -> str:
    """Return as whom Barman works, as its configuration says."""
    with suppress(OSError, UnicodeDecodeError):
        if (named := _USER.search(config.read_text(encoding="utf-8"))) is not None:
            return named[1]
    return "barman"


def _copy(told: Mapping[str, Any]) -> Copy:
    status = str(told.get("status", "DONE"))
    growing = "barman says that it is at work" if status in _AT_WORK else None
    failed = None if status in (*_WHOLE, *_AT_WORK) else f"barman says {status}"
    return Copy(str(told["backup_id"]), _made_at(told), None, growing, failed)


def _made_at(told: Mapping[str, Any]) -> datetime:
    """Return when a backup ended: told as a moment or, by older ones, in words."""
    stamp = told.get("end_time_timestamp")
    if stamp is not None:
        return datetime.fromtimestamp(int(stamp), UTC)
    with suppress(ValueError):
        return _local(str(told.get("end_time")), "%a %b %d %H:%M:%S %Y")
    return _local(str(told["backup_id"])[:15], "%Y%m%dT%H%M%S")


def _local(text: str, form: str) -> datetime:
    """Read a moment in this machine's zone, in which Barman tells it."""
    return datetime.strptime(text, form).astimezone(UTC)
