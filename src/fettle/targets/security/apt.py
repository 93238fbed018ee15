"""Packages of this machine that have updates, as apt knows by its lists, which it fetches not.

A changelog is asked for by itself, where somebody is to be shown it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, Unreachable
from fettle.model.security import Packages, Skipped, Waiting
from fettle.targets.running import How, found, run
from fettle.targets.system.apt_get import ASKED

AREA = "packages"
_SUBJECT = "this machine's packages"
_WITHIN = timedelta(minutes=5)
# Inst openssl [3.0.11-1] (3.0.13-1 Debian-Security:12/stable-security [amd64])
_INST = re.compile(
    r"^Inst (?P<package>\S+)(?: \[(?P<installed>[^\]]*)\])? \((?P<offered>\S+) (?P<origin>[^\[\)]*)"
)
# Also what is held back, and what is given to some machines first: it is known all the same.
_SIMULATE = (
    "--simulate", "--quiet", "--ignore-hold", "-o", "Debug::NoLocking=true",
    "-o", "APT::Get::Always-Include-Phased-Updates=true", "dist-upgrade",
)  # fmt: skip
_SECURITY = re.compile(r"security", re.IGNORECASE)


async def packages(environ: Mapping[str, str]) -> Packages | Skipped:
    """Return which packages have updates."""
    how = How(_WITHIN, environ, handed_on=("APT_CONFIG",))
    try:
        program = found("apt-get", environ, install="this is looked at on Debian and Ubuntu only")
        lists = await _lists(how)
        ended = await run([program, *_SIMULATE], how)
        security = await _has_security(program, how)
    except (CannotLook, ActFailed) as error:
        return Skipped(AREA, _SUBJECT, error.reason, error.remedy)
    if ended.status != 0:
        return Skipped(AREA, _SUBJECT, f"apt-get could not tell: {ended.last_words}")
    files = [file for file in lists.glob("*_Packages*") if file.is_file()]
    if not files:
        return Skipped(AREA, _SUBJECT, "apt has no lists of packages", "apt-get update")
    if not security:
        return Skipped(
            AREA,
            _SUBJECT,
            "none of apt's sources is of the distribution's security team",
            "add it to /etc/apt/sources.list, and run apt-get update",
        )
    # apt writes a list's own date into its file; when it asked last is the folder's
    asked = max(one.stat().st_mtime for one in (lists, lists / "partial", *files) if one.exists())
    told = [_waiting(line) for line in ended.output.decode("utf-8", "replace").splitlines()]
    listed_at = datetime.fromtimestamp(asked, UTC)
    return Packages(tuple(one for one in told if one is not None), listed_at, len(files))


async def changelog(
    package: str, version: str, environ: Mapping[str, str], within: timedelta
) -> str:
    """Return a package's changelog, from where apt is set to have it.

    Raises CannotLook, Unreachable where nobody answers in time.
    """
    asked = f"{package}={version}"
    if re.fullmatch(ASKED, asked, re.ASCII) is None:
        raise CannotLook(f"{asked} is no package with a version")
    how = How(within, environ, ("APT_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"))
    program = found("apt-get", environ, install="this is looked at on Debian and Ubuntu only")
    try:
        ended = await run([program, "changelog", "-qq", asked], how)
    except ActFailed as error:
        raise Unreachable(error.reason) from error
    if ended.status:
        raise CannotLook(f"there is no changelog of {asked}: {ended.last_words}")
    return ended.output.decode("utf-8", "replace")


async def _has_security(program: str, how: How) -> bool:
    """Whether any list is of a security team: a machine without one has no security updates."""
    words = ("indextargets", "--format", "$(LABEL)/$(SUITE)", "Created-By: Packages")
    ended = await run([program, *words], how)
    return _SECURITY.search(ended.output.decode("utf-8", "replace")) is not None


async def _lists(how: How) -> Path:
    """Return the folder of apt's lists."""
    program = found(
        "apt-config", how.environ, install="this is looked at on Debian and Ubuntu only"
    )
    ended = await run([program, "shell", "lists", "Dir::State::lists/d"], how)
    told = re.fullmatch(r"lists='(.*)'\s*", ended.output.decode("utf-8", "replace"))
    return Path(told[1] if told else "/var/lib/apt/lists")


def _waiting(line: str) -> Waiting | None:
    parted = _INST.match(line)
    if parted is None or parted["installed"] is None:
        return None  # what is installed besides, for another's sake
    origin = parted["origin"].strip()
    security = _SECURITY.search(origin) is not None
    return Waiting(parted["package"], parted["installed"], parted["offered"], origin, security)
