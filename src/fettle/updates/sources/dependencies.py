"""Newer versions of what a project depends on.

What it looks at:  What the locks in each project's own folder hold: uv.lock, requirements*.txt with
    versions and what they include, poetry.lock, package-lock.json, npm-shrinkwrap.json,
    pnpm-lock.yaml and yarn.lock. What pyproject.toml or package.json ask for and no lock holds is
    told as not looked at.
Asks:            The registries that pip, uv and npm are set to, each package once, and later on
    only whether the answer still holds.
Skipped when:    There is no project: no [[project]] and no PATH.
Cannot see:      What is not locked to a version, what comes from git or an address, what was
    installed without the lock, locks in folders below (let each be a [[project]] of its own), and
    what only one of several registries has, where projects have a package from each of them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fettle.model.ports_updates import Outside, Seen
from fettle.model.update import Installed, Offers, Package, Passed, Withdrawn
from fettle.unit.source import source
from fettle.updates.coverage import looked, skipped
from fettle.updates.projects import Locked, locked
from fettle.updates.versions import versions_of
from fettle.updates.withdrawn import withdrawn_of

ID = "dependencies"


@source
async def look(outside: Outside) -> Seen:
    """Ask what is on offer for everything that is locked."""
    now = outside.clock.now()
    if not outside.projects:
        return Seen(skipped(ID, now, "there is no project to look at", "[[project]], or a PATH"))
    projects = await locked(outside)
    told = await asyncio.gather(*(_offered(outside, one) for one in projects))
    installed = tuple(one for each in projects for one in each.lock.installed)
    passed = [one for each in projects for one in each.lock.passed]
    unknown = [
        Passed(f"{one.package.name} in {one.where}", failed.reason, failed.remedy)
        for project, offers in zip(projects, told, strict=True)
        for one in project.lock.installed
        if (failed := _unknown(one, offers[one.package])) is not None
    ]
    known = _of_all(told)
    looked_at = len(installed) - len(unknown)
    result = looked(ID, now, looked_at, [*passed, *unknown], told_by="registries", told_at=now)
    gone = await asyncio.to_thread(_gone, projects, told)
    return Seen(replace(result, withdrawn=gone), installed, known)


def _gone(
    projects: Sequence[Locked], told: Sequence[Mapping[Package, Offers | Passed]]
) -> tuple[Withdrawn, ...]:
    """Return what is in use and was withdrawn, by each project's own registries."""
    return tuple(
        each
        for project, offers in zip(projects, told, strict=True)
        for each in withdrawn_of(project.lock.installed, offers)
    )


def _of_all(told: Sequence[Mapping[Package, Offers | Passed]]) -> dict[Package, Offers]:
    """Return what is on offer; from several registries only what all of those have.

    A package of the same name may be another one elsewhere.
    """
    known: dict[Package, Offers] = {}
    for package, one in (pair for each in told for pair in each.items()):
        if isinstance(one, Offers):
            known[package] = _of_both(known.get(package, one), one)
    return known


def _of_both(one: Offers, other: Offers) -> Offers:
    if one == other:
        return one
    versions = {release.version for release in other.releases}
    releases = tuple(release for release in one.releases if release.version in versions)
    return replace(one, releases=releases, newest=one.newest if one.newest in versions else None)


def _unknown(one: Installed, offered: Offers | Passed) -> Passed | None:
    """Return why it cannot be said whether there is something newer."""
    if isinstance(offered, Passed):
        return offered
    if not versions_of(one.package.ecosystem).is_readable(one.version):
        return Passed(one.package.name, f"{one.version!r} is no version that can be compared")
    return None


async def _offered(outside: Outside, locked: Locked) -> dict[Package, Offers | Passed]:
    """Ask for each package of a project once, wherever it is used."""
    packages = list(dict.fromkeys(one.package for one in locked.lock.installed))
    asked = await outside.registries.offers(packages, locked.project, locked.lock.registries)
    return dict(asked)
