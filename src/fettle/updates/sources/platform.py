"""Newer versions of what everything runs on.

What it looks at:  The packages of this machine, the server of each [[database]], and the Python and
    Node that each project names (.venv, .python-version, .nvmrc, .node-version, .tool-versions).
Asks:            apt's own lists, which something else fetches; each database; and a table of
    PostgreSQL's, Python's and Node's versions with the ends of their lives, which has a date.
Skipped when:    There is nothing of it to look at here.
Cannot see:      Other machines, other package managers, and what came out after the table. What is
    newer than all of it is told as not looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from fettle.errors import CannotLook
from fettle.model.ports_updates import Databases, Machine, Outside, Seen
from fettle.model.security import Packages, Skipped, Waiting
from fettle.model.update import (
    Advisory,
    Affected,
    Ecosystem,
    Installed,
    Offers,
    Package,
    Passed,
    Release,
    SourceState,
)
from fettle.unit.source import source
from fettle.updates import lifecycles
from fettle.updates.coverage import looked, nothing_there
from fettle.updates.runtimes import runtimes_of

ID = "platform"
_BY_TABLE = (Ecosystem.POSTGRESQL, Ecosystem.PYTHON, Ecosystem.NODE)
_FIRST_OF_TWO_NUMBERS = 100000  # of PostgreSQL's; before it a version was 9.6.24


@dataclass
class _Gathered:
    """What was seen so far."""

    installed: list[Installed] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    offers: dict[Package, Offers] = field(default_factory=dict)
    advisories: list[Advisory] = field(default_factory=list)
    listed_at: datetime | None = None
    looked_at: int = 0


@source
async def look(outside: Outside) -> Seen:
    """Look at the machine, the databases and the runtimes of projects."""
    now = outside.clock.now()
    seen = _Gathered()
    if outside.machine is not None:
        await _packages(outside.machine, seen)
    await _databases(outside.databases, seen)
    _runtimes(outside, seen)
    _by_table(seen, now)
    if not seen.looked_at and not seen.passed:
        said = "no machine, no database and no runtime of a project is looked at here"
        return Seen(nothing_there(ID, now, said))
    dated = {"apt's lists": seen.listed_at, "Fettle's table": _table_at(seen)}
    told = {name: at for name, at in dated.items() if at is not None}
    result = looked(
        ID, now, seen.looked_at, seen.passed,
        told_by=" and ".join(told), told_at=min(told.values(), default=None),
    )  # fmt: skip
    if stale := _stale(outside, seen, now):
        result = replace(result, state=SourceState.STALE, reason=stale[0], remedy=stale[1])
    return Seen(result, tuple(seen.installed), seen.offers, tuple(seen.advisories))


async def _packages(machine: Machine, seen: _Gathered) -> None:
    told = await machine.packages()
    if isinstance(told, Skipped):
        seen.passed.append(Passed(told.subject, told.reason, told.remedy))
        return
    seen.listed_at = told.listed_at
    seen.looked_at += 1  # all of them in one question
    for one in told.waiting:
        _package(one, machine.name, told, seen)


def _package(waiting: Waiting, where: str, told: Packages, seen: _Gathered) -> None:
    package = Package(Ecosystem.DEB, waiting.package)
    seen.installed.append(Installed(package, waiting.installed, where))
    seen.offers[package] = Offers(package, (Release(waiting.offered),), waiting.offered)
    if waiting.security:
        seen.advisories.append(
            Advisory(
                id=f"{waiting.package}-{waiting.offered}",
                summary=f"published by {waiting.origin}",
                affected=(Affected(package, ((("introduced", "0"), ("fixed", waiting.offered)),)),),
                published_at=None,
                told_by=f"apt, by lists of {told.listed_at:%Y-%m-%d %H:%M} UTC",
            )
        )


async def _databases(databases: Databases | None, seen: _Gathered) -> None:
    for name in databases.names if databases is not None else ():
        assert databases is not None  # noqa: S101 - there are none without
        try:
            version = (await databases.server(name)).version
        except CannotLook as error:
            seen.passed.append(Passed(name, error.reason, error.remedy))
            continue
        package = Package(Ecosystem.POSTGRESQL, "postgresql")
        seen.installed.append(Installed(package, _numbered(version), name))
        seen.looked_at += 1


def _numbered(version: int) -> str:
    """Return a server's version as people write it."""
    if version < _FIRST_OF_TWO_NUMBERS:
        return f"{version // 10000}.{version // 100 % 100}.{version % 100}"
    return f"{version // 10000}.{version % 10000}"


def _runtimes(outside: Outside, seen: _Gathered) -> None:
    for project in outside.projects:
        try:
            told = list(runtimes_of(project, outside.files))
        except CannotLook as error:
            told = [Passed(project.name, error.reason, error.remedy)]
        installed = [one for one in told if isinstance(one, Installed)]
        seen.installed += installed
        seen.looked_at += len(installed)
        seen.passed += [one for one in told if isinstance(one, Passed)]


def _in_table(installed: Iterable[Installed]) -> list[Installed]:
    return [one for one in installed if one.package.ecosystem in _BY_TABLE]


def _of_table(installed: Iterable[Installed]) -> list[Package]:
    return list(dict.fromkeys(one.package for one in _in_table(installed)))


def _by_table(seen: _Gathered, now: datetime) -> None:
    for one in _in_table(seen.installed):
        if not lifecycles.knows(one.package.ecosystem, one.version):
            said = f"{one.version} is not in the table of {lifecycles.TOLD_AT:%Y-%m-%d}"
            subject = f"{one.package.name} in {one.where}"
            seen.passed.append(Passed(subject, said, "update Fettle"))
            seen.looked_at -= 1
    for package in _of_table(seen.installed):
        seen.offers[package] = lifecycles.offers_of(package.ecosystem, package, now.date())
        seen.advisories += lifecycles.ended(package.ecosystem, package, now.date())


def _table_at(seen: _Gathered) -> datetime | None:
    return lifecycles.TOLD_AT if _of_table(seen.installed) else None


def _stale(outside: Outside, seen: _Gathered, now: datetime) -> tuple[str, str] | None:
    """Return what is too old to go by, and what would renew it."""
    if seen.listed_at is not None and now - seen.listed_at > outside.stale_after:
        return f"apt's lists are of {seen.listed_at:%Y-%m-%d %H:%M} UTC", "apt-get update"
    if (at := _table_at(seen)) is not None and now - at > lifecycles.HOLDS:
        return f"the table of PostgreSQL, Python and Node is of {at:%Y-%m-%d}", "update Fettle"
    return None
