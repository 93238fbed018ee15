"""Versions in use that were withdrawn, or that their registry does not have, and why.

Yanked in an index of Python's, deprecated in one of npm's, or deleted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from fettle.model.update import Ecosystem, Installed, Offers, Package, Passed, Update, Withdrawn
from fettle.updates.candidates import release_of

# Whose registries go on having what they once had.
KEPT_FOR_EVER = (Ecosystem.PYPI, Ecosystem.NPM)


def withdrawn_of(
    installed: Iterable[Installed], offers: Mapping[Package, Offers | Passed]
) -> Iterator[Withdrawn]:
    """Yield what is in use and was withdrawn, by what one project's own registries offer."""
    for one in installed:
        offered = offers.get(one.package)
        if one.package.ecosystem not in KEPT_FOR_EVER or not isinstance(offered, Offers):
            continue
        release = release_of(one.version, offered)
        if release is None:
            yield Withdrawn(one.package, one.version, one.where, "its registry does not have it")
        elif release.withdrawn is not None:
            reason = f"it was withdrawn: {release.withdrawn}"
            yield Withdrawn(one.package, one.version, one.where, reason)


def withdrawn_among(
    versions: Iterable[tuple[Package, str]], offers: Mapping[Package, Offers | Passed]
) -> Iterator[str]:
    """Yield which of these versions were withdrawn, or are not to be had any more, and why."""
    for package, version in versions:
        offered = offers.get(package)
        if not isinstance(offered, Offers):
            continue
        release = release_of(version, offered)
        if release is None:
            yield f"{package.name} {version}: its registry does not have it"
        elif release.withdrawn is not None:
            yield f"{package.name} {version}: {release.withdrawn}"


def untold_among(
    versions: Iterable[tuple[Package, str]], offers: Mapping[Package, Offers | Passed]
) -> Iterator[str]:
    """Yield of which of these versions nobody tells whether they were withdrawn, and why not."""
    for package, version in versions:
        if isinstance(offered := offers.get(package), Passed):
            yield f"{package.name} {version}: {offered.reason}"


def with_grounds(updates: Iterable[Update], found: Sequence[Withdrawn]) -> Iterator[Update]:
    """Yield updates, of which those that lead away from what was withdrawn say so."""
    reasons = {(one.package, one.where, one.version): one.reason for one in found}
    for update in updates:
        reason = reasons.get((update.package, update.where, update.current))
        if reason is None:
            yield update
        else:
            says = f"{update.current} is in use, and {reason}"
            yield replace(update, grounds=(*update.grounds, says))
