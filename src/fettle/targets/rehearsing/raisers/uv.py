"""uv raises packages in uv.lock; an exact pin in pyproject.toml is rewritten first."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers.raiser import normal, refuse_other, text_of

LOCK = "uv.lock"
_ASKS = "pyproject.toml"


class Uv:
    """uv, and its lock; see raiser.Raiser."""

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
        asks = str(PurePosixPath(where).with_name(_ASKS))
        text = text_of(place, asks)
        pinned = text
        for one in wanted:
            pinned = repinned(pinned, one)
        if pinned != text:
            (place.outside(Path(asks))).write_text(pinned, encoding="utf-8", newline="")
        words = ["uv", "lock"]
        for one in wanted:
            for name, version in _raised(one):
                words += ["--upgrade-package", f"{name}=={version}"]
        words += _builds(place)
        ended = await place.fetch(Path(where).parent, words, _python(place))
        refuse_failure(ended, "uv cannot lock it", wheels_only=_wheels_only(place))
        found = versions(text_of(place, where))
        for one in wanted:
            refuse_other(one, found.get(normal(one.package.name), []))

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""
        words = ["uv", "sync", "--frozen", *_builds(place), *arguments]
        ended = await place.fetch(folder, words, _python(place))
        refuse_failure(ended, "uv cannot install it", wheels_only=_wheels_only(place))


def versions(lock: str, name: str = LOCK) -> dict[str, list[str]]:
    """Return the versions in a lock of TOML, by the packages' names; raises ActFailed."""
    found: dict[str, list[str]] = {}
    try:
        for one in tomllib.loads(lock)["package"]:
            found.setdefault(normal(one["name"]), []).append(str(one.get("version", "")))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ActFailed(f"{name} cannot be read: {error!r}") from None
    return found


def repinned(text: str, wanted: Wanted) -> str:
    """Return a pyproject.toml whose exact pins of a package are of the version wanted."""
    current = re.escape(wanted.current) if wanted.current else r"""[^\s;,"']+"""
    name = re.escape(normal(wanted.package.name)).replace(r"\-", "[-_.]+")
    pin = rf"""(["']\s*{name}\s*(?:\[[^\]"']*\])?\s*==\s*){current}(?=\s*[;,"'])"""
    return re.sub(pin, lambda found: found[1] + wanted.version, text, flags=re.IGNORECASE)


def _raised(wanted: Wanted) -> list[tuple[str, str]]:
    ancestors = [(one.package.name, one.version) for one in wanted.through]
    return [*ancestors, (wanted.package.name, wanted.version)]


def _builds(place: Place) -> list[str]:
    return ["--no-build"] if _wheels_only(place) else []


def _wheels_only(place: Place) -> bool:
    return not place.settings.rehearsal.builds


def _python(place: Place) -> dict[str, str]:
    return {"UV_PYTHON": str(place.python.program)} if place.python else {}
