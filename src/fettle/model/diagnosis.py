"""The outcomes of many checks, and what they come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from fettle.model.finding import Finding, Measurement, Note, Scalar, Unknown
from fettle.model.severity import Severity

Status = Literal["critical", "high", "medium", "low", "ok", "unknown"]
Priority = Literal["immediate", "high", "medium", "low"]


@dataclass(frozen=True)
class Heard:
    """What one source told of what a check asks.

    `shows` are the keys of what it shows to be bad, or not over yet; `whole` is whether it told
    all that it was asked.
    """

    source: str
    shows: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class Outcome:
    """What one check came to; clean only when it saw everything and found nothing.

    `lingering` are the keys of what is no finding any more, or not yet, and would not be over if
    it had been one. `heard` is what each source told, of what is no database; `silent` says that
    nobody told anything that the check could judge.
    """

    check: str
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    notes: tuple[Note, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    lingering: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    silent: bool = False

    @property
    def clean(self) -> bool:
        """Everything seen, nothing found."""
        return not self.findings and not self.unknown


@dataclass(frozen=True)
class Listing:
    """A table that every report shows, healthy or not; `note` says why it is empty or cut."""

    name: str
    description: str
    sql: str
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[Scalar, ...]] = ()
    note: str | None = None


@dataclass(frozen=True)
class Cause:
    """One thing that explains several findings, with the grounds for saying so.

    `name` says who it is, where the subject does not: whose session a process is.
    """

    subject: str
    confidence: float
    explains: tuple[str, ...]
    evidence: tuple[str, ...]
    name: str | None = None

    @property
    def told(self) -> str:
        """How people are told of it."""
        return f"{self.subject}, {self.name}" if self.name else self.subject


@dataclass(frozen=True)
class Recommendation:
    """What to do about some findings, how long it takes, and what happens otherwise.

    `estimated_time` is the least and the most.
    """

    priority: Priority
    category: str
    title: str
    description: str
    actions: tuple[str, ...]
    estimated_time: tuple[timedelta, timedelta]
    risk_if_not_done: str
    findings: tuple[str, ...]


@dataclass(frozen=True)
class SymptomMatch:
    """What people noticed, and the findings that would show in that way.

    `kinds` are the ways of showing that were recognised in the words; `fits` maps a finding's key
    to why it fits, the likeliest first.
    """

    symptom: str
    kinds: tuple[str, ...]
    explanation: str
    fits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """A finding that somebody has accepted: by whom or what, and until when."""

    finding: Finding
    reason: str
    until: date | None = None


@dataclass(frozen=True)
class Earlier:
    """What is remembered of an earlier diagnosis.

    Each finding's severity, by key, those that were accepted too; and the checks that were asked.
    """

    started_at: datetime
    severities: Mapping[str, Severity]
    asked: frozenset[str]


@dataclass(frozen=True)
class Change:
    """The difference to an earlier diagnosis of the same target."""

    since: datetime
    new: tuple[str, ...]
    gone: tuple[str, ...]
    worse: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    """What looking at one target came to."""

    target: str
    started_at: datetime
    duration: timedelta
    outcomes: tuple[Outcome, ...] = ()
    unreachable: Unknown | None = None
    listings: tuple[Listing, ...] = ()
    causes: tuple[Cause, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    symptoms: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    change: Change | None = None
    server: Mapping[str, Scalar] = field(default_factory=dict)
    symptom_matches: tuple[SymptomMatch, ...] = ()

    @property
    def findings(self) -> list[Finding]:
        """Every finding that nobody has accepted, the worst first.

        Among equals those come first that fit the most of what people noticed.
        """
        accepted = {entry.finding.key for entry in self.accepted}
        fits = Counter(key for match in self.symptom_matches for key in match.fits)
        found = (finding for outcome in self.outcomes for finding in outcome.findings)
        open_ = (finding for finding in found if finding.key not in accepted)
        return sorted(open_, key=lambda finding: (-finding.severity, -fits[finding.key]))

    @property
    def unknown(self) -> list[tuple[str, Unknown]]:
        """Every thing that could not be looked at, with the check that wanted to."""
        gaps = [(outcome.check, gap) for outcome in self.outcomes for gap in outcome.unknown]
        return [("connection", self.unreachable), *gaps] if self.unreachable else gaps

    @property
    def worst(self) -> Severity | None:
        """The worst severity that was found, or None."""
        return max((finding.severity for finding in self.findings), default=None)

    @property
    def status(self) -> Status:
        """The worst severity; `unknown` when only gaps; `ok` when everything was seen and good.

        An info finding alone is nothing that is wrong.
        """
        worst = self.worst.label if self.worst is not None else "info"
        if worst != "info":
            return worst
        return "unknown" if self.unknown else "ok"
