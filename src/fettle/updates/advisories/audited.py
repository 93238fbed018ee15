"""What auditors of dependencies say, as advisories: about which versions, as far as they tell.

npm tells the range that is affected. uv and pip-audit tell the version in use and those that fix
it: what lies between is affected, and so is what comes before a fix in a later line of versions.
Where none is told that fixes it, everything later is affected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from fettle.model.security import Advisory as Told
from fettle.model.security import Audited
from fettle.model.update import Advisory, Affected, Ecosystem, Package
from fettle.updates.versions.npm_range import alternatives

_NPM = "npm"
Events = tuple[tuple[str, str], ...]
_EVERYTHING: Events = (("introduced", "0"),)


def advisories_of(audits: Iterable[Audited]) -> tuple[Advisory, ...]:
    """Return each weakness once, by its id, with all that it is about."""
    found: dict[str, Advisory] = {}
    for audited in audits:
        for told in audited.advisories:
            affected = _affected(audited, told)
            new = Advisory(told.id, summary=told.says, severity=told.severity, told_by=affected[1])
            known = found.get(told.id, new)
            found[told.id] = replace(known, affected=(*known.affected, affected[0]))
    return tuple(found.values())


def _affected(audited: Audited, told: Told) -> tuple[Affected, str]:
    """Return what a weakness is about, and who says so."""
    if audited.auditor == _NPM:
        package = Package(Ecosystem.NPM, told.package)
        ranges, listed = _of_npm(told.version)
    else:
        package = Package(Ecosystem.PYPI, canonicalize_name(told.package))
        ranges, listed = tuple(_of_fixes(told)), frozenset({told.version})
    return Affected(package, ranges, listed, told.id), f"{audited.auditor}'s audit"


def _of_npm(range_: str) -> tuple[tuple[Events, ...], frozenset[str]]:
    """Return a range of npm's as events, and what it lists by itself; all, where it is unclear."""
    ranges: list[Events] = []
    listed: set[str] = set()
    for comparisons in alternatives(range_):
        if comparisons is None:
            return (_EVERYTHING,), frozenset()
        exact = [version for sign, version in comparisons if sign in ("", "=")]
        listed.update(exact)
        if not exact:
            lower = [version for sign, version in comparisons if sign.startswith(">")]
            below = [("fixed", version) for sign, version in comparisons if sign == "<"]
            until = [("last_affected", version) for sign, version in comparisons if sign == "<="]
            ranges.append((("introduced", lower[0] if lower else "0"), *below, *until))
    return tuple(ranges), frozenset(listed)


def _of_fixes(told: Told) -> Iterator[Events]:
    """Yield what is affected from the version in use on, up to each that fixes it."""
    try:
        current = Version(told.version)
        fixes = sorted(fix for one in told.fixed_in if (fix := Version(one)) > current)
    except InvalidVersion:
        yield _EVERYTHING
        return
    if not fixes:
        yield (("introduced", told.version),)
        return
    yield (("introduced", told.version), ("fixed", str(fixes[0])))
    for before, fix in pairwise(fixes):
        yield (("introduced", _line_of(before, fix)), ("fixed", str(fix)))


def _line_of(before: Version, fix: Version) -> str:
    """Return where the line of versions begins that is fixed by the later one: 2.0, 1.3."""
    epoch = f"{fix.epoch}!" if fix.epoch else ""
    if fix.major != before.major:
        return f"{epoch}{fix.major}.dev0"
    return f"{epoch}{fix.major}.{fix.minor}.dev0" if fix.minor != before.minor else str(before)
