"""What a project asks for where no lock beside it says which versions are in use.

Files of pip's requirements may hold all that a project asks for, or only what its tests need: what
is in none of them is told by its name.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fettle.updates.locks.npm_asks import asks_of
from fettle.updates.locks.part import Part, of_json, of_toml

_OF_PYTHON, _OF_NODE = "pyproject.toml", "package.json"
# Locks that hold all that is asked for there, also those that are read by nobody here.
_LOCKS: Mapping[str, Sequence[str]] = {
    _OF_PYTHON: (
        "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "pylock.*.toml",
        "pixi.lock", "conda-lock.yml",
    ),
    _OF_NODE: (
        "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock",
        "bun.lockb", "deno.lock",
    ),
}  # fmt: skip


def holds_all(name: str) -> bool:
    """Whether a lock holds all that its project asks for."""
    return any(fnmatch(name, form) for forms in _LOCKS.values() for form in forms)


def among(names: Sequence[str]) -> list[str]:
    """Return which of a folder's files may ask for what none of its locks holds."""
    return [
        name
        for name, forms in _LOCKS.items()
        if name in names and not any(fnmatch(one, form) for one in names for form in forms)
    ]


def asked(name: str, text: str) -> set[str]:
    """Return what a project asks for wherever it runs; raises UnreadableLock."""
    if name == _OF_NODE:
        return set(asks_of(of_json(text, name)))
    whole = of_toml(text, name)
    poetry = whole.get("tool").get("poetry").get("dependencies").table()
    names = {str(one) for one in poetry if one != "python"}
    names |= set(map(_name, whole.get("project").get("dependencies").each()))
    return {canonicalize_name(one) for one in names if one}


def _name(part: Part) -> str:
    """Return what is asked for; nothing for what is asked for only somewhere."""
    try:
        asked = Requirement(str(part.value))
    except InvalidRequirement:
        raise part.wrong("is no requirement") from None
    return asked.name if asked.marker is None else ""
