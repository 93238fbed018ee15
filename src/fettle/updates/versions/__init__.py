"""How versions are ordered and which ranges hold them: each ecosystem's own rules.

Each file beside this one is a Versions, as functions of the module.
"""

from collections.abc import Iterable
from functools import cmp_to_key
from typing import Protocol

from fettle.model.update import Ecosystem, Level
from fettle.updates.versions import deb, npm, oci, postgresql, pypi


class Versions(Protocol):
    """The rules of an ecosystem; each raises UnreadableVersion for what it cannot read."""

    def order(self, a: str, b: str, /) -> int:
        """Return -1 where `a` is before `b`, 1 where it is after it, and 0 where they are equal."""

    def inside(self, version: str, range_: str, /) -> bool:
        """Whether a version is inside a range, as the ecosystem writes ranges."""

    def level(self, current: str, offered: str, /) -> Level:
        """Return the highest part in which two versions differ."""

    def is_prerelease(self, version: str, /) -> bool:
        """Whether a version is from before a release: for those who ask for it."""

    def is_readable(self, version: str, /) -> bool:
        """Whether this is a version at all."""


_OF: dict[Ecosystem, Versions] = {
    Ecosystem.PYPI: pypi,
    Ecosystem.NPM: npm,
    Ecosystem.DEB: deb,
    Ecosystem.OCI: oci,
    Ecosystem.POSTGRESQL: postgresql,
    Ecosystem.PYTHON: pypi,  # CPython is numbered, and asked for, as packages are
    Ecosystem.NODE: npm,
}


def versions_of(ecosystem: Ecosystem) -> Versions:
    """Return the rules of an ecosystem."""
    return _OF[ecosystem]


def in_order(rules: Versions, versions: Iterable[str]) -> list[str]:
    """Return versions from the oldest to the newest, those that cannot be read left out."""
    return sorted(filter(rules.is_readable, versions), key=cmp_to_key(rules.order))
