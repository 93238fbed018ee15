"""A model of a team's own decisions, as it is kept and used: words, weights, and no code.

Using it takes nothing but this file; training it is `triage.learn`. It is a linear model over
weighted words: each term counts 1 + ln(times), by how rare it is, and all of them together have
length 1. Of two severities it leans to the rarer, since a team's history is full of one of them,
and says how often it was right where it was as sure as this.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fettle.errors import StoreDamaged
from fettle.model.severity import Severity
from fettle.triage.case import Case, Opinion
from fettle.triage.reading import merged, read, tokens

SCHEMA: Literal["fettle.triage_model/1"] = "fettle.triage_model/1"
# How far it leans to the rarer severities: 0 not at all, 1 as if all were as frequent. Chosen on
# the older 70 % of public incidents (each tenth from what came before it), for its macro-F1.
_LEANING = 0.5
_TERMS_AT_MOST = 2000
_SHOWN = 3


def terms(case: Case) -> list[str]:
    """Return what the model sees: words, pairs of words, the title's words, signs, the source."""
    title = _words(case.title)
    words = title + [word for text in (case.text, *case.symptoms) for word in _words(text)]
    words = words[:_TERMS_AT_MOST]
    found = words + [f"{one} {other}" for one, other in pairwise(words)]
    found += [f"=title {word}" for word in title]
    found += [f"=sign {sign.name}" for sign in merged([read(text) for text in case.texts]).signs]
    found.append(f"=length {int(math.log2(len(words) + 1))}")
    if case.severity is not None:
        found.append(f"=source {case.severity}")
    if case.service:
        found.append(f"=service {case.service.casefold()}")
    return found


def _words(text: str) -> list[str]:
    return [word for word in tokens(text) if word[0].isalnum()]


class Head(BaseModel):
    """One question that the model answers: a row of weights for each answer, one for each term."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    answers: tuple[str, ...] = Field(min_length=1)
    priors: tuple[float, ...]
    intercepts: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]

    def probabilities(self, weighted: Mapping[int, float]) -> list[float]:
        """Return how likely each answer is."""
        scores = [
            intercept + sum(row[place] * weight for place, weight in weighted.items())
            for intercept, row in zip(self.intercepts, self.weights, strict=True)
        ]
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        return [power / sum(powers) for power in powers]

    def chosen(self, probabilities: Sequence[float], leaning: float) -> int:
        """Return the place of the answer, leaning to those that are rare."""
        leant = [
            likely / prior**leaning
            for likely, prior in zip(probabilities, self.priors, strict=True)
        ]
        return leant.index(max(leant))


class Kept(BaseModel):
    """The model as JSON.

    `calibration` turns the logit of a probability into that of being right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_: Literal["fettle.triage_model/1"] = Field(SCHEMA, alias="schema")
    trained_on: int = Field(ge=1)
    terms: tuple[str, ...]
    rarity: tuple[float, ...]
    severity: Head
    class_: Head = Field(alias="class")
    calibration: tuple[float, float]

    @model_validator(mode="after")
    def fits(self) -> "Kept":
        """Refuse what does not fit together."""
        if len(self.rarity) != len(self.terms):
            raise ValueError("terms and rarity differ in length")
        for head in (self.severity, self.class_):
            lengths = {len(head.priors), len(head.intercepts), len(head.weights)}
            if lengths != {len(head.answers)}:
                raise ValueError("a head's answers and its rows differ in number")
            if any(len(row) != len(self.terms) for row in head.weights):
                raise ValueError("a row of weights and the terms differ in length")
            if min(head.priors) <= 0:
                raise ValueError("a prior is not positive")
        for answer in self.severity.answers:
            Severity.named(answer)
        return self


@dataclass(frozen=True)
class TeamModel:
    """What a team's history says of a case; implements case.History."""

    kept: Kept

    @classmethod
    def read(cls, content: bytes | str) -> "TeamModel":
        """Read what `written` wrote; raises StoreDamaged."""
        try:
            return cls(Kept.model_validate_json(content))
        except ValidationError as error:
            said = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise StoreDamaged(
                f"what was learnt cannot be read: {said}", remedy="learn again from the decisions"
            ) from None

    def prepare(self) -> "TeamModel":
        """Make what the first opinion would make; returns itself."""
        _ = self._places
        return self

    def written(self) -> bytes:
        """Return the model as JSON."""
        return self.kept.model_dump_json(by_alias=True).encode()

    def opinion(self, case: Case) -> Opinion:
        """Return what the team would say, and how often it was right where it was as sure."""
        weighted = self._weighted(case)
        head = self.kept.severity
        probabilities = head.probabilities(weighted)
        at = head.chosen(probabilities, _LEANING)
        name = head.answers[at]
        shown = ", ".join(f'"{term}"' for term in self._weightiest(weighted, at))
        because = f", most of all for {shown}" if shown else ""
        sentence = f"the team's {self.kept.trained_on:,} decisions say {name}{because}"
        return Opinion(
            Severity.named(name),
            self._class(weighted),
            self.calibrated(probabilities[at]),
            (sentence,),
        )

    def calibrated(self, probability: float) -> float:
        """Return how often the model was right with that probability."""
        slope, shift = self.kept.calibration
        bounded = min(max(probability, 1e-6), 1 - 1e-6)
        logit = math.log(bounded / (1 - bounded))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, slope * logit + shift))))

    def _class(self, weighted: Mapping[int, float]) -> str | None:
        head = self.kept.class_
        probabilities = head.probabilities(weighted)
        at = head.chosen(probabilities, 0)
        return head.answers[at] or None if probabilities[at] >= 0.5 else None

    def _weighted(self, case: Case) -> dict[int, float]:
        """Return the weight of each known term; words it has never seen make the others lighter."""
        places, rarity = self._places, self.kept.rarity
        rarest = max(rarity, default=0.0)
        raw: dict[int, float] = {}
        squares = 0.0
        for term, times in Counter(terms(case)).items():
            place = places.get(term)
            if place is not None:
                raw[place] = (1 + math.log(times)) * rarity[place]
                squares += raw[place] ** 2
            elif " " not in term and not term.startswith("="):
                squares += ((1 + math.log(times)) * rarest) ** 2
        length = math.sqrt(squares)
        return {place: weight / length for place, weight in raw.items()}

    def _weightiest(self, weighted: Mapping[int, float], at: int) -> list[str]:
        row = self.kept.severity.weights[at]
        pulls = sorted(
            ((row[place] * weight, place) for place, weight in weighted.items()), reverse=True
        )
        return [self._said(self.kept.terms[place]) for pull, place in pulls[:_SHOWN] if pull > 0]

    @staticmethod
    def _said(term: str) -> str:
        return term.removeprefix("=").casefold()

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {term: place for place, term in enumerate(self.kept.terms)}
