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
                pair = rf"({re.escape(json.dumps(name))}\s*:\s*){re.escape(json.dumps(asked))}"
                range_ = json.dumps(_in_manner(asked, version))
                text = re.sub(pair, lambda found, to=range_: found[1] + to, text)  # type: ignore[misc]
        return PackageJson(text)

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


def _pairs(wanted: Wanted) -> Iterator[tuple[str, str]]:
    yield from ((one.package.name, one.version) for one in wanted.through)
    yield wanted.package.name, wanted.version


def _in_manner(asked: str, version: str) -> str:
    """Return a range that lets a version in, written as another is: exact, ~, ^, or open."""
    if asked in _ANY:
        return asked
    plain = _PLAIN.fullmatch(asked)
    return f"{plain['sign'] if plain else '^'}{version}"
