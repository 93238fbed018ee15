"""What is known of an error, as the JSON that programs read and write."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from fettle.frontends.report.similar_document import SimilarItem
from fettle.model.known_error import ErrorFacts, ErrorMatch, Recognised


class FactsLine(BaseModel):
    """What a library says of an error beside its text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sqlstate: str | None = Field(None, max_length=20)
    errno: str | int | None = None
    status: int | None = None
    exception: str | None = Field(None, max_length=500)


class ErrorLine(BaseModel):
    """An error, as a line of a batch."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    facts: FactsLine | None = None

    @property
    def told(self) -> ErrorFacts:
        """The facts beside the text."""
        if self.facts is None:
            return ErrorFacts()
        errno = None if self.facts.errno is None else str(self.facts.errno)
        return ErrorFacts(self.facts.sqlstate, errno, self.facts.status, self.facts.exception)


class _Match(TypedDict):
    confidence: float
    """From 0 to 1."""
    title: str
    solutions: list[str]
    """What cures it, the first to try first."""


# `class` is a word of the language, so that the first key cannot be written as a class's.
_Named = TypedDict("_Named", {"class": str})


class MatchLine(_Named, _Match):
    """A known error that fits."""


class SolvedLine(TypedDict):
    """What is known of an error, as a line of a batch."""

    matches: list[MatchLine]
    answered: bool
    """Whether the first fits well enough to act on."""


class FullMatch(_Named, _Match):
    """A known error that fits, with all that is known of it."""

    cause: str
    tell: str
    """How to tell that it is this, and which part of it."""
    checks: list[str]
    """Checks that show more of it."""
    fixes: list[str]
    """Fixes that may help."""
    evidence: list[str]
    """What speaks for it, the weightiest first."""


class _Headed(TypedDict):
    schema: Literal["fettle.error_solved/1"]


class SolvedDocument(_Headed):
    """What is known of an error."""

    answered: bool
    """Whether the first fits well enough to act on."""
    matches: list[FullMatch]
    """At most three, the surest first."""
    solved_before: list[SimilarItem] | None
    """Past issues of the same known error, then those that speak alike, with what helped; null
    where no store was asked."""


def of_line(found: Recognised) -> SolvedLine:
    """Return an answer as a line of a batch."""
    return {"matches": [_match(one) for one in found.matches], "answered": found.answered}


def _match(match: ErrorMatch) -> MatchLine:
    return {
        "class": match.known.id,
        "confidence": match.confidence,
        "title": match.known.title,
        "solutions": [solution.does for solution in match.known.solutions],
    }


def of_recognised(found: Recognised, before: Sequence[SimilarItem] | None = None) -> SolvedDocument:
    """Return an answer as a document, with what was solved before where a store was asked."""
    return {
        "schema": "fettle.error_solved/1",
        "answered": found.answered,
        "matches": [_full(one) for one in found.matches],
        "solved_before": None if before is None else list(before),
    }


def _full(match: ErrorMatch) -> FullMatch:
    known = match.known
    return {
        **_match(match),
        "cause": known.cause,
        "tell": known.tell,
        "checks": list(known.checks),
        "fixes": list(known.fixes),
        "evidence": list(match.evidence),
    }
