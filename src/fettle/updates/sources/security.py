"""Vulnerabilities that are known of what a project depends on.

What it looks at:  What the locks of each project hold, as the source of dependencies reads them.
Asks:            Those who publish advisories, as the settings name them: a server that speaks
    OSV's API, a folder or an archive of OSV's records, or the auditors of uv, pip and npm.
Skipped when:    No advisories are named, or there is no project.
Cannot see:      What nobody has published, what comes from git or an address, and whether a
    vulnerable part of a package is used at all.
"""

from dataclasses import replace

from fettle.errors import CannotLook
from fettle.model.ports_updates import Advisories, Outside, Seen
from fettle.model.update import Installed, Passed, SourceState
from fettle.unit.source import source
from fettle.updates.coverage import looked, skipped
from fettle.updates.projects import locked

ID = "security"
_REMEDY = (
    "[security] osv: a server that speaks OSV's API; [updates] advisories: folders of records; "
    "[updates] auditors = true: uv, pip-audit and npm"
)


@source
async def look(outside: Outside) -> Seen:
    """Ask what is known of everything that is locked."""
    now = outside.clock.now()
    if outside.advisories is None:
        return Seen(skipped(ID, now, "no advisories are named", _REMEDY))
    if not outside.projects:
        return Seen(skipped(ID, now, "there is no project to look at", "[[project]], or a PATH"))
    return await _asked(outside, outside.advisories)


async def _asked(outside: Outside, advisories: Advisories) -> Seen:
    now = outside.clock.now()
    projects = await locked(outside)
    installed = tuple(one for each in projects for one in each.lock.installed)
    passed = [one for each in projects for one in each.lock.passed]
    if not installed:
        return Seen(looked(ID, now, 0, passed))
    try:
        told = await advisories.about(installed)
    except CannotLook as error:
        unasked = [Passed(_named(one), error.reason, error.remedy) for one in installed]
        return Seen(looked(ID, now, 0, [*unasked, *passed]))
    looked_at = max(len(installed) - len(told.passed), 0)
    result = looked(
        ID, now, looked_at, [*passed, *told.passed], told_by=told.told_by, told_at=told.told_at
    )
    if told.newest_at is not None and now - told.newest_at > outside.advisories_age:
        reason = f"the newest of the advisories is of {told.newest_at:%Y-%m-%d}"
        remedy = "bring newer ones there, or set [updates] advisories_age"
        result = replace(result, state=SourceState.STALE, reason=reason, remedy=remedy)
    return Seen(result, installed, advisories=told.advisories)


def _named(installed: Installed) -> str:
    return f"{installed.package.name} in {installed.where}"
