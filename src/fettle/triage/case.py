"""What triage is asked about, and what it is asked with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from fettle.model.severity import Severity
from fettle.model.signal import Facts, Signal
from fettle.triage.catalogue import Catalogue
from fettle.triage.policy import IssueClass

_NOTHING_KNOWN = Facts()


@dataclass(frozen=True)
class Case:
    """One piece of trouble as it was told.

    `severity` is the source's own, mapped; `service` a service that the source names. `printed`
    says that the words are a program's: they tell what failed, not how much stands still.
    """

    title: str
    text: str = ""
    symptoms: tuple[str, ...] = ()
    severity: Severity | None = None
    service: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = _NOTHING_KNOWN
    printed: bool = False

    @classmethod
    def of(cls, signal: Signal) -> "Case":
        """Return what a signal tells."""
        return cls(
            signal.title,
            signal.text,
            signal.symptoms,
            signal.severity,
            signal.service,
            signal.labels,
            signal.facts,
            signal.kind.printed,
        )

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What is read: the title with the text, then each symptom; their order says nothing."""
        told = f"{self.title}\n{self.text}" if self.text else self.title
        return (told, *sorted(set(self.symptoms)))


@dataclass(frozen=True)
class Limits:
    """From when on triage decides.

    `confidence` is that of a learnt model below which it is not heard: its own figure says how
    often it was right on what it had not seen, so that from here on it is more often right than
    not (decision 12).
    `many_users` and `most_users` affected make trouble high and critical; they depend on how many
    users there are, and stand in the settings.
    """

    confidence: float = 0.5
    many_users: int = 100
    most_users: int = 1000


@dataclass(frozen=True)
class Policy:
    """What a team has set: its services, its own classes, its limits."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    classes: tuple[IssueClass, ...] = ()
    limits: Limits = Limits()


@dataclass(frozen=True)
class Opinion:
    """What a model of a team's history says, and how sure it is (0 to 1)."""

    severity: Severity
    class_: str | None
    confidence: float
    evidence: tuple[str, ...] = ()


class History(Protocol):
    """A model of a team's own decisions."""

    def opinion(self, case: Case) -> Opinion:
        """Return what the team would say of a case, as far as its history tells."""
