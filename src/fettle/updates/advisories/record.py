"""A record of the Open Source Vulnerability format, as an Advisory.

Source: OSV schema 1.7. Of its ecosystems those of packages are read, PyPI and npm: what
distributions fix in theirs, their own package managers say. Ranges of commits say nothing of
versions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from packaging.utils import canonicalize_name

from fettle.errors import BadPayload
from fettle.model.update import Advisory, Affected, Ecosystem, Package
from fettle.updates.advisories.rating import rated

_ECOSYSTEMS = {"PyPI": Ecosystem.PYPI, "npm": Ecosystem.NPM}
_LONGEST = 300
_EVENTS = ("introduced", "fixed", "last_affected", "limit")


class _Package(msgspec.Struct):
    ecosystem: str = ""
    name: str = ""


class _Range(msgspec.Struct):
    type: str = ""
    events: list[dict[str, str]] | None = None


class _Severity(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    ecosystem_specific: Any = None
    database_specific: Any = None


class _Reference(msgspec.Struct):
    type: str = ""
    url: str = ""


class _Record(msgspec.Struct):
    id: str
    aliases: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    published: str | None = None
    modified: str | None = None
    withdrawn: str | None = None
    affected: list[_Affected] | None = None
    severity: list[_Severity] | None = None
    references: list[_Reference] | None = None
    database_specific: Any = None


class _OfPackage(msgspec.Struct):
    package: _Package | None = None


class _Short(msgspec.Struct):
    """As much of a record as says whether the rest is of use."""

    id: str
    modified: str | None = None
    affected: list[_OfPackage] | None = None


_DECODER = msgspec.json.Decoder(_Record)
_SHORT_DECODER = msgspec.json.Decoder(_Short)


@dataclass(frozen=True)
class Glance:
    """What a record is about, and when it was changed last."""

    packages: frozenset[Package]
    modified_at: datetime | None


def glance(text: bytes) -> Glance:
    """Read what a record is about, in a fraction of the time; raises BadPayload for what is none.

    Of archives with hundreds of thousands of records a few are of use.
    """
    try:
        record = _SHORT_DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadPayload(f"that is no record of OSV: {error}") from None
    named = (one.package for one in record.affected or ())
    found = (package_of(one.ecosystem, one.name) for one in named if one is not None)
    packages = frozenset(package for package in found if package is not None)
    return Glance(packages, _moment(record.modified))


def ecosystem_name(ecosystem: Ecosystem) -> str | None:
    """Return what OSV calls an ecosystem; None for one that is not read."""
    return next((name for name, one in _ECOSYSTEMS.items() if one is ecosystem), None)


def package_of(ecosystem: str, name: str) -> Package | None:
    """Return a package as Fettle names it; None for an ecosystem that is not read."""
    if (known := _ECOSYSTEMS.get(ecosystem)) is None or not name:
        return None
    return Package(known, canonicalize_name(name) if known is Ecosystem.PYPI else name)


def read(text: bytes, told_by: str) -> Advisory:
    """Read a record; raises BadPayload for what is none."""
    try:
        record = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadPayload(f"that is no record of OSV: {error}") from None
    if not record.id:
        raise BadPayload("that is no record of OSV: it has no id")
    affected = record.affected or []
    return Advisory(
        record.id[:_LONGEST],
        frozenset(alias for alias in record.aliases or () if alias and alias != record.id),
        _line(record.summary or record.details or ""),
        rated(_vectors(record), _words(record)),
        tuple(_affected(record.id, affected)),
        _moment(record.published),
        # A date that nobody can read withdraws nothing.
        _moment(record.withdrawn),
        _address(record),
        told_by,
        _moment(record.modified),
    )


def _affected(id_: str, several: list[_Affected]) -> Iterator[Affected]:
    for one in several:
        package = one.package and package_of(one.package.ecosystem, one.package.name)
        if not package:
            continue
        ranges = [range_ for range_ in one.ranges or () if range_.type != "GIT"]
        yield Affected(
            package,
            tuple(tuple(_events(range_)) for range_ in ranges),
            frozenset(one.versions or ()),
            id_,
        )


def _events(range_: _Range) -> Iterator[tuple[str, str]]:
    for event in range_.events or ():
        yield from ((kind, event[kind]) for kind in _EVENTS if kind in event)


def _vectors(record: _Record) -> Iterator[tuple[str, str]]:
    for several in (record.severity, *(one.severity for one in record.affected or ())):
        yield from ((one.type, one.score) for one in several or ())


def _words(record: _Record) -> Iterator[object]:
    said = [record.database_specific]
    for one in record.affected or ():
        said += [one.database_specific, one.ecosystem_specific]
    yield from (each.get("severity") for each in said if isinstance(each, dict))


def _address(record: _Record) -> str | None:
    """Return where it is told of: the advisory itself, else whatever is named first."""
    told = [one for one in record.references or () if one.url.startswith(("https://", "http://"))]
    told.sort(key=lambda one: one.type != "ADVISORY")
    return told[0].url if told else None


def _line(text: str) -> str:
    return " ".join(text[: 4 * _LONGEST].split())[:_LONGEST]


def _moment(text: str | None) -> datetime | None:
    try:
        told = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
