"""uv.lock: what uv has locked, for every platform that the project is for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package, Passed
from fettle.updates.locks.lock import Beside, Lock, not_held, sorted_by_name
from fettle.updates.locks.part import Part, of_toml

_NEWEST = 1
_OWN = ("virtual", "editable", "directory")  # how the project itself and its members are written
_ELSEWHERE = {"git": "git", "url": "address", "path": "file"}


@dataclass
class _Asked:
    """Who asks for a package: the project and its members, with ranges, and other packages."""

    ranges: set[str] = field(default_factory=set)
    direct: bool = False
    by: set[str] = field(default_factory=set)
    for_use: bool = False


def read(text: str, where: str, _beside: Beside) -> Lock:
    """Read a uv.lock; raises UnreadableLock."""
    whole = of_toml(text, where)
    version = whole.at("version").value
    if not isinstance(version, int) or version > _NEWEST:
        raise UnreadableLock(
            f"{where} has version {version}, and {_NEWEST} is the newest that is read",
            remedy="update Fettle",
        )
    packages = [(part.text("name"), part) for part in whole.get("package").each()]
    own: dict[str, Part] = {
        canonicalize_name(name): part for name, part in packages if _is_own(part)
    }
    asked = _asked(packages, own)
    needed = {name for _, part in packages for name in _needed(part)}
    missing = sorted(needed - {canonicalize_name(name) for name, _ in packages})
    installed, passed = [], [not_held(name, where) for name in missing]
    for name, part in packages:
        if _is_own(part):
            continue
        one = _installed(part, where, asked.get(canonicalize_name(name), _Asked()))
        if one.version:
            installed.append(one)
        else:
            passed.append(Passed(f"{name} in {where}", "the lock tells no version of it"))
    return Lock(sorted_by_name(installed), tuple(passed), _registries(packages))


def _is_own(part: Part) -> bool:
    return any(kind in part.get("source") for kind in _OWN)


def _installed(part: Part, where: str, asked: _Asked) -> Installed:
    source = part.get("source")
    origin = next((said for kind, said in _ELSEWHERE.items() if kind in source), "registry")
    return Installed(
        Package(Ecosystem.PYPI, canonicalize_name(part.text("name"))),
        part.text_or("version"),
        where,
        direct=asked.direct,
        asks=", ".join(sorted(asked.ranges)),
        needed_by=tuple(sorted(asked.by)),
        origin=origin,
        development=not asked.for_use,
    )


def _registries(packages: Iterable[tuple[str, Part]]) -> tuple[str, ...]:
    named = (part.get("source").text_or("registry") for _, part in packages)
    return tuple(dict.fromkeys(url for url in named if url.startswith(("https://", "http://"))))


def _asked(packages: list[tuple[str, Part]], own: dict[str, Part]) -> dict[str, _Asked]:
    """Return who asks for each package, and whether it is for use or for development alone."""
    asked: dict[str, _Asked] = {}
    needs: dict[str, set[str]] = {}
    for name, part in packages:
        asking = canonicalize_name(name)
        for needed in _needed(part):
            one = asked.setdefault(needed, _Asked())
            if asking in own:
                one.direct = True
            else:
                one.by.add(asking)
                needs.setdefault(asking, set()).add(needed)
    for part in own.values():
        for key in ("requires-dist", "requires-dev"):
            _add_ranges(asked, part.get("metadata").get(key))
    wanted = {needed for part in own.values() for needed in _needed(part, development=False)}
    for needed in _reached(wanted, needs):
        asked.setdefault(needed, _Asked()).for_use = True
    return asked


def _add_ranges(asked: dict[str, _Asked], part: Part) -> None:
    """Add the ranges that a project asks for by itself: of its use, and of each of its groups."""
    groups = [group for _, group in part.items()] if isinstance(part.value, dict) else [part]
    for one in (one for group in groups for one in group.each()):
        if range_ := one.text_or("specifier"):
            asked.setdefault(canonicalize_name(one.text("name")), _Asked()).ranges.add(range_)


def _needed(part: Part, *, development: bool = True) -> Iterator[str]:
    """Yield the names that a package asks for: always, with its extras, and to develop it."""
    groups = [part.get("dependencies")]
    groups += [group for _, group in part.get("optional-dependencies").items()]
    if development:
        groups += [group for _, group in part.get("dev-dependencies").items()]
    for group in groups:
        for one in group.each():
            yield canonicalize_name(one.text("name"))


def _reached(begin: Iterable[str], needs: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(begin)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(needs.get(name, ()))
    return reached
