"""poetry.lock, of Poetry 1 and 2; what the project asks for itself is in pyproject.toml."""

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package
from fettle.updates.locks.lock import Beside, Lock, sorted_by_name
from fettle.updates.locks.part import Part, of_toml

_READ = ("1", "2")
_ORIGINS = {"git": "git", "url": "address", "file": "file", "directory": "directory"}
_PROJECT = "pyproject.toml"


def read(text: str, where: str, beside: Beside) -> Lock:
    """Read a poetry.lock; raises UnreadableLock."""
    whole = of_toml(text, where)
    # it stands at the end: a lock that was cut off has none
    version = whole.at("metadata").text_or("lock-version", "1.0")
    if version.partition(".")[0] not in _READ:
        raise UnreadableLock(
            f"{where} has lock-version {version}, and 2 is the newest that is read",
            remedy="update Fettle",
        )
    project = beside(_PROJECT)
    asks = dict(_asks(of_toml(project, _PROJECT))) if project is not None else None
    packages = list(whole.get("package").each())
    by: dict[str, set[str]] = {}
    for part in packages:
        asking = canonicalize_name(part.text("name"))
        for needed in part.get("dependencies").table():
            by.setdefault(canonicalize_name(str(needed)), set()).add(asking)
    used = _used(by, asks) if asks is not None else None
    # a directory is the project's own code
    installed = [
        one
        for part in packages
        if (one := _installed(part, where, by, asks, used)).origin != "directory"
    ]
    return Lock(sorted_by_name(installed), registries=_registries(packages))


def _registries(packages: list[Part]) -> tuple[str, ...]:
    sources = [part.get("source") for part in packages]
    return tuple(
        dict.fromkeys(one.text_or("url") for one in sources if one.text_or("type") == "legacy")
    )


def _installed(
    part: Part,
    where: str,
    by: dict[str, set[str]],
    asks: dict[str, tuple[str, bool]] | None,
    used: set[str] | None,
) -> Installed:
    name = canonicalize_name(part.text("name"))
    needed_by = tuple(sorted(by.get(name, ())))
    groups = [one.value for one in part.get("groups").each()]
    development = part.text_or("category", "main") == "dev"
    if groups:
        development = "main" not in groups
    elif used is not None:
        development = name not in used
    return Installed(
        Package(Ecosystem.PYPI, name),
        part.text("version"),
        where,
        direct=name in asks if asks is not None else not needed_by,
        asks=(asks or {}).get(name, ("", False))[0],
        needed_by=needed_by,
        origin=_ORIGINS.get(part.get("source").text_or("type"), "registry"),
        development=development,
    )


def _used(by: dict[str, set[str]], asks: dict[str, tuple[str, bool]]) -> set[str]:
    """Return what is there for use: what the project asks for to be used, and what that needs."""
    needs: dict[str, set[str]] = {}
    for needed, names in by.items():
        for name in names:
            needs.setdefault(name, set()).add(needed)
    used: set[str] = set()
    waiting = [name for name, (_, development) in asks.items() if not development]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting.extend(needs.get(name, ()))
    return used


def _asks(project: Part) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield what a project asks for: the name, its range, and whether it is for development."""
    poetry = project.get("tool").get("poetry")
    groups = [group.get("dependencies") for _, group in poetry.get("group").items()]
    for tables, development in (
        ([*groups, poetry.get("dev-dependencies")], True),
        ([poetry.get("dependencies")], False),
    ):
        for table in tables:
            for name, part in table.items():
                if name != "python":
                    yield canonicalize_name(name), (_range(part), development)
    declared = project.get("project")
    optional = [group for _, group in declared.get("optional-dependencies").items()]
    dev = [group for _, group in project.get("dependency-groups").items()]
    for lists, development in ((dev, True), ([declared.get("dependencies"), *optional], False)):
        for one in (one for group in lists for one in group.each()):
            if isinstance(one.value, str):
                yield _declared(one.value, one), (_specifier(one.value), development)


def _range(part: Part) -> str:
    """Return a range of Poetry's own: a text, or a table with a version."""
    if isinstance(part.value, str):
        return part.value
    return part.text_or("version") if isinstance(part.value, dict) else ""


def _declared(text: str, part: Part) -> str:
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text)
    if found is None:
        raise part.wrong("is no requirement")
    return canonicalize_name(found[0])


def _specifier(text: str) -> str:
    try:
        return str(Requirement(text).specifier)
    except InvalidRequirement:
        return ""  # what Poetry reads and the standard does not
