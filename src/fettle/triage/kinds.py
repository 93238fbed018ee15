"""The classes recognised in what a text says: the five fixed ones, and the team's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fettle.triage import policy
from fettle.triage.phrases import Phrases
from fettle.triage.policy import IssueClass
from fettle.triage.reading import Reading, tokens
from fettle.triage.signs import (
    ALL,
    ASIDE,
    ASKED,
    CRASH,
    DATABASE,
    DOCUMENT,
    EDIT,
    FAILS,
    FLAW,
    LOAD,
    LOCKED_OUT,
    MANY,
    MISDRAWN,
    ONE,
    OUTAGE,
    OVER,
    PAYMENT,
    PRETENCE,
    QUEUED,
    REHEARSED,
    SCREEN,
    SLOW,
    SOME,
    SOMETIMES,
    TYPO,
    UNPAID,
    WHOLE,
    Sign,
)

# How sure a recognition is. Measured on nobody's data: an order, not a frequency.
CERTAIN = 0.9
LIKELY = 0.8
FAIR = 0.65
WEAK = 0.55


@dataclass(frozen=True)
class Match:
    """A class that a text fits, how sure that is (0 to 1), and the words that say so."""

    kind: IssueClass
    confidence: float
    evidence: tuple[str, ...]


def fixed(reading: Reading) -> Iterator[Match]:
    """Yield each of the five fixed classes that fits what stands in a reading."""
    for name, confidence, signs in _recognised(reading):
        yield Match(policy.FIXED[name], confidence, tuple(said(reading, signs)))


def said(reading: Reading, signs: Sequence[Sign]) -> Iterator[str]:
    """Yield a sentence for each sign that stands, with the words that are it."""
    for sign in signs:
        if words := reading.signs.get(sign):
            shown = ", ".join(f'"{word}"' for word in words[:3])
            yield f"{shown} {'speaks' if len(words) == 1 else 'speak'} of {sign.value}"


_Recognised = tuple[str, float, tuple[Sign, ...]]


def _recognised(reading: Reading) -> Iterator[_Recognised]:
    if not reading.has(ASIDE):
        yield from _outage(reading)
        yield from _payment(reading)
        yield from _database(reading)
    yield from _interface(reading)
    yield from _documentation(reading)


def _for_one(reading: Reading) -> bool:
    return reading.has(ONE) and not reading.has(ALL, MANY, WHOLE)


def _outage(reading: Reading) -> Iterator[_Recognised]:
    if _for_one(reading) or _in_part(reading):
        return
    wide = reading.has(WHOLE, ALL)
    if reading.has(OUTAGE):
        evidence = (OUTAGE, WHOLE, ALL)
        yield policy.SYSTEM_OUTAGE, CERTAIN if wide else LIKELY, evidence
    elif _many_are_locked_out(reading):
        evidence = (LOCKED_OUT, ALL, MANY)
        yield policy.SYSTEM_OUTAGE, LIKELY if wide else FAIR, evidence
    elif reading.has(CRASH) and reading.has(ALL):
        yield policy.SYSTEM_OUTAGE, FAIR, (CRASH, ALL)


def _in_part(reading: Reading) -> bool:
    """Whether what is out is out for some, or a part of something: bad, and no outage of it all."""
    out = [clause for clause in reading.clauses if OUTAGE in clause]
    wide = reading.has(WHOLE, ALL)
    return bool(out) and not wide and all(SOME in clause for clause in out)


def _many_are_locked_out(reading: Reading) -> bool:
    many = reading.has(ALL, MANY) and not reading.has(SOME, SOMETIMES)
    return many and reading.has(LOCKED_OUT)


_STANDING_STILL = (FAILS, OUTAGE, CRASH)


def _payment(reading: Reading) -> Iterator[_Recognised]:
    if reading.has(ONE) and not reading.has(ALL, MANY):
        return
    if reading.has(UNPAID):
        confidence = 0.85 if reading.has(ALL, MANY) else LIKELY
        yield policy.PAYMENT_FAILURE, confidence, (UNPAID, ALL, MANY)
    elif reading.together({PAYMENT}, _STANDING_STILL) and not reading.has(MISDRAWN):
        yield policy.PAYMENT_FAILURE, FAIR, (PAYMENT, *_STANDING_STILL)


def _database(reading: Reading) -> Iterator[_Recognised]:
    if reading.has(QUEUED):
        confidence = CERTAIN if reading.has(DATABASE, SLOW) else LIKELY
        yield policy.DATABASE_SLOW, confidence, (QUEUED, DATABASE, SLOW)
    elif reading.together({DATABASE}, {SLOW}):
        yield policy.DATABASE_SLOW, LIKELY, (DATABASE, SLOW)
    elif reading.together({DATABASE}, {LOAD}) and reading.has(FLAW, FAILS):
        yield policy.DATABASE_SLOW, FAIR, (DATABASE, LOAD, FLAW, FAILS)
    elif reading.has(DATABASE) and reading.has(SLOW):
        yield policy.DATABASE_SLOW, WEAK, (DATABASE, SLOW)


def _interface(reading: Reading) -> Iterator[_Recognised]:
    if reading.has(MISDRAWN):
        yield policy.UI_RENDERING, LIKELY, (MISDRAWN, SCREEN)
    elif reading.together({SCREEN}, {FLAW, FAILS, SLOW}):
        yield policy.UI_RENDERING, FAIR, (SCREEN, FLAW, FAILS, SLOW)


def _documentation(reading: Reading) -> Iterator[_Recognised]:
    if reading.together({DOCUMENT}, {EDIT, TYPO}):
        yield policy.DOCUMENTATION, LIKELY, (DOCUMENT, TYPO, EDIT)
    elif not reading.trouble and reading.has(DOCUMENT, TYPO):
        yield policy.DOCUMENTATION, WEAK, (DOCUMENT, TYPO)


_DENIALS = frozenset({"no", "not", "without", "isn't", "wasn't", "never"})


@dataclass(frozen=True)
class OwnClasses:
    """The classes that a team has added, found by their words and phrases; plurals count."""

    classes: tuple[IssueClass, ...] = ()

    @cached_property
    def _phrases(self) -> Phrases[IssueClass]:
        return Phrases(
            (words, kind)
            for kind in self.classes
            for phrase in kind.match
            for words in _numbers(tuple(tokens(phrase)))
        )

    def found(self, texts: Sequence[str], reading: Reading) -> Iterator[Match]:
        """Yield the team's classes that fit; none where no trouble stands that is spoken of."""
        if not self.classes or _is_calm(reading):
            return
        words: dict[str, dict[str, None]] = {}
        kinds: Mapping[str, IssueClass] = {kind.name: kind for kind in self.classes}
        for text in texts:
            raw = tokens(text)
            for at, length, means in self._phrases.found(raw):
                if at and raw[at - 1] in _DENIALS:
                    continue
                for kind in means:
                    words.setdefault(kind.name, {})[" ".join(raw[at : at + length])] = None
        for name, said_words in words.items():
            shown = ", ".join(f'"{word}"' for word in said_words)
            confidence = CERTAIN if len(said_words) > 1 else LIKELY
            yield Match(kinds[name], confidence, (f"{shown} fits the team's class {name}",))


def _is_calm(reading: Reading) -> bool:
    if reading.trouble:
        return False
    spoken_of = (OVER, PRETENCE, REHEARSED, ASKED, DOCUMENT, TYPO)
    return bool(reading.dismissed) or reading.has(*spoken_of)


def _numbers(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if words and words[-1].isalpha():
        yield (*words[:-1], f"{words[-1]}s")
        yield (*words[:-1], f"{words[-1]}es")
