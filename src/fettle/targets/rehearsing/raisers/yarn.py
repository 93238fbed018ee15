"""Yarn raises packages in its lock, Yarn 1 and newer ones (Berry); no scripts of packages run."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fettle.errors import ActFailed, CannotLook
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers import package_json
from fettle.targets.rehearsing.raisers.raiser import refuse_other, text_of

LOCK = "yarn.lock"
_BERRY = re.compile(r"^__metadata:", re.MULTILINE)
_ENTRY = re.compile(
    r'^(?P<keys>"?\S[^\n]*):\n {2}version:? "?(?P<version>[^"\n]+)"?$', re.MULTILINE
)
_DESCRIPTOR = re.compile(r"(?P<name>(?:@[^/@]+/)?[^/@]+)@(?P<range>.+)")
_CANNOT = "Yarn cannot raise it"
_ONLY_LOCK = ("yarn", "install", "--mode=update-lockfile", "--no-immutable")
_CLASSIC = ("yarn", "install", "--ignore-scripts", "--non-interactive")
_NO_SCRIPTS = {"YARN_ENABLE_SCRIPTS": "0", "YARN_ENABLE_TELEMETRY": "0"}
# It looks whether what a lock says of a range is in that range.
_HARDENED = {**_NO_SCRIPTS, "YARN_ENABLE_HARDENED_MODE": "1"}


class Yarn:
    """Yarn, and its lock; see raiser.Raiser."""

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
        raising = self._in_berry if await self._is_berry(place, where) else self._in_classic
        await raising(place, where, wanted)
        found: dict[str, list[str]] = {}
        for (name, _), version in answers(text_of(place, where)).items():
            found.setdefault(name, []).append(version)
        for one in wanted:
            refuse_other(one, found.get(one.package.name, []))

    async def _is_berry(self, place: Place, where: str) -> bool:
        """Whether it is Yarn 2 or newer; raises CannotLook where another one is here.

        Raises ActFailed where Yarn installs no node_modules: nothing here sees to its own form.
        """
        folder = Path(where).parent
        berry = _BERRY.search(text_of(place, where)) is not None
        major = await place.major(folder, "yarn")
        if berry != (major > 1):
            needed = "2 or newer" if berry else "1"
            raise CannotLook(
                f"{where} is of Yarn {needed}, and yarn is {major} here",
                remedy=f"have a Yarn {needed} in the PATH, or name it in .yarnrc.yml: yarnPath",
            )
        if berry:
            ended = await place.fetch(folder, ["yarn", "config", "get", "nodeLinker"], _NO_SCRIPTS)
            refuse_failure(ended, "Yarn cannot be asked how it installs")
            if b"pnp" in ended.output.split():
                raise ActFailed(
                    f"{folder} is installed as Plug'n'Play, which is not raised here",
                    remedy="set nodeLinker: node-modules in .yarnrc.yml, or raise it by hand",
                )
        return berry

    async def _in_classic(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """Raise in a lock of Yarn 1, which has no way to write a lock without installing."""
        folder, held = Path(where).parent, package_json.versions_of(wanted)
        raised = package_json.read(place, where).raised(held)
        for written in (raised.holding(held, "resolutions"), raised):
            package_json.write(place, where, written)
            # With its notes of what it has installed, it leaves in the lock what was held.
            noted = place.outside(folder) / "node_modules" / ".yarn-integrity"
            noted.unlink(missing_ok=True)
            refuse_failure(await place.fetch(folder, _CLASSIC), _CANNOT)

    async def _in_berry(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        folder, held = Path(where).parent, package_json.versions_of(wanted)
        before = answers(text_of(place, where))
        package_json.write(place, where, package_json.read(place, where).raised(held))
        refuse_failure(await place.fetch(folder, _ONLY_LOCK, _NO_SCRIPTS), _CANNOT)
        current = {one.package.name: one.current for one in wanted}
        for (name, range_), version in answers(text_of(place, where)).items():
            # A range that was at another version than the one to be raised stays there.
            ours = before.get((name, range_)) in {None, current.get(name)}
            if ours and (to := held.get(name, version)) != version:
                words = ["yarn", "set", "resolution", f"{name}@{range_}", f"npm:{to}"]
                refuse_failure(await place.fetch(folder, words, _NO_SCRIPTS), _CANNOT)
        refuse_failure(await place.fetch(folder, _ONLY_LOCK, _HARDENED), _CANNOT)

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""
        berry = await self._is_berry(place, str(folder / LOCK))
        words = ("yarn", "install", "--immutable") if berry else (*_CLASSIC, "--frozen-lockfile")
        ended = await place.fetch(folder, [*words, *arguments], _NO_SCRIPTS if berry else {})
        refuse_failure(ended, "Yarn cannot install it")
        if place.settings.rehearsal.builds:
            rebuilding = ["yarn", "rebuild"] if berry else ["npm", "rebuild"]
            rebuilt = await place.test(folder, rebuilding)
            refuse_failure(rebuilt, "what Yarn installed cannot be built")


def answers(lock: str) -> dict[tuple[str, str], str]:
    """Return what a lock answers to each name and range: the version."""
    found: dict[tuple[str, str], str] = {}
    for entry in _ENTRY.finditer(lock):
        for key in entry["keys"].split(","):
            if parted := _DESCRIPTOR.fullmatch(key.strip().strip('"')):
                found[parted["name"], parted["range"]] = entry["version"]
    return found
