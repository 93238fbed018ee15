"""Lock files, read as text: which there are, and what each tells.

A lock says more than what is installed: who asks for what, by which range, and where it comes from.
What cannot be read is one error that says what was wrong and where.
"""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatch

from fettle.updates.locks import (
    package_lock,
    pnpm_lock,
    poetry_lock,
    requirements,
    uv_lock,
    yarn_lock,
)
from fettle.updates.locks.lock import Beside, Lock, nothing_beside, refuse_huge

Reader = Callable[[str, str, Beside], Lock]

# By the names of files; where one stands for another, the first is what counts.
_READERS: Mapping[str, Reader] = {
    "uv.lock": uv_lock.read,
    "poetry.lock": poetry_lock.read,
    "requirements*.txt": requirements.read,
    "npm-shrinkwrap.json": package_lock.read,
    "package-lock.json": package_lock.read,
    "pnpm-lock.yaml": pnpm_lock.read,
    "yarn.lock": yarn_lock.read,
}
_INSTEAD = {"package-lock.json": "npm-shrinkwrap.json"}
# What names dependencies too, and is read by nobody here.
_OTHERS = (
    "pdm.lock", "Pipfile.lock", "pylock.toml", "pylock.*.toml", "pixi.lock", "conda-lock.yml",
    "bun.lock", "bun.lockb", "deno.lock", "Gemfile.lock", "composer.lock", "Cargo.lock", "go.sum",
    "gradle.lockfile", "pom.xml", "packages.lock.json", "mix.lock", "pubspec.lock",
)  # fmt: skip


def among(names: Sequence[str]) -> list[str]:
    """Return which of a folder's files are locks that are read."""
    there = set(names)
    return sorted(
        name for name in there if _reader(name) is not None and _INSTEAD.get(name) not in there
    )


def unread(names: Sequence[str]) -> list[str]:
    """Return which of a folder's files are locks that nobody here reads."""
    return [name for name in names if any(fnmatch(name, form) for form in _OTHERS)]


def read(name: str, text: str, where: str, beside: Beside = nothing_beside) -> Lock:
    """Read a lock by its file's name; `where` is what it is called. Raises UnreadableLock."""
    reader = _reader(name)
    if reader is None:
        return Lock(())
    refuse_huge(text, where)
    return reader(text, where, beside)


def _reader(name: str) -> Reader | None:
    return next((reader for form, reader in _READERS.items() if fnmatch(name, form)), None)
