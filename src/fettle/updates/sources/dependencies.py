"""Newer versions of what a project depends on.

What it looks at:  What the locks of each project hold: uv.lock, requirements*.txt with versions,
    poetry.lock, package-lock.json, npm-shrinkwrap.json, pnpm-lock.yaml and yarn.lock.
Asks:            The registries that pip, uv and npm are set to, each package once, and later on
    only whether the answer still holds.
Skipped when:    There is no project: no [[project]] and no PATH.
Cannot see:      What is not locked to a version, what comes from git or an address, and what was
    installed without the lock.
"""

import asyncio

from fettle.model.ports_updates import Outside, Seen
from fettle.model.update import Installed, Offers, Package, Passed
from fettle.unit.source import source
from fettle.updates.coverage import looked, skipped
from fettle.updates.projects import Locked, locked
from fettle.updates.versions import versions_of

ID = "dependencies"


@source
async def look(outside: Outside) -> Seen:
    """Ask what is on offer for everything that is locked."""
    now = outside.clock.now()
    if not outside.projects:
        return Seen(skipped(ID, now, "there is no project to look at", "[[project]], or a PATH"))
    projects = await locked(outside)
    told = await asyncio.gather(*(_offered(outside, one) for one in projects))
    offers = {package: one for each in told for package, one in each.items()}
    installed = tuple(one for each in projects for one in each.lock.installed)
    passed = [one for each in projects for one in each.lock.passed]
    unknown = [
        Passed(f"{one.package.name} in {one.where}", failed.reason, failed.remedy)
        for one in installed
        if (failed := _unknown(one, offers[one.package])) is not None
    ]
    known = {package: one for package, one in offers.items() if isinstance(one, Offers)}
    looked_at = len(installed) - len(unknown)
    result = looked(ID, now, looked_at, [*passed, *unknown], told_by="registries", told_at=now)
    return Seen(result, installed, known)


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
