"""pnpm-lock.yaml, of pnpm 8 (6.0) and of pnpm 9 and newer (9.0)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package
from fettle.updates.locks.lock import Beside, Lock, not_held, sorted_by_name, together
from fettle.updates.locks.npm_asks import origin_of
from fettle.updates.locks.part import Part
from fettle.updates.locks.plain_yaml import documents_of

_READ = ("6", "9")
_KEY = re.compile(r"/?(?P<name>(?:@[^/@]+/)?[^/@][^@]*)@(?P<version>[^(]+)")
_LOCAL = ("link:", "file:", "workspace:")
_PARTS = (
    ("configDependencies", True),
    ("packageManagerDependencies", True),
    ("devDependencies", True),
    ("optionalDependencies", False),
    ("dependencies", False),
)


@dataclass
class _Asked:
    """Who asks for a version: the project and its workspaces, and other packages."""

    ranges: set[str] = field(default_factory=set)
    by: set[str] = field(default_factory=set)
    for_use: bool = False


_Key = tuple[str, str]


def read(text: str, where: str, _beside: Beside) -> Lock:
    """Read a lock of pnpm; raises UnreadableLock.

    Since pnpm 11 the project's own document may have one before it, of what pnpm itself needs: both
    are installed. https://pnpm.io/lockfile
    """
    return together(_of_document(whole, where) for whole in documents_of(text, where))


def _of_document(whole: Part, where: str) -> Lock:
    version = whole.text("lockfileVersion")
    if version.partition(".")[0] not in _READ:
        raise UnreadableLock(
            f"{where} has lockfileVersion {version}, and 6 and 9 are read",
            remedy="write it anew with pnpm 8 or newer, or update Fettle",
        )
    packages = [(_key(key, part), part) for key, part in whole.get("packages").items()]
    # what each asks for stands beside them since version 9
    asking = whole.get("snapshots") if "snapshots" in whole else whole.get("packages")
    asked = _asked(whole, asking)
    held = {key for key, _ in packages}
    missing = sorted(key for key in asked if key not in held and key[1][:1].isdecimal())
    return Lock(
        sorted_by_name(
            _installed(key, part, where, asked.get(key, _Asked()))
            for key, part in packages
            if part.get("resolution").text_or("type") != "directory"
        ),
        tuple(not_held(f"{name} {version}", where) for name, version in missing),
    )


def _key(key: str, part: Part) -> _Key:
    """Return the name and the version of a package, as its key or its table tells them."""
    if "name" in part and "version" in part:
        return part.text("name"), part.text("version")
    found = _KEY.match(key)
    if found is None:
        raise part.wrong("names no package and version")
    return found["name"], found["version"]


def _installed(key: _Key, part: Part, where: str, asked: _Asked) -> Installed:
    name, version = key
    resolution = part.get("resolution")
    address = resolution.text_or("tarball") or resolution.text_or("repo") or version
    origin = origin_of(address, (version,))
    if resolution.text_or("type") == "git":
        origin = "git"
    elif origin == "registry" and ":" in version:
        origin = "address"  # runtime:24.0.0, say
    development = part.flag("dev") if "dev" in part else not asked.for_use
    return Installed(
        Package(Ecosystem.NPM, name),
        part.text_or("version") or version,
        where,
        direct=bool(asked.ranges),
        asks=" || ".join(sorted(asked.ranges)),
        needed_by=tuple(sorted(asked.by)),
        origin=origin,
        development=development,
    )


def _asked(whole: Part, asking: Part) -> dict[_Key, _Asked]:
    asked: dict[_Key, _Asked] = {}
    waiting: list[_Key] = []
    importers = whole.get("importers")
    for project in [part for _, part in importers.items()] or [whole]:
        for key, range_, development in _of_project(project):
            asked.setdefault(key, _Asked()).ranges.add(range_)
            waiting += [] if development else [key]
    needs = {}
    for written, part in asking.items():
        asker = _key(written, part)
        needs[asker] = list(_needed(part))
        for key in needs[asker]:
            asked.setdefault(key, _Asked()).by.add(asker[0])
    while waiting:
        one = asked.setdefault(key := waiting.pop(), _Asked())
        if not one.for_use:
            one.for_use = True
            waiting += needs.get(key, [])
    return asked


def _of_project(project: Part) -> Iterator[tuple[_Key, str, bool]]:
    """Yield what a project asks for: the package, its range, and whether it is to develop it."""
    for kind, development in _PARTS:
        for name, part in project.get(kind).items():
            version = part.text("version")
            if not version.startswith(_LOCAL):
                yield _named(name, version), part.text_or("specifier"), development


def _needed(part: Part) -> Iterator[_Key]:
    for kind in ("dependencies", "optionalDependencies"):
        for name, version in part.get(kind).items():
            if isinstance(version.value, str) and not version.value.startswith(_LOCAL):
                yield _named(name, version.value)


def _named(name: str, version: str) -> _Key:
    """Return what a version stands for: a version alone, or another's name with it (an alias)."""
    version = version.partition("(")[0]
    aliased = _KEY.fullmatch(version) if version.startswith(("/", "@")) or "@" in version else None
    return (aliased["name"], aliased["version"]) if aliased is not None else (name, version)
