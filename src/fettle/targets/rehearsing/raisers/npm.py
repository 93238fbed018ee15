"""npm raises packages in its lock; their own scripts are not run, unless the settings let them."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers import package_json
from fettle.targets.rehearsing.raisers.raiser import refuse_other, text_of

LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
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
        return (where, package_json.beside(where))

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """See Raiser."""
        asks = package_json.read(place, where)
        held = package_json.versions_of(wanted)
        for written in (asks.exactly(held).holding(held, "overrides"), asks.raised(held)):
            package_json.write(place, where, written)
            words = ["npm", "install", "--package-lock-only", *_QUIET]
            refuse_failure(await place.fetch(Path(where).parent, words), "npm cannot raise it")
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
    packages = package_json.document_of(lock, "the lock").get("packages")
    if not isinstance(packages, dict):
        raise ActFailed("the lock is of an npm before 7", remedy="npm install --package-lock-only")
    found: dict[str, list[str]] = {}
    for place, one in packages.items():
        name = place.rpartition("node_modules/")[2]
        if name and isinstance(one, dict):
            found.setdefault(name, []).append(str(one.get("version", "")))
    return found
