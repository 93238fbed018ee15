"""Poetry raises packages in its lock; an exact pin in pyproject.toml is rewritten first.

It raises none to a version of one's choice: each is held at its version by a group of its own while
the lock is written once, and let go of while it is written once more.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers.package_json import versions_of
from fettle.targets.rehearsing.raisers.raiser import normal, refuse_other, text_of
from fettle.targets.rehearsing.raisers.uv import repinned, versions

LOCK = "poetry.lock"
_ASKS = "pyproject.toml"
_GROUP = "\n[tool.poetry.group.fettle-held.dependencies]\n"
_KEEPS = 2  # the first Poetry whose lock keeps what it need not change
# What Poetry is told about itself: nothing of its own making, and no build of a package.
_LOCKING = {"POETRY_VIRTUALENVS_CREATE": "false"}
_INSTALLING = {"POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_VIRTUALENVS_CREATE": "true"}
# To learn what a package without a wheel needs it builds one, in an environment of virtualenv's:
# with a creator that there is not, there is none, and nothing runs.
_NO_BUILDS = {"VIRTUALENV_CREATOR": "none", "POETRY_INSTALLER_ONLY_BINARY": ":all:"}


class Poetry:
    """Poetry, and its lock; see raiser.Raiser."""

    environment = ".venv"
    python = True

    def reads(self, where: str) -> bool:
        """See Raiser."""
        return PurePosixPath(where).name == LOCK

    def found(self, folder: Path) -> bool:
        """See Raiser."""
        return (folder / LOCK).is_file()

    def files(self, _: Place, where: str) -> Sequence[str]:
        """See Raiser."""
        return (where, str(PurePosixPath(where).with_name(_ASKS)))

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """See Raiser."""
        folder, asks = Path(where).parent, str(PurePosixPath(where).with_name(_ASKS))
        pinned = text_of(place, asks)
        for one in wanted:
            pinned = repinned_by_key(repinned(pinned, one), one)
        held = "".join(f'"{name}" = "=={to}"\n' for name, to in versions_of(wanted).items())
        words = ["poetry", "lock", "--no-interaction"]
        if await place.major(folder, "poetry") < _KEEPS:
            words.append("--no-update")
        for text in (f"{pinned}{_GROUP}{held}", pinned):
            place.outside(Path(asks)).write_text(text, encoding="utf-8", newline="")
            ended = await place.fetch(folder, words, {**_LOCKING, **_builds(place)})
            refuse_failure(ended, "Poetry cannot lock it", wheels_only=_wheels_only(place))
        found = versions(text_of(place, where), LOCK)
        for one in wanted:
            refuse_other(one, found.get(normal(one.package.name), []))

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""
        python = str(place.python.program) if place.python else "python3"
        made = await place.fetch(folder, [python, "-m", "venv", "--without-pip", ".venv"])
        refuse_failure(made, "no environment can be made")
        words = ["poetry", "install", "--no-interaction", *arguments]
        ended = await place.fetch(folder, words, {**_INSTALLING, **_builds(place)})
        refuse_failure(ended, "Poetry cannot install it", wheels_only=_wheels_only(place))


def repinned_by_key(text: str, wanted: Wanted) -> str:
    """Return a pyproject.toml whose exact pins in Poetry's own form are of the version wanted."""
    if not wanted.current:
        return text
    name = re.escape(normal(wanted.package.name)).replace(r"\-", "[-_.]+")
    pin = (
        rf"""(^\s*["']?{name}["']?\s*=\s*(?:\{{[^\n}}]*\bversion\s*=\s*)?["'](?:==)?)"""
        rf"""{re.escape(wanted.current)}(?=["'])"""
    )
    return re.sub(
        pin, lambda found: found[1] + wanted.version, text, flags=re.IGNORECASE | re.MULTILINE
    )


def _builds(place: Place) -> dict[str, str]:
    return _NO_BUILDS if _wheels_only(place) else {}


def _wheels_only(place: Place) -> bool:
    return not place.settings.rehearsal.builds
