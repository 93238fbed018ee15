"""What is done about known errors, as the API and `fettle error --format json` give it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from typing_extensions import TypedDict

from fettle.flow.solving import Offer
from fettle.flow.wording import Words
from fettle.frontends.report.attempt_document import AttemptDocument, Kinds, Modes
from fettle.frontends.report.moments import said
from fettle.frontends.report.similar_document import SimilarItem
from fettle.model.issue import Issue
from fettle.model.known_error import Catalogue, KnownError
from fettle.model.remedy import Rate, Stopped
from fettle.resolution import remedies as rules
from fettle.resolution.enquiry import Enquiry
from fettle.resolution.record import rate
from fettle.store.remedies import Recognition


class RecordDocument(TypedDict):
    """How often something was tried, and how often it helped: the signals stayed away."""

    attempts: int
    resolved: int
    low: float | None
    """The lower end of the Wilson interval at 95 %; null without an attempt."""
    high: float | None
    likely: float | None
    """The record together with the prior, which counts as four attempts."""
    prior: float | None
    """What was so elsewhere: where to begin, and no proof."""


class RemedyDocument(TypedDict):
    """Something that may be done."""

    remedy: str
    kind: Kinds
    target: str
    does: str
    """What it would do; of an address its host alone."""
    undoable: bool
    """Whether it names an undo of its own; of a fix its plan says what can be taken back."""
    mode: Modes
    """As it is set."""
    may: Modes
    """How far it may go by itself."""
    why: str
    record: RecordDocument


# `class` is a word of the language, so that the first key cannot be written as a class's.
_Named = TypedDict("_Named", {"class": str})


class _Match(TypedDict):
    title: str
    confidence: float
    """From 0 to 1."""
    cause: str
    tell: str
    solutions: list[str]
    """What cures it, the first to try first."""
    checks: list[str]
    fixes: list[str]
    evidence: list[str]
    """What speaks for it, the weightiest first."""
    record: RecordDocument


class KnownSolution(_Named, _Match):
    """A known error that fits."""


class KnownOfIssue(TypedDict):
    """What is known of an issue's error."""

    answered: bool
    """Whether the first fits well enough to act on."""
    matches: list[KnownSolution]
    """At most three, the surest first."""
    remedies: list[RemedyDocument]
    """What may be done about the first."""


class StoppedDocument(TypedDict):
    """Since when nothing acts, who said so, and why."""

    at: str
    by: str
    reason: str


class BudgetDocument(TypedDict):
    """How many acts there may be, and how many there were."""

    within: Literal["hour", "day"]
    most: int
    used: int


class BreakerDocument(TypedDict):
    """A remedy that has failed too often on a target, and when one more act decides."""

    remedy: str
    target: str
    half_open_at: str


class SolvingDocument(TypedDict):
    """Whether anything acts by itself, and how much of it there was."""

    schema: Literal["fettle.solving/1"]
    stopped: StoppedDocument | None
    budgets: list[BudgetDocument]
    breakers: list[BreakerDocument]
    in_flight: list[AttemptDocument]
    waiting: list[AttemptDocument]
    """What waits for a person's yes."""
    remedies: list[str]


class ErrorDetails(TypedDict):
    """The error that is to be solved."""

    issue: int
    title: str
    text: str
    """What it was told with."""
    status: str
    services: list[str]
    first_seen: str
    signals: int


class EnquiryDocument(TypedDict):
    """Where to look, and what that rests on; no match, and never acted on."""

    about: Literal["frame", "release", "deploy", "finding", "dependency"]
    says: str
    evidence: str


class SuggestionDocument(TypedDict):
    """What a language model suggests to look at next; no match, and never acted on."""

    says: str
    by: Literal["llm"]
    at: str


