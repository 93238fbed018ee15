"""What changes with a lock: each version that comes in, whoever asks for it; pure."""

from collections.abc import Iterator, Mapping, Sequence

from fettle.model.rehearsal import Wanted
from fettle.model.update import Offers, Package, Passed
from fettle.updates.candidates import release_of
from fettle.updates.locks.lock import Lock
from fettle.updates.policy import Change


def comes_along(before: Lock, after: Lock, wanted: Sequence[Wanted]) -> list[tuple[Package, str]]:
    """Return the versions that a lock has now and had not before, but for what somebody wanted.

    What is raised for it (`through`) was wanted as well: an update names it.
    """
    had = {(one.package, one.version) for one in before.installed}
    asked = set(brought_by(wanted))
    has = ((one.package, one.version) for one in after.installed if one.origin == "registry")
    return [one for one in dict.fromkeys(has) if one not in had | asked]


def brought_by(wanted: Sequence[Wanted]) -> Iterator[tuple[Package, str]]:
    """Yield what updates name: themselves, and what is raised for them."""
    for one in wanted:
        yield one.package, one.version
        yield from ((each.package, each.version) for each in one.through)


def changes_of(
    along: Sequence[tuple[Package, str]], offers: Mapping[Package, Offers | Passed]
) -> Iterator[Change]:
    """Yield these versions with when they came out; one that nobody tells of came out who knows."""
    for package, version in along:
        offered = offers.get(package)
        release = release_of(version, offered) if isinstance(offered, Offers) else None
        yield Change(package, None, version, release.released_at if release else None)
