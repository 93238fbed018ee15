"""pnpm raises packages in its lock; their own scripts are not run, unless the settings let them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.model.update import Raise
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers import package_json
from fettle.targets.rehearsing.raisers.raiser import refuse_other, text_of
from fettle.targets.rehearsing.repository import read_file

LOCK = "pnpm-lock.yaml"
_SETTINGS = "pnpm-workspace.yaml"
_OVERRIDES = "overrides"
# What a lock has of the pnpm that a project names (packageManager, devEngines), with its version.
_NAMED = re.compile(r"^ +packageManagerDependencies:\n((?: {6,}\S.*\n)*)", re.MULTILINE)
_ITSELF = re.compile(r"^ +'?(pnpm|@pnpm/exe)'?:\n.*\n +version: '?([^(:'\s]+)", re.MULTILINE)
_WITH_SETTINGS = 10  # the first pnpm that reads its settings from there
# A package in the lock: `alpha@1.0.0:`, `'@of/alpha@1.0.0(beta@2.0.0)':`, `/alpha@1.0.0:`.
_KEY = re.compile(r"^ {2}'?/?(?P<name>(?:@[^/@]+/)?[^/@'\s]+)@(?P<version>[^(:'\s]+)", re.MULTILINE)


class Pnpm:
    """pnpm, and its lock; see raiser.Raiser."""

    environment = "node_modules"
    python = False

    def reads(self, where: str) -> bool:
        """See Raiser."""
        return PurePosixPath(where).name == LOCK

    def found(self, folder: Path) -> bool:
        """See Raiser."""
        return (folder / LOCK).is_file()

    def files(self, _: Place, where: str) -> Sequence[str]:
        """See Raiser."""
        return (where, package_json.beside(where))

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """See Raiser."""
        folder = Path(where).parent
        asks = package_json.read(place, where)
        held = package_json.versions_of(wanted)
        raised = asks.raised(held)
        named = named_by(text_of(place, where))
        for one in _raised(wanted):
            if (one.package.name, one.current) in named:
                raised = raised.managed("pnpm", one.version)
        package_json.write(place, where, raised)  # it may name which pnpm there is from here on
        if await place.major(folder, "pnpm") < _WITH_SETTINGS:
            package_json.write(place, where, raised.holding(held, "pnpm", _OVERRIDES))
            await self._lock(place, folder)
            package_json.write(place, where, raised)
        else:
            await self._held(place, folder, held)
        await self._lock(place, folder)
        found = versions(text_of(place, where))
        for one in wanted:
            refuse_other(one, found.get(one.package.name, []))

    async def _held(self, place: Place, folder: Path, held: Mapping[str, str]) -> None:
        """Write the lock with these held in pnpm's settings, which are as they were afterwards."""
        name = str(folder / _SETTINGS)
        kept = read_file(place.tree, str(place.inner / name))
        settings = _settings(kept.content.decode("utf-8", "replace") if kept else "")
        overrides = settings.get(_OVERRIDES)
        whole = {**(overrides if isinstance(overrides, dict) else {}), **held}
        path = place.outside(Path(name))
        path.write_text(yaml.safe_dump({**settings, _OVERRIDES: whole}), encoding="utf-8")
        try:
            await self._lock(place, folder)
        finally:
            if kept is None:
                path.unlink()
            else:
                path.write_bytes(kept.content)

    async def _lock(self, place: Place, folder: Path) -> None:
        words = ["pnpm", "install", "--lockfile-only", "--no-frozen-lockfile", "--ignore-scripts"]
        refuse_failure(await place.fetch(folder, words), "pnpm cannot raise it")

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""
        words = ["pnpm", "install", "--frozen-lockfile", "--ignore-scripts", *arguments]
        refuse_failure(await place.fetch(folder, words), "pnpm cannot install it")
        if place.settings.rehearsal.builds:
            rebuilt = await place.test(folder, ["pnpm", "rebuild"])
            refuse_failure(rebuilt, "what pnpm installed cannot be built")


def versions(lock: str) -> dict[str, list[str]]:
    """Return the versions in a lock, by the packages' names."""
    found: dict[str, list[str]] = {}
    for named in _KEY.finditer(lock):
        found.setdefault(named["name"], []).append(named["version"])
    return found


def named_by(lock: str) -> set[tuple[str, str]]:
    """Return what a lock has of the pnpm that a project names: names with versions.

    What is called so and stands elsewhere in it somebody depends on.
    """
    found = _NAMED.search(lock)
    return set(_ITSELF.findall(found[1])) if found else set()


def _raised(wanted: Sequence[Wanted]) -> Iterator[Raise | Wanted]:
    """Yield what comes to another version: what lets others in, and what is wanted."""
    for one in wanted:
        yield from one.through
        yield one


def _settings(text: str) -> dict[str, Any]:
    try:
        table = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ActFailed(f"{_SETTINGS} cannot be read: {error}") from None
    if table is not None and not isinstance(table, dict):
        raise ActFailed(f"{_SETTINGS} is no table of YAML")
    return table or {}
