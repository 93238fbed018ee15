"""Backups that pgBackRest keeps: it is asked, and restores them itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fettle.errors import ActFailed, CannotLook, Damaged
from fettle.model.backup import Copy
from fettle.model.quantity import Bytes
from fettle.targets.backups import physical
from fettle.targets.backups.kept import Means, Recoverable
from fettle.targets.backups.scratch import Scratch, refuse_full
from fettle.targets.running import Ended, How, Say, found, run

_WITHIN = timedelta(hours=12)
_KEY = "PGBACKREST_REPO1_CIPHER_PASS"


@dataclass(frozen=True)
class PgBackRest:
    """A stanza of pgBackRest."""

    means: Means

    async def copies(self) -> Sequence[Copy]:
        """Return the backups of the stanza, the newest first."""
        ended = await self._ask("info", "--output=json")
        told = json.loads(ended.output or b"[]")
        stanza = next((one for one in told if one["name"] == self.means.settings.stanza), None)
        if stanza is None or stanza["status"]["code"] not in (0, 2, 4, 6):
            said = "is not there" if stanza is None else stanza["status"]["message"]
            if "encrypt" in said or "other" in said:
                raise CannotLook(
                    f"the stanza {self.means.settings.stanza} cannot be read: {said}",
                    remedy="name its key with [[backup]] passphrase",
                )
            raise ActFailed(f"the stanza {self.means.settings.stanza}: {said}")
        return [_copy(one) for one in reversed(stanza["backup"])]

    async def proved(self, copy: str, say: Say) -> bool | None:  # noqa: ARG002 - all of it
        """Let pgBackRest verify its files, by the checksums that it has kept."""
        ended = await self._ask("verify", "--output=text", "--verbose", refuse=False)
        said = (ended.output + ended.errors).decode("utf-8", "replace")
        if ended.status != 0 and "invalid command" in said.lower():
            return None  # of an old one; what is restored is read by checksums, too
        wrong = [line.strip() for line in said.splitlines() if _is_wrong(line)]
        if ended.status != 0 or wrong:
            raise Damaged(f"pgbackrest verify: {'; '.join(wrong[:3]) or ended.last_words}")
        await say("pgbackrest finds all its files as they were written")
        return True

    async def recovered(
        self, copy: str, place: Scratch, say: Say, *, whole_log: bool
    ) -> Recoverable:
        """Restore a backup: to where it can be used, or with the whole log that came after it."""
        place.data.mkdir(mode=0o700, exist_ok=True)
        place.tablespaces.mkdir(mode=0o700, exist_ok=True)
        words = [
            f"--pg1-path={place.data}",
            f"--tablespace-map-all={place.tablespaces}",
            f"--set={copy}",
            "--archive-mode=off",
        ]
        words += [] if whole_log else ["--type=immediate", "--target-action=promote"]
        await self._ask("restore", *words, say=say)
        settings = self._recovery(place)
        physical.tamed(place)
        (signal := place.data / "recovery.signal").touch()
        place.given(signal)
        return Recoverable(physical.major_of(place.data), settings, self._variables())

    def _variables(self) -> Mapping[str, str]:
        """Return what pgBackRest is told by its environment, whoever starts it."""
        settings, environ = self.means.settings, self.means.environ
        told = {name: environ[name] for name in settings.environment if name in environ}
        return told if settings.passphrase is None else {**told, _KEY: settings.passphrase}

    def _recovery(self, place: Scratch) -> Mapping[str, str]:
        """Return how the server gets its log: as pgBackRest has written it down."""
        written = (place.data / "postgresql.auto.conf").read_text()
        wanted = {}
        for line in written.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.strip() in ("restore_command", "recovery_target"):
                wanted[name.strip()] = value.strip().strip("'").replace("''", "'")
        return {**wanted, "recovery_target_action": "promote"}

    async def _ask(
        self, command: str, *words: str, say: Say | None = None, refuse: bool = True
    ) -> Ended:
        settings, environ = self.means.settings, self.means.environ
        program = found("pgbackrest", environ, install="apt-get install pgbackrest")
        given = [f"--stanza={settings.stanza}", "--log-level-console=warn"]
        given += ["--log-level-file=off"]
        if settings.config is not None:
            given.append(f"--config={settings.config}")
        how = How(_WITHIN, environ, variables=self._variables())
        ended = await run([program, command, *given, *words], how, say)
        if refuse and ended.status != 0:
            self._refuse(command, ended)
        return ended

    def _refuse(self, command: str, ended: Ended) -> None:
        said = (ended.errors + ended.output).decode("utf-8", "replace")
        name = self.means.settings.name
        self.means.refuse_unreached(said, ended.last_words)
        if "cipher" in said.lower() or "unable to load info" in said.lower():
            raise CannotLook(
                f"the repository of {name} cannot be opened: {ended.last_words}",
                remedy="name its key with [[backup]] passphrase",
            )
        refuse_full(said, f"{name} was restored")
        if "checksum" in said or "unable to decompress" in said or "is missing" in said:
            raise Damaged(f"{name} is damaged: {ended.last_words}")
        raise ActFailed(f"pgbackrest {command} of {name}: {ended.last_words}")


def _is_wrong(line: str) -> bool:
    counts = ("checksum invalid:", "size invalid:", "missing:", "other:")
    for count in counts:
        _, found_, after = line.partition(count)
        if found_ and after.strip().split(",")[0].strip(" .") not in ("", "0"):
            return True
    return "status: error" in line or "ERROR" in line


def _copy(told: Mapping[str, Any]) -> Copy:
    made_at = datetime.fromtimestamp(told["timestamp"]["stop"], UTC)
    wrong = "pgbackrest found bad pages in it" if told.get("error") else None
    return Copy(told["label"], made_at, Bytes(told["info"]["size"]), unfinished=wrong)
