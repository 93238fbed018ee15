"""apt, as it applies updates: just these versions, simulated first, by root or by sudo.

Nothing is ever removed, only what is installed is raised, and a file of settings that somebody has
edited stays. Once apt is at work it is left to come to its end, whatever becomes of us: a dpkg that
is ended in the middle leaves a system half done.
"""

import asyncio
import hashlib
import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.model.rehearsal import Wanted
from fettle.targets.running import Ended, How, Say, found, let_end, run

APT = "/usr/bin/apt-get"
INSTALL = (
    "install", "--quiet", "--assume-yes", "--only-upgrade", "--no-remove",
    "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300",
    "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
)  # fmt: skip
# Nobody is there to answer a question, and no service is restarted behind the user's back: what
# needs that is named afterwards. sudo hands on no variables, so env sets them within its rule.
ENV = "/usr/bin/env"
ALONE = ("DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=l", "NEEDRESTART_SUSPEND=1")
# What a package and a version may look like: nothing that apt could take for an option.
ASKED = r"[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?=[A-Za-z0-9][A-Za-z0-9.+:~-]*"
_SIMULATE = ("--simulate", "-o", "Debug::NoLocking=true")
_HERE = "this is done on Debian and Ubuntu only"
_QUICK = timedelta(minutes=5)
_ENDLESS = timedelta(days=30)  # apt is waited for, and ended by nobody
_STEP = re.compile(
    r"^(?P<does>Inst|Remv) (?P<name>\S+)(?: \[(?P<before>[^\]]*)\])?(?: \((?P<after>\S+))?"
)
_TELLING = re.compile(r"E: | \S+ : ")  # an error, or what something would need
_FORMAT = "--showformat=${binary:Package} ${Version} ${db:Status-Abbrev}\n"


