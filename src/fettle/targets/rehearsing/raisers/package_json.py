"""A package.json, and how what it asks for is brought to other versions: for npm, pnpm and Yarn.

None of them raises a package that others ask for to a version of one's choice: it is held at that
version while the lock is written once, and let go of while it is written once more. What a range
does not let in does not stay.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fettle.errors import ActFailed
from fettle.model.rehearsal import Wanted
from fettle.targets.rehearsing.place import Place
from fettle.targets.rehearsing.raisers.raiser import text_of

NAME = "package.json"
_KINDS = ("dependencies", "devDependencies", "optionalDependencies")
# A version with a sign before it: what it asks for is written alike with another version.
_PLAIN = re.compile(r"(?P<sign>[~^=v]?)\d+\.\d+\.\d+(?:[-+][\w.+-]*)?")
_ANY = ("", "*", "x", "latest")


@dataclass(frozen=True)
class PackageJson:
    """A package.json as it is written; raises ActFailed where it is none."""

    text: str

    @property
    def document(self) -> dict[str, Any]:
        """Return what it holds."""
        return document_of(self.text, NAME)

    def asked(self, name: str) -> str | None:
        """Return the range that it asks for; None where it does not."""
        tables = (self.document.get(kind) for kind in _KINDS)
        found = (table[name] for table in tables if isinstance(table, dict) and name in table)
        return next(map(str, found), None)

    def raised(self, versions: Mapping[str, str]) -> "PackageJson":
        """Return it with what it asks for at these versions, each in the manner it asks now.

        All else stays to the byte.
        """
        text = self.text
        for name, version in versions.items():
            if (asked := self.asked(name)) is not None:
                text = _rewritten(text, name, asked, version)
        return PackageJson(text)

    def managed(self, name: str, version: str) -> "PackageJson":
        """Return it with the client that it names itself at a version, as that raises itself.

        What only the old one had, its hash, goes. All else stays to the byte.
        """
        field = rf'("packageManager"\s*:\s*"{re.escape(name)}@)[^"]+'
        text = re.sub(field, lambda found: found[1] + version, self.text)
        for asked in self._engines(name):
            before, key, behind = text.partition('"devEngines"')
            text = before + key + _rewritten(behind, "version", asked, version, most=1)
        return PackageJson(text)

    def _engines(self, name: str) -> list[str]:
        """Return the ranges of a client that is to develop with (devEngines)."""
        engines = self.document.get("devEngines")
        told = engines.get("packageManager") if isinstance(engines, dict) else None
        each = told if isinstance(told, list) else [told]
        return [
            str(one["version"])
            for one in each
            if isinstance(one, dict) and one.get("name") == name and "version" in one
        ]

    def exactly(self, versions: Mapping[str, str]) -> "PackageJson":
        """Return it, in a form of its own, with what it asks for at exactly these versions."""
        document = self.document
        for kind in _KINDS:
            table = document.get(kind)
            if isinstance(table, dict):
                table |= {name: version for name, version in versions.items() if name in table}
        return PackageJson(json.dumps(document))

    def holding(self, versions: Mapping[str, str], *keys: str) -> "PackageJson":
        """Return it, in a form of its own, with these held for everybody under these keys."""
        document = table = self.document
        for key in keys:
            table = table.setdefault(key, {})
        table |= versions
        return PackageJson(json.dumps(document))


def beside(where: str) -> str:
    """Return the name of the package.json beside a lock."""
    return str(PurePosixPath(where).with_name(NAME))


def read(place: Place, where: str) -> PackageJson:
    """Return the package.json beside a lock; raises ActFailed."""
    return PackageJson(text_of(place, beside(where)))


def write(place: Place, where: str, asks: PackageJson) -> None:
    """Write the package.json beside a lock."""
    place.outside(Path(beside(where))).write_text(asks.text, encoding="utf-8", newline="")


def versions_of(wanted: Sequence[Wanted]) -> dict[str, str]:
    """Return what comes to which version: what is wanted, and what lets it in."""
    return dict(pair for one in wanted for pair in _pairs(one))


def document_of(text: str, name: str) -> dict[str, Any]:
    """Read an object of JSON; raises ActFailed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ActFailed(f"{name} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ActFailed(f"{name} is no object of JSON")
    return document


def _rewritten(text: str, key: str, asked: str, version: str, most: int = 0) -> str:
    """Return a text in which what stands under a key lets a version in, in the manner it asked."""
    pair = rf"({re.escape(json.dumps(key))}\s*:\s*){re.escape(json.dumps(asked))}"
    range_ = json.dumps(_in_manner(asked, version))
    return re.sub(pair, lambda found: found[1] + range_, text, count=most)


def _pairs(wanted: Wanted) -> Iterator[tuple[str, str]]:
    yield from ((one.package.name, one.version) for one in wanted.through)
    yield wanted.package.name, wanted.version


def _in_manner(asked: str, version: str) -> str:
    """Return a range that lets a version in, written as another is: exact, ~, ^, or open."""
    if asked in _ANY:
        return asked
    plain = _PLAIN.fullmatch(asked)
    return f"{plain['sign'] if plain else '^'}{version}"
