"""How long PostgreSQL, Python and Node are kept up, as those who make them have said.

A table with a date: what has come out since is not in it, and whoever goes by it says of when it
is. Sources: PostgreSQL's versioning policy, Python's developer's guide (PEP 602), Node's release
schedule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fettle.model.severity import Severity
from fettle.model.update import Advisory, Affected, Ecosystem, Offers, Package, Release
from fettle.updates.versions import versions_of

TOLD_AT = datetime(2026, 11, 12, tzinfo=UTC)
HOLDS = timedelta(days=180)
_NAMES = {
    Ecosystem.POSTGRESQL: "PostgreSQL",
    Ecosystem.PYTHON: "Python",
    Ecosystem.NODE: "Node",
}


@dataclass(frozen=True)
class Cycle:
    """Versions that are kept up together: the first of them, the newest, and until when."""

    name: str
    begins: str
    ends: date
    newest: str | None = None


_CYCLES: Mapping[Ecosystem, tuple[Cycle, ...]] = {
    Ecosystem.POSTGRESQL: (
        Cycle("12", "12", date(2024, 11, 21), "12.22"),
        Cycle("13", "13", date(2025, 11, 13), "13.23"),
        Cycle("14", "14", date(2026, 11, 12), "14.25"),
        Cycle("15", "15", date(2027, 11, 11), "15.20"),
        Cycle("16", "16", date(2028, 11, 9), "16.16"),
        Cycle("17", "17", date(2029, 11, 8), "17.12"),
        Cycle("18", "18", date(2030, 11, 14), "18.6"),
    ),
    Ecosystem.PYTHON: (
        Cycle("3.8", "3.8", date(2024, 10, 7), "3.8.20"),
        Cycle("3.9", "3.9", date(2025, 10, 31), "3.9.25"),
        Cycle("3.10", "3.10", date(2026, 10, 31), "3.10.22"),
        Cycle("3.11", "3.11", date(2027, 10, 31), "3.11.18"),
        Cycle("3.12", "3.12", date(2028, 10, 31), "3.12.16"),
        Cycle("3.13", "3.13", date(2029, 10, 31), "3.13.18"),
        Cycle("3.14", "3.14", date(2030, 10, 31), "3.14.10"),
        Cycle("3.15", "3.15", date(2031, 10, 31), "3.15.2"),
    ),
    # An odd one is kept up until the next even one is half a year old.
    Ecosystem.NODE: (
        Cycle("18", "18.0.0", date(2025, 4, 30)),
        Cycle("19", "19.0.0", date(2023, 6, 1)),
        Cycle("20", "20.0.0", date(2026, 4, 30)),
        Cycle("21", "21.0.0", date(2024, 6, 1)),
        Cycle("22", "22.0.0", date(2027, 4, 30)),
        Cycle("23", "23.0.0", date(2025, 6, 1)),
        Cycle("24", "24.0.0", date(2028, 4, 30), "24.19.0"),
        Cycle("25", "25.0.0", date(2026, 6, 1)),
        Cycle("26", "26.0.0", date(2029, 4, 30)),
    ),
}


def offers_of(ecosystem: Ecosystem, package: Package, today: date) -> Offers:
    """Return the newest version of each cycle that is kept up."""
    newest = [one.newest for one in _CYCLES[ecosystem] if one.ends > today]
    return Offers(package, tuple(Release(version) for version in newest if version is not None))


def ended(ecosystem: Ecosystem, package: Package, today: date) -> Iterator[Advisory]:
    """Yield what is not kept up any more: nobody closes what is found in it from now on."""
    cycles = _CYCLES[ecosystem]
    begins = ["0", *(one.begins for one in cycles)]
    fixed = [*begins[1:], None]
    named = [f"before {cycles[0].name}", *(one.name for one in cycles)]
    ends = [cycles[0].ends, *(one.ends for one in cycles)]
    for name, begin, end, until in zip(named, begins, fixed, ends, strict=True):
        if until <= today and end is not None:
            kind = _NAMES[ecosystem]
            yield Advisory(
                id=f"{ecosystem}-{name.replace(' ', '-')}-end-of-life",
                summary=f"{kind} {name} is not kept up any more, since {until:%d %B %Y}",
                severity=Severity.HIGH,
                affected=(Affected(package, ((("introduced", begin), ("fixed", end)),)),),
                published_at=datetime(until.year, until.month, until.day, tzinfo=UTC),
                told_by="Fettle's table of lifecycles",
            )


def knows(ecosystem: Ecosystem, version: str) -> bool:
    """Whether the table tells of a version: of its cycle, or of all that were before the first."""
    if _cycle_of(ecosystem, version) is not None:
        return True
    return versions_of(ecosystem).order(version, _CYCLES[ecosystem][0].begins) < 0


def kept_up(ecosystem: Ecosystem, version: str, today: date) -> str | None:
    """Say until when a version is kept up; None where that is not told, or is over."""
    cycle = _cycle_of(ecosystem, version) if ecosystem in _CYCLES else None
    if cycle is None or cycle.ends <= today:
        return None
    return f"{_NAMES[ecosystem]} {cycle.name} is kept up until {cycle.ends:%d %B %Y}"


def _cycle_of(ecosystem: Ecosystem, version: str) -> Cycle | None:
    cycles = _CYCLES[ecosystem]
    name = ".".join(version.split(".")[: cycles[0].name.count(".") + 1])
    return next((one for one in cycles if one.name == name), None)


def whole(ecosystem: Ecosystem, version: str) -> str:
    """Return the version that a name of a cycle stands for: the newest of it that is known."""
    for one in _CYCLES[ecosystem]:
        if one.name == version:
            return one.newest or one.begins
    return version