class ErrorResolutionDocument(TypedDict):
    """The whole resolution of an error: what it is, what is known, what was done, what it did."""

    schema: Literal["fettle.error_resolution/1"]
    error: ErrorDetails
    answered: bool
    """Whether a known error fits well enough to act on."""
    known_solutions: list[KnownSolution]
    """The surest first."""
    remedies: list[RemedyDocument]
    solved_before: list[SimilarItem]
    """Issues of the same known error, then similar ones, with what helped; never above the rest."""
    analysis: list[EnquiryDocument]
    """Lines of enquiry where nobody knows the error."""
    suggestions: list[SuggestionDocument]
    """What a language model added to them, where somebody has asked it."""
    fix_results: list[AttemptDocument]
    """The latest first."""
    begun: list[str]
    """The attempts that this very call let begin."""
    resolved: bool
    """Whether the signals stayed away after one of them."""
    stopped: StoppedDocument | None
    timestamp: str


@dataclass(frozen=True)
class Solution:
    """All that is known of the resolution of an issue's error."""

    issue: Issue
    recognition: Recognition
    offers: Sequence[Offer]
    rates: Mapping[str, Rate]
    before: Sequence[SimilarItem]
    enquiries: Sequence[Enquiry]
    suggested: Words | None
    attempts: Sequence[AttemptDocument]
    begun: Sequence[str]
    stopped: Stopped | None


def of_solution(solution: Solution, known: Catalogue, now: str) -> ErrorResolutionDocument:
    """Return the whole resolution of an issue's error."""
    issue, found = solution.issue, solution.recognition
    told = of_known(found, solution.offers, solution.rates, known)
    return {
        "schema": "fettle.error_resolution/1",
        "error": {
            "issue": issue.number,
            "title": issue.title,
            "text": found.text,
            "status": str(issue.status),
            "services": list(issue.classification.services),
            "first_seen": said(issue.milestones.started),
            "signals": issue.signals,
        },
        "answered": told["answered"],
        "known_solutions": told["matches"],
        "remedies": told["remedies"],
        "solved_before": list(solution.before),
        "analysis": [
            {"about": one.about.value, "says": one.says, "evidence": one.evidence}
            for one in solution.enquiries
        ],
        "suggestions": _suggestions(solution.suggested),
        "fix_results": list(solution.attempts),
        "begun": list(solution.begun),
        "resolved": any(one["outcome"] == "resolved" for one in solution.attempts),
        "stopped": of_stopped(solution.stopped),
        "timestamp": now,
    }


def _suggestions(words: Words | None) -> list[SuggestionDocument]:
    if words is None or words.at is None:
        return []
    return [{"says": one, "by": "llm", "at": said(words.at)} for one in words.sentences]


def of_known(
    found: Recognition, offers: Sequence[Offer], rates: Mapping[str, Rate], known: Catalogue
) -> KnownOfIssue:
    """Return what is known of an issue's error; what is known no more is left out."""
    return {
        "answered": found.answered,
        "matches": [
            _match(one, known[one["class"]], rates[one["class"]])
            for one in found.matches
            if one["class"] in known
        ],
        "remedies": [of_offer(one) for one in offers],
    }


def _match(match: Mapping[str, Any], known: KnownError, its: Rate) -> KnownSolution:
    return {
        "class": known.id,
        "title": known.title,
        "confidence": match["confidence"],
        "cause": known.cause,
        "tell": known.tell,
        "solutions": [one.does for one in known.solutions],
        "checks": list(known.checks),
        "fixes": list(known.fixes),
        "evidence": list(match["evidence"]),
        "record": of_rate(its),
    }


def of_offer(offer: Offer) -> RemedyDocument:
    """Return something that may be done."""
    remedy = offer.remedy
    return {
        "remedy": remedy.name,
        "kind": remedy.kind.value,
        "target": remedy.target,
        "does": rules.shown(remedy),
        "undoable": remedy.undo is not None,
        "mode": remedy.mode.value,
        "may": offer.may.mode.value,
        "why": offer.may.why,
        "record": of_rate(rate(offer.record)),
    }


def of_rate(its: Rate) -> RecordDocument:
    """Return how often something helps."""
    return {
        "attempts": its.record.attempts,
        "resolved": its.record.resolved,
        "low": _rounded(its.low),
        "high": _rounded(its.high),
        "likely": _rounded(its.likely),
        "prior": _rounded(its.prior),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(float(share), 3)


def of_stopped(stopped: Stopped | None) -> StoppedDocument | None:
    """Return that nothing acts."""
    if stopped is None:
        return None
    return {"at": said(stopped.at), "by": stopped.by, "reason": stopped.reason}
