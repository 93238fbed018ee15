"""Sites for steps, in memory, and what a step makes of one."""

from collections.abc import Mapping

from fettle.model.experiment import LeftAlone, PageSeen, Patch, Shown, Site, Written
from fettle.testing import GivenTree
from fettle.unit.optimisation import Optimisation

URL = "http://shop.example/"


def site(
    files: Mapping[str, bytes | str],
    *shown: Shown,
    largest: frozenset[str] = frozenset(),
    kept: Mapping[str, str] | None = None,
    page: str = "index.html",
) -> Site:
    """Return a site of files, one page of which was measured."""
    tree = GivenTree(
        {path: one.encode() if isinstance(one, str) else one for path, one in files.items()}
    )
    return Site(tree, (PageSeen(page, URL + page, largest, shown),), kept or {})


def written(step: Optimisation, of: Site) -> dict[str, bytes]:
    """Return the files that a step would write."""
    return {one.path: one.content for one in step(of) if isinstance(one, Written)}


def passed(step: Optimisation, of: Site) -> dict[str, str]:
    """Return what a step leaves alone, and why."""
    return {one.path: one.reason for one in step(of) if isinstance(one, LeftAlone)}


def patches(step: Optimisation, of: Site) -> dict[str, str]:
    """Return what a step proposes, by the file that it is about."""
    return {one.path: one.text for one in step(of) if isinstance(one, Patch)}
