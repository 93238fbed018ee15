"""What a package.json asks for, and where what it asks for comes from."""

import re
from collections.abc import Iterable

from fettle.updates.locks.part import Part

# What several of them name is had by the range of the last: a peer by what it is developed with.
_TABLES = ("peerDependencies", "devDependencies", "optionalDependencies", "dependencies")
_TO_DEVELOP = "devDependencies"
_GIT = re.compile(
    r"^(?:git[+:@]|github:|gitlab:|bitbucket:|gist:|git\+)|\.git(?:#|$)|^[\w.-]+/[\w.-]+(?:#|$)"
)


def asks_of(part: Part, *, development: bool = True) -> dict[str, str]:
    """Return what is asked for, with the ranges; to develop it too, which nobody else needs."""
    asks: dict[str, str] = {}
    for key in _TABLES:
        if key == _TO_DEVELOP and not development:
            continue
        value = part.get(key)
        if isinstance(value.value, dict):
            asks |= {
                name: range_ for name, range_ in value.value.items() if _are_texts(name, range_)
            }
    return asks


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def origin_of(resolved: str, ranges: Iterable[str]) -> str:
    """Return where a package comes from: a registry, git, a file or an address.

    That an address is no registry's is told by the project, which asks for that address.
    """
    if resolved.startswith(("file:", "link:", "portal:", "./", "../")):
        return "file"
    if _GIT.search(resolved):
        return "git"
    if any(range_.startswith(("http:", "https:")) for range_ in ranges):
        return "address"
    return "registry"
