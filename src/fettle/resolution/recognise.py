"""Which known error a text speaks of, how sure that is, and silence where nothing is known.

Facts come first: a SQLSTATE, the name or number of a system's error, an HTTP status, the class of
an exception. Then what the text says. Every class is weighed by its own signs; how far the first
is before the second says how sure it is.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fettle.model.known_error import Catalogue, ErrorFacts, ErrorMatch, Recognised, Signs
from fettle.resolution.likeness import NEAREST, Likeness, Seen
from fettle.resolution.no_error import speaks_against_error, without_settings
from fettle.resolution.telling import Found, Telling, readings_of, words_of
from fettle.resolution.told_facts import READ_AT_MOST, facts_in

_MOST = 3
_GIVEN, _STRONG = 4.0, 3.0  # a fact that was handed over, and one that stands in the text
_GENERAL = 0.39  # HTTP has one status for many troubles: less than what is said
_APART = 0.12  # for each word that stands in between
LIKENESS = "words like its own"  # what is said of that: no sign of which one could be told


@dataclass(frozen=True)
class _Mark:
    """What a phrase is to a known error."""

    id: str
    kind: str


@dataclass
class _Weight:
    """What speaks for a known error: each sign once, the strongest in full, others in part."""

    signs: dict[str, float] = field(default_factory=dict)

    def add(self, sign: str, weight: float) -> None:
        if abs(weight) > abs(self.signs.get(sign, 0.0)):
            self.signs[sign] = weight

    @property
    def total(self) -> float:
        pro = sorted((weight for weight in self.signs.values() if weight > 0), reverse=True)
        contra = sum(weight for weight in self.signs.values() if weight < 0)
        return sum(weight * 0.4**place for place, weight in enumerate(pro)) + contra


@dataclass(frozen=True)
class Recogniser:
    """Recognises the errors of a catalogue; made once, for it takes a while."""

    catalogue: Catalogue

    def prepare(self) -> "Recogniser":
        """Make all that it needs now, so that nobody waits for it later."""
        _ = self._phrases, self._hints, self._contrary, self._likeness.words, self._facts
        return self

    def recognise(self, text: str, facts: ErrorFacts = ErrorFacts()) -> Recognised:  # noqa: B008
        """Return what is known that fits a text and the facts that came with it."""
        weights: dict[str, _Weight] = defaultdict(_Weight)
        for fact, weight in ((facts, _GIVEN), *((told, _STRONG) for told in facts_in(text))):
            self._weigh_facts(fact, weight, weights)
        said = without_settings(text[:READ_AT_MOST])
        self._weigh_words(said, weights)
        for id_, weight in self._likeness.of(said):
            weights[id_].add(LIKENESS, weight)
        doubt = speaks_against_error(said)
        ranked = sorted(
            (
                (weight.total - doubt * (weight.total > NEAREST), id_)
                for id_, weight in weights.items()
            ),
            key=lambda one: (-one[0], one[1]),
        )
        ranked = [(total, id_) for total, id_ in ranked if total > 0]
        return Recognised(tuple(self._matches(ranked, weights)), _is_answer(ranked))

    def _matches(
        self, ranked: list[tuple[float, str]], weights: Mapping[str, _Weight]
    ) -> Iterator[ErrorMatch]:
        for place, (total, id_) in enumerate(ranked[:_MOST]):
            others = [other for at, (other, _) in enumerate(ranked) if at != place]
            sure = _confidence(total, max(others, default=0.0))
            pro = sorted(weights[id_].signs.items(), key=lambda one: -one[1])
            said = tuple(sign for sign, weight in pro if weight > 0)
            yield ErrorMatch(self.catalogue[id_], sure, said[:5])

    def _weigh_facts(self, facts: ErrorFacts, weight: float, weights: dict[str, _Weight]) -> None:
        for kind, value in _named(facts):
            for mark in self._facts.get((kind, value), ()):
                share = _SHARES[mark.kind] * (_GENERAL if kind == "status" else 1.0)
                weights[mark.id].add(f"{kind} {value}", weight * share)

    def _weigh_words(self, text: str, weights: dict[str, _Weight]) -> None:
        for reading in readings_of(text):
            for found in (*self._phrases.found(reading), *self._hints.found(reading)):
                said = f'"{" ".join(found.words)}"'
                for mark in found.meanings:
                    weights[mark.id].add(said, _weight(mark, found))
        for found in self._contrary.every(words_of(text)):
            for mark in found.meanings:
                weights[mark.id].add(f'not "{" ".join(found.words)}"', _weight(mark, found))

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self.catalogue, Seen.shipped())

    @cached_property
    def _phrases(self) -> Telling[_Mark]:
        return self._telling(("certain", "likely"))

    @cached_property
    def _hints(self) -> Telling[_Mark]:
        """What is found by itself: a hint that reaches far must not hide what lies within it."""
        return self._telling(("hint",))

    @cached_property
    def _contrary(self) -> Telling[_Mark]:
        return self._telling(("against",))

    def _telling(self, kinds: Sequence[str]) -> Telling[_Mark]:
        return Telling(
            (phrase, _Mark(known.id, kind))
            for known in self.catalogue.values()
            for kind in kinds
            for phrase in (*getattr(known, kind).says, *getattr(known, kind).exception)
        )

    @cached_property
    def _facts(self) -> Mapping[tuple[str, str], list[_Mark]]:
        found: dict[tuple[str, str], list[_Mark]] = defaultdict(list)
        for known in self.catalogue.values():
            for kind in _SHARES:
                for fact in _of(getattr(known, kind)):
                    found[fact].append(_Mark(known.id, kind))
        return found


_SHARES = {"certain": 1.0, "likely": 0.5, "hint": 0.25, "against": -1.0}


def _weight(mark: _Mark, found: Found[_Mark]) -> float:
    """Return how much a phrase weighs: the longer, the less can it mean anything else.

    Words that are far apart may belong to two sentences.
    """
    words = sum(word != "…" for word in found.words)
    return _SHARES[mark.kind] * max(1.6 + 0.5 * (words - 1) - _APART * found.skipped, 0.4)


def _named(facts: ErrorFacts) -> Iterator[tuple[str, str]]:
    if facts.sqlstate:
        yield "SQLSTATE", facts.sqlstate.strip().upper()
    if facts.errno:
        yield "errno", str(facts.errno).strip().upper()
    if facts.status:
        yield "status", str(facts.status)
    if facts.exception:
        yield "exception", _class(facts.exception)


def _of(signs: Signs) -> Iterable[tuple[str, str]]:
    yield from (("SQLSTATE", one.upper()) for one in signs.sqlstate)
    yield from (("errno", one.upper()) for one in signs.errno)
    yield from (("status", str(one)) for one in signs.status)
    yield from (("exception", _class(one)) for one in signs.exception)


def _class(name: str) -> str:
    """Return the class of an exception without its package."""
    return name.replace("::", ".").rpartition(".")[2].casefold()


def _is_answer(ranked: list[tuple[float, str]]) -> bool:
    if not ranked:
        return False
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    return _confidence(ranked[0][0], second) >= 0.5


def _confidence(total: float, other: float) -> float:
    """Return how often a match of this weight, this far before the next, is right."""
    logit = -3.2 + 0.9 * total + 1.5 * min(total - other, 3.0)
    return round(1 / (1 + math.exp(-logit)), 3)
