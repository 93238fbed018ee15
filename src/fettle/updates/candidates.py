"""What of all that is on offer could be taken instead of what is in use, from the oldest on."""

from collections.abc import Iterable, Sequence
from functools import cmp_to_key

from fettle.errors import UnreadableVersion
from fettle.model.update import Ecosystem, Installed, Level, Offers, Release
from fettle.updates.policy import Terms
from fettle.updates.versions import Versions, versions_of


def candidates(one: Installed, offered: Offers, terms: Terms) -> tuple[Release, ...]:
    """Return the releases that are newer, in order: none withdrawn, none that nobody asked for.

    A pre-release is asked for by the terms, or by one that is in use; and what a distribution's
    archive offers is what it means to be installed (`20250419~deb12u2`).
    """
    rules = versions_of(one.package.ecosystem)
    early = terms.prereleases or rules.is_prerelease(one.version)
    early = early or one.package.ecosystem is Ecosystem.DEB
    newer = [
        release
        for release in offered.releases
        if release.withdrawn is None
        and is_newer(rules, one.version, release.version)
        and (early or not rules.is_prerelease(release.version))
    ]
    return tuple(releases_in_order(rules, newer))


def releases_in_order(rules: Versions, releases: Iterable[Release]) -> list[Release]:
    """Return releases from the oldest on."""

    def compared(a: Release, b: Release) -> int:
        return rules.order(a.version, b.version)

    return sorted(releases, key=cmp_to_key(compared))


def until_newest(one: Installed, offered: Offers, found: Sequence[Release]) -> tuple[Release, ...]:
    """Leave out what is beyond the one that npm's registry has as its newest (`latest`).

    What is beyond is for those who ask for it by another name (`next`).
    """
    newest = offered.newest
    if one.package.ecosystem is not Ecosystem.NPM or newest is None:
        return tuple(found)
    rules = versions_of(one.package.ecosystem)
    if not rules.is_readable(newest) or rules.order(one.version, newest) > 0:
        return tuple(found)
    return tuple(each for each in found if rules.order(each.version, newest) <= 0)


def is_newer(rules: Versions, current: str, offered: str) -> bool:
    """Whether a version is after another one, or another digest of it."""
    try:
        order = rules.order(current, offered)
        return order < 0 or (
            order == 0 and current != offered and rules.level(current, offered) is Level.DIGEST
        )
    except UnreadableVersion:
        return False


def release_of(version: str, offered: Offers | None) -> Release | None:
    """Return what a registry tells of a version, however either writes it; None for no such."""
    each = () if offered is None else offered.releases
    found = next((release for release in each if release.version == version), None)
    if found is not None or offered is None or offered.package.ecosystem is not Ecosystem.PYPI:
        return found
    rules = versions_of(offered.package.ecosystem)
    return next((one for one in each if _is_same(rules, version, one.version)), None)


def _is_same(rules: Versions, one: str, other: str) -> bool:
    """Whether two texts are one version: 2025.01.31 is 2025.1.31."""
    try:
        return rules.order(one, other) == 0
    except UnreadableVersion:
        return False
