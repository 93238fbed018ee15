"""Pins in requirements files: rewritten in their place, or compiled anew where they have hashes."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place, refuse_failure
from fettle.targets.rehearsing.raisers.raiser import normal, refuse_other, text_of
from fettle.targets.rehearsing.repository import read_file

_PIN = re.compile(r"^(\s*)([A-Za-z0-9][A-Za-z0-9._-]*)(\s*(?:\[[^\]]*\])?\s*===?\s*)([^\s;,\\#]+)")
_COMPILED = re.compile(r"^#\s+((?:uv pip compile|pip-compile)\b.*)$", re.MULTILINE)
_MOST_FILES = 20


class Pip:
    """pip, and the files that it installs from; see raiser.Raiser."""

    environment = ".venv"
    python = True

    def reads(self, where: str) -> bool:
        """See Raiser."""
        return PurePosixPath(where).suffix == ".txt"

    def found(self, folder: Path) -> bool:
        """See Raiser."""
        return any(folder.glob("requirements*.txt"))

    def files(self, _: Place, where: str) -> Sequence[str]:
        """See Raiser."""
        return (where,)

    async def raise_(self, place: Place, where: str, wanted: Sequence[Wanted]) -> None:
        """See Raiser."""
        text = text_of(place, where)
        asks = str(PurePosixPath(where).with_suffix(".in"))
        has_asks = read_file(place.tree, str(place.inner / asks)) is not None
        compiled = _COMPILED.search(text)
        if "--hash" in text and not has_asks:
            raise ActFailed(
                f"{where} has hashes, and there is no {asks} to compile it from anew",
                remedy=f"keep what is asked for in {asks}",
            )
        if has_asks and ("--hash" in text or compiled):
            await self._compile(place, where, asks, wanted, compiled and compiled[1])
        else:
            for one in wanted:
                text = rewritten(text, one)
            place.outside(Path(where)).write_text(text, encoding="utf-8", newline="")
        found = pins(text_of(place, where))
        for one in wanted:
            refuse_other(one, found.get(normal(one.package.name), []))

    async def _compile(
        self, place: Place, where: str, asks: str, wanted: Sequence[Wanted], command: str | None
    ) -> None:
        hashed = ["--generate-hashes"] if "--hash" in text_of(place, where) else []
        folder, name = Path(where).parent, PurePosixPath(where).name
        words = ["uv", "pip", "compile", PurePosixPath(asks).name, "--output-file", name, "--quiet"]
        words += ["--custom-compile-command", command or "uv pip compile", *hashed]
        for one in wanted:
            words += ["--upgrade-package", f"{one.package.name}=={one.version}"]
        if not place.settings.rehearsal.builds:
            words.append("--no-build")
        python = {"UV_PYTHON": str(place.python.program)} if place.python else {}
        ended = await place.fetch(folder, words, python)
        refuse_failure(
            ended, "uv cannot compile it", wheels_only=not place.settings.rehearsal.builds
        )

    async def install(self, place: Place, folder: Path, arguments: Sequence[str] = ()) -> None:
        """See Raiser."""
        await self._environment(place, folder)
        words = [str(place.inside(folder) / ".venv/bin/python"), "-m", "pip", "install"]
        words += ["--no-input", "--progress-bar", "off"]
        wheels_only = not place.settings.rehearsal.builds
        if wheels_only:
            words += ["--only-binary", ":all:"]
        for file in self._from(place, folder):
            words += ["--requirement", file]
        ended = await place.fetch(folder, [*words, *arguments])
        refuse_failure(ended, "pip cannot install it", wheels_only=wheels_only)

    async def _environment(self, place: Place, folder: Path) -> None:
        """Make an environment with pip alone in it: once a rehearsal, and copied from then on."""
        named = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        kept, made = place.base.parent / f"venv-{named}", place.outside(folder) / ".venv"
        if not kept.is_dir():
            python = str(place.python.program) if place.python else "python3"
            ended = await place.fetch(folder, [python, "-m", "venv", "--clear", ".venv"])
            refuse_failure(ended, "no environment can be made")
            shutil.copytree(made, kept, symlinks=True)
        else:
            shutil.copytree(kept, made, symlinks=True)

    def _from(self, place: Place, folder: Path) -> list[str]:
        """Return the files that it installs from, by their names in the folder."""
        given = place.settings.rehearsal.requirements
        here = [Path(one).name for one in given if Path(one).parent == folder]
        files = place.outside(folder).glob("requirements*.txt")
        return here or sorted(file.name for file in files)[:_MOST_FILES]


def pins(text: str) -> dict[str, list[str]]:
    """Return the versions that a file pins, by the packages' names."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if pin := _PIN.match(line):
            found.setdefault(normal(pin[2]), []).append(pin[4])
    return found


def rewritten(text: str, wanted: Wanted) -> str:
    """Return a file with a package's pins at the version wanted; all else stays to the byte."""
    name = normal(wanted.package.name)

    def line(one: str) -> str:
        pin = _PIN.match(one)
        if pin is None or normal(pin[2]) != name:
            return one
        return f"{pin[1]}{pin[2]}{pin[3]}{wanted.version}{one[pin.end() :]}"

    return "".join(map(line, text.splitlines(keepends=True)))
