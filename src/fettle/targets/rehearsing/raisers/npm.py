"""npm raises packages in its lock; their own scripts are not run, unless the settings let them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers.raiser import refuse_other, text_of

LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
_ASKS = "package.json"
_KINDS = ("dependencies", "devDependencies", "optionalDependencies")
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund")


class Npm:
    """npm, and its lock; see raiser.Raiser."""

    environment = "node_modules"
    python = False

    def reads(self, where: str) -> bool:
        """See Raiser."""
        return PurePosixPath(where).name in LOCKS

    def found(self, folder: Path) -> bool:
        """See Raiser."""
        return any((folder / name).is_file() for name in LOCKS)

    def files(self, _: Place, where: str) -> Sequence[str]:
        """See Raiser."""
        return (where, str(PurePosixPath(where).with_name(_ASKS)))

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """See Raiser."""
        asks = _document(text_of(place, str(PurePosixPath(where).with_name(_ASKS))), _ASKS)
        folder = Path(where).parent
        within: list[str] = []
        for one in wanted:
            direct = {name: spec for name, spec in _raised(one) if _asked(asks, name) is not None}
            for name, version in direct.items():
                words = _install(name, version, str(_asked(asks, name)))
                refuse_failure(await place.fetch(folder, words), f"npm cannot raise {name}")
            if one.package.name not in direct:
                within.append(one.package.name)
        if within:  # what others ask for comes as far as they let it
            words = ["npm", "update", "--package-lock-only", *_QUIET, *within]
            refuse_failure(await place.fetch(folder, words), "npm cannot raise it")
        found = versions(text_of(place, where))
        for one in wanted:
            refuse_other(one, found.get(one.package.name, []))

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""
        ended = await place.fetch(folder, ["npm", "ci", *_QUIET, *arguments])
        refuse_failure(ended, "npm cannot install it")
        if place.settings.rehearsal.builds:
            # Their scripts run as the tests do: without the network, and without the settings.
            rebuilt = await place.test(folder, ["npm", "rebuild", "--no-audit", "--no-fund"])
            refuse_failure(rebuilt, "what npm installed cannot be built")


def versions(lock: str) -> dict[str, list[str]]:
    """Return the versions in a lock, by the packages' names; raises ActFailed."""
    packages = _document(lock, "the lock").get("packages")
    if not isinstance(packages, dict):
        raise ActFailed("the lock is of an npm before 7", remedy="npm install --package-lock-only")
    found: dict[str, list[str]] = {}
    for place, one in packages.items():
        name = place.rpartition("node_modules/")[2]
        if name and isinstance(one, dict):
            found.setdefault(name, []).append(str(one.get("version", "")))
    return found


def _install(name: str, version: str, asked: str) -> list[str]:
    """Return the words that raise what package.json asks for, and keep its manner of asking."""
    words = ["npm", "install", "--package-lock-only", *_QUIET]
    if asked[:1].isdigit():
        words.append("--save-exact")
    elif asked.startswith("~"):
        words.append("--save-prefix=~")
    return [*words, f"{name}@{version}"]


def _asked(asks: Mapping[str, Any], name: str) -> str | None:
    """Return the range that package.json asks for; None where it does not."""
    for kind in _KINDS:
        asked = asks.get(kind)
        if isinstance(asked, dict) and name in asked:
            return str(asked[name])
    return None


def _raised(wanted: Wanted) -> list[tuple[str, str]]:
    ancestors = [(one.package.name, one.version) for one in wanted.through]
    return [*ancestors, (wanted.package.name, wanted.version)]


def _document(text: str, name: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ActFailed(f"{name} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ActFailed(f"{name} is no object of JSON")
    return document
