"""package-lock.json and npm-shrinkwrap.json, of npm 5 and newer (lockfileVersion 1, 2 and 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package
from fettle.updates.locks.lock import Beside, Lock, not_held, sorted_by_name
from fettle.updates.locks.npm_asks import asks_of, origin_of
from fettle.updates.locks.part import Part, of_json

_NEWEST = 3
_DEEPEST = 100
_OLDEST_WITH_PACKAGES = 2
_PROJECT = "package.json"
_FOLDER = "node_modules/"


@dataclass
class _Asked:
    """Who asks for what is in a folder: the project and its workspaces, and other packages."""

    ranges: set[str] = field(default_factory=set)
    by: set[str] = field(default_factory=set)


def read(text: str, where: str, beside: Beside) -> Lock:
    """Read a lock of npm; raises UnreadableLock."""
    whole = of_json(text, where)
    version = whole.table().get("lockfileVersion", 1)
    if not isinstance(version, int) or version > _NEWEST:
        raise UnreadableLock(
            f"{where} has lockfileVersion {version}, and {_NEWEST} is the newest that is read",
            remedy="update Fettle",
        )
    if version >= _OLDEST_WITH_PACKAGES:
        packages = dict(whole.at("packages").items())
        missing = tuple(not_held(name, where) for name in sorted(_missing(packages)))
        return Lock(sorted_by_name(_of_packages(packages, where)), missing)
    project = beside(_PROJECT)
    asks = asks_of(of_json(project, _PROJECT)) if project is not None else None
    return Lock(sorted_by_name(_of_dependencies(whole, where, asks)))


def _of_packages(packages: Mapping[str, Part], where: str) -> Iterator[Installed]:
    asked = _asked(packages)
    for path, part in packages.items():
        if _FOLDER not in path or part.flag("link") or "version" not in part:
            continue  # the project itself, and its workspaces
        told = asked.get(path, _Asked())
        name = part.text_or("name") or path.rpartition(_FOLDER)[2]
        ranges = tuple(sorted(told.ranges))
        yield Installed(
            Package(Ecosystem.NPM, name),
            part.text("version"),
            where,
            direct=bool(ranges),
            asks=" || ".join(ranges),
            needed_by=tuple(sorted(told.by)),
            origin=origin_of(part.text_or("resolved"), ranges),
            development=part.flag("dev"),  # "devOptional" is what is optional for use, too
        )


def _asked(packages: Mapping[str, Part]) -> dict[str, _Asked]:
    """Return who asks for what is in each folder, as Node finds it: from the asker's outwards."""
    asked: dict[str, _Asked] = {}
    for path, part in packages.items():
        if path.count(_FOLDER) > _DEEPEST:
            raise part.wrong("is nested deeper than npm writes")
        own = _FOLDER not in path
        name = part.text_or("name") or path.rpartition(_FOLDER)[2]
        for needed, range_ in asks_of(part, development=own).items():
            at = _found(needed, path, packages)
            if at is None:
                continue  # optional, and not of this platform
            one = asked.setdefault(at, _Asked())
            if own:
                one.ranges.add(range_)
            else:
                one.by.add(name)
    return asked


def _missing(packages: Mapping[str, Part]) -> set[str]:
    """Return what the project or a package asks for wherever it is, and no folder holds.

    What a package has brought along itself it has pruned as it likes.
    """
    missing = set()
    for path, part in packages.items():
        if (path and _FOLDER not in path) or part.flag("inBundle") or part.flag("hasShrinkwrap"):
            continue
        needed = dict(part.get("dependencies").table())
        if not path:
            needed |= part.get("devDependencies").table()
        for name in needed.keys() - part.get("optionalDependencies").table().keys():
            if _found(str(name), path, packages) is None:
                missing.add(f"{name} {needed[name]}")
    return missing


def _found(name: str, path: str, packages: Mapping[str, Part]) -> str | None:
    while True:
        at = f"{path}/{_FOLDER}{name}" if path else f"{_FOLDER}{name}"
        if at in packages:
            return at
        if not path:
            return None
        path = path.rpartition(f"/{_FOLDER}")[0]


def _of_dependencies(
    whole: Part, where: str, asks: Mapping[str, str] | None
) -> Iterator[Installed]:
    """Yield what a lock of the first version tells, whose packages hold those of their own."""
    tables: list[tuple[Part, tuple[str, ...]]] = [(whole.get("dependencies"), ())]
    by: dict[str, set[str]] = {}
    found: list[Installed] = []
    while tables:
        table, holders = tables.pop()
        for name, part in table.items():
            for needed in _required(part):
                by.setdefault(needed, set()).add(name)
            if "dependencies" in part:
                tables.append((part.get("dependencies"), (*holders, name)))
            if len(holders) > _DEEPEST:
                raise part.wrong("is nested deeper than npm writes")
            found.append(_of_dependency(name, part, where, holders, asks))
    for one in found:
        needed_by = tuple(sorted(by.get(one.package.name, ())))
        direct = one.direct if asks is not None else one.direct and not needed_by
        yield replace(one, direct=direct, needed_by=needed_by)


def _required(part: Part) -> Iterator[str]:
    """Yield the names that a package of the first version asks for."""
    requires = part.get("requires")
    yield from (name for name, _ in requires.items()) if isinstance(requires.value, dict) else ()


def _of_dependency(
    name: str,
    part: Part,
    where: str,
    holders: tuple[str, ...],
    asks: Mapping[str, str] | None,
) -> Installed:
    version, origin = part.text("version"), "registry"
    if version.startswith("npm:"):
        name, _, version = version.removeprefix("npm:").rpartition("@")
    elif "/" in version or ":" in version:
        origin = origin_of(version, (version,))
    range_ = "" if asks is None or holders else asks.get(name, "")
    return Installed(
        Package(Ecosystem.NPM, name),
        version,
        where,
        direct=not holders and (asks is None or name in asks),
        asks=range_,
        origin=origin,
        development=part.flag("dev"),
    )
