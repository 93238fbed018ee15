"""Which ancestor is to be raised so that a version comes in that only others ask for.

From the package upwards to what the project asks for itself: who asks for it lets the version in,
or is raised to the first release that does. Where it is not known what somebody asks for, that is
said instead of guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fettle.errors import UnreadableVersion
from fettle.model.update import Ecosystem, Installed, Offers, Package, Raise, Release
from fettle.updates.candidates import release_of, releases_in_order
from fettle.updates.versions import Versions, versions_of

_FARTHEST = 50

Key = tuple[str, Ecosystem, str]


@dataclass(frozen=True)
class Way:
    """What is to be raised, the project's own packages first; `says` is what is not known.

    `unasked` are versions of packages of which it would have to be known what they ask for.
    """

    raises: tuple[Raise, ...] = ()
    says: tuple[str, ...] = ()
    unasked: tuple[tuple[Package, str], ...] = ()


class Tree:
    """Who asks for what, in each lock."""

    def __init__(self, installed: Iterable[Installed], offers: Mapping[Package, Offers]) -> None:
        self._by_name: dict[Key, list[Installed]] = {}
        for one in installed:
            self._by_name.setdefault(_key(one, one.package.name), []).append(one)
        self._offers = offers

    def ranges(self, one: Installed) -> Iterator[tuple[Installed, str | None]]:
        """Yield each who asks for a package, with the range; None where that is not known."""
        for name in one.needed_by:
            for parent in self._by_name.get(_key(one, name), ()):
                release = self._current(parent)
                asks = None if release is None or release.asks is None else dict(release.asks)
                yield parent, None if asks is None else asks.get(one.package.name)

    def way(self, one: Installed, version: str) -> Way:
        """Return what lets a version in."""
        found = _Found()
        self._climb(one, version, found, 0)
        return Way(
            tuple(dict.fromkeys(reversed(found.raises))),
            tuple(dict.fromkeys(found.says)),
            tuple(dict.fromkeys(found.unasked)),
        )

    def _climb(self, one: Installed, version: str, found: "_Found", far: int) -> None:
        if far > _FARTHEST or (one, version) in found.seen:
            return
        found.seen.add((one, version))
        for parent, range_ in self.ranges(one):
            name = f"{parent.package.name} {parent.version}"
            if range_ is None:
                found.says.append(f"what {name} asks for is not known")
                found.unasked.append((parent.package, parent.version))
            elif not _lets_in(one.package, version, range_):
                self._raise(parent, one.package, version, found, far)

    def _raise(
        self, parent: Installed, child: Package, version: str, found: "_Found", far: int
    ) -> None:
        release = self._first_that_lets_in(parent, child, version, found)
        if release is None:
            name = parent.package.name
            found.says.append(f"no version of {name} is known that lets {child.name} {version} in")
            return
        found.raises.append(Raise(parent.package, parent.version, release.version))
        self._climb(parent, release.version, found, far + 1)

    def _first_that_lets_in(
        self, parent: Installed, child: Package, version: str, found: "_Found"
    ) -> Release | None:
        for release in self._later(parent):
            if release.asks is None:
                found.unasked.append((parent.package, release.version))
                continue
            asks = dict(release.asks)
            if child.name not in asks or _lets_in(child, version, asks[child.name]):
                return release
        return None

    def _later(self, one: Installed) -> Sequence[Release]:
        rules, offered = versions_of(one.package.ecosystem), self._offers.get(one.package)
        later = [
            release
            for release in (() if offered is None else offered.releases)
            if release.withdrawn is None and _is_later(rules, one.version, release.version)
        ]
        return releases_in_order(rules, later)

    def _current(self, one: Installed) -> Release | None:
        return release_of(one.version, self._offers.get(one.package))


@dataclass
class _Found:
    """What was found on the way up."""

    raises: list[Raise] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    unasked: list[tuple[Package, str]] = field(default_factory=list)
    seen: set[tuple[Installed, str]] = field(default_factory=set)


def _key(one: Installed, name: str) -> Key:
    return one.where, one.package.ecosystem, name


def _lets_in(package: Package, version: str, range_: str) -> bool:
    try:
        return versions_of(package.ecosystem).inside(version, range_)
    except UnreadableVersion:
        return False


def _is_later(rules: Versions, current: str, offered: str) -> bool:
    try:
        return rules.order(current, offered) < 0 and not rules.is_prerelease(offered)
    except UnreadableVersion:
        return False
