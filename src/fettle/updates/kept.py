"""What a look ends of what those before it told, and what stands because it could not look.

A source that fails today says nothing of what it told yesterday: that is neither taken nor closed,
and a weakness does not end because nobody answered.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from fettle.model.update import (
    Ecosystem,
    Open,
    Package,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.model.update_kept import KeptOpen, KeptUpdate

SECURITY = "security"
_TELLS: Mapping[Ecosystem, str] = {
    Ecosystem.PYPI: "dependencies",
    Ecosystem.NPM: "dependencies",
    Ecosystem.OCI: "images",
    Ecosystem.DEB: "platform",
    Ecosystem.POSTGRESQL: "platform",
    Ecosystem.PYTHON: "platform",
    Ecosystem.NODE: "platform",
}


def key_of(one: Open) -> str:
    """Return what a weakness is kept by: the same for its place, its package and its advisory."""
    installed = one.installed
    package = installed.package
    parts = (installed.where, package.ecosystem, package.name, installed.version, one.advisory.id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def over(kept: Iterable[KeptUpdate], told: UpdateCheck) -> set[str]:
    """Return the ids of updates that were told before, and are no more on offer."""
    named = {one.id for one in told.updates}
    now = {(one.package, one.where): one.current for one in told.updates}
    return {
        one.update.id
        for one in kept
        if one.update.id not in named and not _stands(one.update, told, now)
    }


def _stands(one: Update, told: UpdateCheck, now: Mapping[tuple[Package, str], str]) -> bool:
    """Whether nothing says that an update is over which a look did not name."""
    if now.get((one.package, one.where), one.current) != one.current:
        return False
    if not _looked(told, _TELLS[one.package.ecosystem], one.package):
        return True
    return one.type is UpdateType.SECURITY and not _looked(told, SECURITY, one.package)


def over_open(kept: Iterable[KeptOpen], told: UpdateCheck) -> set[str]:
    """Return the keys of weaknesses that were told before, and are over."""
    named = {key_of(one) for one in told.open}
    return {
        one.key
        for one in kept
        if one.key not in named and _looked(told, SECURITY, one.open.installed.package)
    }


def _looked(told: UpdateCheck, source: str, package: Package) -> bool:
    """Whether a source has looked at a package.

    One that is set to look no more (skipped) has nothing to say, and nothing stands by its word.
    """
    result = next((one for one in told.sources if one.source == source), None)
    if result is None or result.state is SourceState.FAILED:
        return False
    return all(package.name not in one.subject.split() for one in result.passed)


def remembering(told: UpdateCheck, kept: Mapping[str, KeptUpdate]) -> UpdateCheck:
    """Return a look with what those before it knew of advisories, where it could not ask."""
    return replace(told, updates=tuple(_remembering(one, kept, told) for one in told.updates))


def _remembering(one: Update, kept: Mapping[str, KeptUpdate], told: UpdateCheck) -> Update:
    before = kept.get(one.id)
    if (
        before is None
        or one.type is UpdateType.SECURITY
        or before.update.type is not UpdateType.SECURITY
        or _looked(told, SECURITY, one.package)
    ):
        return one
    return replace(one, type=UpdateType.SECURITY, advisories=before.update.advisories)


def project_of(where: str, projects: Mapping[str, Path]) -> str | None:
    """Return the project in whose folder something is; of several the innermost."""
    place = Path(where)
    inside = [
        (len(folder.parts), name)
        for name, folder in projects.items()
        if place.is_relative_to(folder)
    ]
    return max(inside)[1] if inside else None
