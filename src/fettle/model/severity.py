"""How bad something is: one scale for findings, issues and advisories."""

from enum import IntEnum
from typing import Literal, Protocol, Self, TypeVar

SeverityName = Literal["info", "low", "medium", "high", "critical"]
_NAMES: tuple[SeverityName, ...] = ("info", "low", "medium", "high", "critical")


class Severity(IntEnum):
    """critical > high > medium > low > info; printed and written by its name."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> SeverityName:
        """The name as it is printed and written."""
        return _NAMES[self]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def named(cls, name: str) -> "Severity":
        """Return the severity of that name; ValueError for any other word."""
        try:
            return cls[name.strip().upper()]
        except KeyError:
            names = ", ".join(str(severity) for severity in reversed(cls))
            raise ValueError(f"{name!r} is no severity; there are {names}") from None


class Comparable(Protocol):
    """What a threshold is compared by."""

    def __ge__(self, other: Self, /) -> bool: ...


Amount = TypeVar("Amount", bound=Comparable)


def graded(
    value: Amount,
    *,
    low: Amount | None = None,
    medium: Amount | None = None,
    high: Amount | None = None,
    critical: Amount | None = None,
) -> Severity | None:
    """Return the worst severity whose threshold `value` has reached, or None below them all."""
    steps = (
        (Severity.CRITICAL, critical),
        (Severity.HIGH, high),
        (Severity.MEDIUM, medium),
        (Severity.LOW, low),
    )
    for severity, threshold in steps:
        if threshold is not None and value >= threshold:
            return severity
    return None


# The words of monitoring systems and status pages for how bad it is.
_SAID = {
    Severity.CRITICAL: "critical crit fatal emergency emerg disaster blocker page p1 sev1 sev-1 s1",
    Severity.HIGH: "high error err major severe urgent p2 sev2 sev-2 s2 alert",
    Severity.MEDIUM: "medium warning warn moderate average minor normal p3 sev3 sev-3 s3",
    Severity.LOW: "low notice trivial p4 p5 sev4 sev-4 sev5 s4 none",
    Severity.INFO: "info information informational debug ok",
}
_MAPPED = {word: severity for severity, words in _SAID.items() for word in words.split()}


def said_severity(word: str) -> Severity | None:
    """Return the severity that a source's own word means, None for a word nobody knows."""
    return _MAPPED.get(word.strip().casefold())