@dataclass(frozen=True)
class PackageStep:
    """What apt does with one package: it is raised, or new ("" before), or removed ("" after)."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Apt:
    """apt of this machine, and dpkg below it."""

    environ: Mapping[str, str] = field(repr=False)
    say: Say

    async def standing(self) -> str:
        """Return a hash of what is installed: what is simulated is true of this alone."""
        status = await self._status()
        try:
            content = await asyncio.to_thread(status.read_bytes)
        except OSError as error:
            raise CannotLook(f"{status} cannot be read: {error.strerror}", remedy=_HERE) from error
        return hashlib.sha256(content).hexdigest()

    async def simulated(self, wanted: Sequence[Wanted]) -> tuple[PackageStep, ...]:
        """Return what apt would do; raises ActFailed with why it would not, and CannotLook."""
        words = [self._program(), *INSTALL, *_SIMULATE, *asked(wanted)]
        ended = await run(words, self._how(_QUICK))
        if ended.status:
            raise ActFailed(f"apt cannot raise it: {_error(ended)}")
        lines = ended.output.decode("utf-8", "replace").splitlines()
        steps = tuple(sorted(filter(None, map(_step, lines)), key=lambda one: one.name))
        if gone := [one.name for one in steps if not one.after]:
            raise ActFailed(f"it would be removed: {', '.join(gone)}")
        planned = {(one.name.partition(":")[0], one.after) for one in steps}
        for one in wanted:
            if (one.package.name.partition(":")[0], one.version) not in planned:
                raise ActFailed(f"{one.package.name} does not come to {one.version} by it")
        return steps

    async def permitted(self, wanted: Sequence[Wanted]) -> None:
        """Raise Refused where we are not let do it."""
        if os.geteuid() == 0:
            return
        sudo = found("sudo", self.environ, install="install sudo, or run this as root")
        ended = await run([sudo, "-n", "-l", "--", *self._words(wanted)], self._how(_QUICK))
        if ended.status:
            raise Refused(
                f"sudo does not let us raise packages: {ended.last_words}",
                remedy="fettle update sudoers prints the rules",
            )

    async def raise_(
        self, wanted: Sequence[Wanted], begun: Callable[[int], None], log: Path
    ) -> Ended:
        """Have apt do it, and wait for its end, also where somebody interrupts us meanwhile.

        It writes to a log, and goes on without us if need be: a pipe would break with us, and dpkg
        with it.
        """
        words = as_root(self._words(wanted), self.environ)
        status, interrupted = await let_end(words, self._how(_ENDLESS), log, begun)
        if interrupted:
            await self.say("it was interrupted; apt has come to its end all the same")
        said = await asyncio.to_thread(log.read_bytes)
        for line in said.decode("utf-8", "replace").splitlines():
            await self.say(line)
        return Ended(status, b"", said)

    def _words(self, wanted: Sequence[Wanted]) -> list[str]:
        return [ENV, *ALONE, self._program(), *INSTALL, *asked(wanted)]

    async def versions(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return which versions of packages are installed, whole; "" for one that is not."""
        query = found("dpkg-query", self.environ, install=_HERE)
        words = [query, *await self._admin(), "--show", _FORMAT, "--", *names]
        ended = await run(words, self._how(_QUICK))
        known = {}
        for line in ended.output.decode("utf-8", "replace").splitlines():
            name, version, state = [*line.split(), "", ""][:3]
            known[name] = known[name.partition(":")[0]] = version if state == "ii" else ""
        return {name: known.get(name, "") for name in names}

    async def half_done(self) -> str:
        """Say what dpkg has left half done; nothing where all is whole."""
        dpkg = found("dpkg", self.environ, install=_HERE)
        ended = await run([dpkg, *await self._admin(), "--audit"], self._how(_QUICK))
        lines = ended.output.decode("utf-8", "replace").split("\n")
        names = [line.split()[0] for line in lines if line.startswith(" ") and line.split()]
        if ended.status or names:
            return f"packages are half done: {', '.join(names[:5]) or ended.last_words}"
        return ""

    async def _admin(self) -> list[str]:
        return [f"--admindir={(await self._status()).parent}"]

    async def _status(self) -> Path:
        config = found("apt-config", self.environ, install=_HERE)
        words = [config, "shell", "status", "Dir::State::status/f"]
        ended = await run(words, self._how(_QUICK))
        told = shlex.split(ended.output.decode("utf-8", "surrogateescape"))
        return Path(told[0].partition("=")[2] if told else "/var/lib/dpkg/status")

    def _program(self) -> str:
        return APT if Path(APT).exists() else found("apt-get", self.environ, install=_HERE)

    def _how(self, within: timedelta) -> How:
        return How(within, self.environ, ("APT_CONFIG",))


def as_root(words: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return words as they are run by root: by sudo, which asks nothing, where we are not root."""
    if os.geteuid() == 0:
        return [*words]
    return [found("sudo", environ, install="install sudo, or run this as root"), "-n", "--", *words]


def asked(wanted: Sequence[Wanted]) -> list[str]:
    """Return how versions are asked for; raises ActFailed for what apt would misunderstand."""
    words = [f"{one.package.name}={one.version}" for one in wanted]
    for word in words:
        if not re.fullmatch(ASKED, word, re.ASCII):
            raise ActFailed(f"{word} is no package with a version")
    return words


def digest(steps: Sequence[PackageStep]) -> str:
    """Return what a simulation is told apart by."""
    lines = "\n".join(f"{one.name} {one.before} {one.after}" for one in steps)
    return hashlib.sha256(lines.encode()).hexdigest()


def _step(line: str) -> PackageStep | None:
    parted = _STEP.match(line)
    if parted is None:
        return None
    after = parted["after"] if parted["does"] == "Inst" else None
    return PackageStep(parted["name"], parted["before"] or "", after or "")


def _error(ended: Ended) -> str:
    lines = (ended.output + b"\n" + ended.errors).decode("utf-8", "replace").splitlines()
    said = [line.removeprefix("E: ").strip() for line in lines if _TELLING.match(line)]
    return " / ".join(said[:3]) or ended.last_words
