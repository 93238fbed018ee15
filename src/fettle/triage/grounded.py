"""Drops what a language model says that does not stand in the evidence it was given; pure.

A sentence goes when it names a figure, a unit, a service, an identifier or another name that the
evidence does not hold. It is strict on purpose: a good sentence that is dropped costs nothing, for
the evidence stands beside it. It knows words, not meanings: that a sentence turns the evidence
around it does not see.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from fettle.triage.plain_words import BEGINNING, SOFTWARE
from fettle.triage.said_figures import Figure, figure_at, figures, measures

_READ = 20  # sentences; who says more was asked for less
_LONGEST = 400  # characters; longer is no plain sentence
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[^a-z\s])")
_PARTS = re.compile(r"[\s=|()\[\]{}\"'`“”\u2018\u2019«»–—→]+")
_LISTED = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_AROUND = ".,;:!?*…"
_QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”|«([^»]+)»")
_SIGNS = ("%", "×")  # units that are no letters
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b")
_CLOCK = re.compile(r"[\d:-]+")
_NAME_LIKE = re.compile(
    r"[^\x00-\x7f]|[A-Z].*[A-Z]|[a-z][A-Z]|[\w)][_/\\.:@#$&%+~-]\w|[_/\\@#$<>&~^]|\d"
)


@dataclass(frozen=True)
class Grounded:
    """What stands in the evidence, as it is shown, and how many sentences do not."""

    sentences: tuple[str, ...]
    dropped: int


def grounded(said: Sequence[str], evidence: str, names: Collection[str], most: int) -> Grounded:
    """Return the first sentences, so many at most, that name only what the evidence names.

    `names` are the services and other targets there are: one may be called like a usual word.
    """
    known = _Evidence.of(evidence, names)
    sentences = [one for text in said for one in _sentences(text)]
    read = sentences[:_READ]
    kept = [one for one in read if known.bears(one)]
    return Grounded(tuple(kept[:most]), len(read) - len(kept))


def _sentences(text: str) -> list[str]:
    found = _ENDS.split(_LISTED.sub("", _plain(text)))
    return [one for one in found if any(map(str.isalnum, one))]


@dataclass(frozen=True)
class _Evidence:
    text: str
    figures: frozenset[Figure]
    missing: tuple[str, ...]

    @classmethod
    def of(cls, evidence: str, names: Iterable[str]) -> "_Evidence":
        lines = [_plain(line) for line in evidence.splitlines()]
        text = "\n".join(lines).casefold()
        found = frozenset(one for line in lines for one in figures(_words(line)))
        missing = tuple(one for one in names if one.strip() and not _stands(one, text))
        return cls(text, found, missing)

    def bears(self, sentence: str) -> bool:
        """Whether all that a sentence names stands in the evidence."""
        if len(sentence) > _LONGEST:
            return False
        folded = sentence.casefold()
        if any(_stands(name, folded) for name in self.missing):
            return False
        quoted = ("".join(found) for found in _QUOTED.findall(sentence))
        if not all(_stands(one.strip(), self.text) for one in quoted if one.strip()):
            return False
        words = _words(sentence)
        return all(self._bears_word(words, place) for place in range(len(words)))

    def _bears_word(self, words: Sequence[str], place: int) -> bool:
        word, figure = words[place], figure_at(words, place)
        if figure is not None:
            return figure in self.figures
        names_something = (
            measures(word)
            or word.casefold() in SOFTWARE
            or _NAME_LIKE.search(word) is not None
            or (word[:1].isupper() and not (place == 0 and word.casefold() in BEGINNING))
        )
        return not names_something or word in ("A", "I") or _stands(word, self.text)


def _plain(text: str) -> str:
    """Return a text in one line, in which what looks alike is alike and nothing is hidden."""
    composed = unicodedata.normalize("NFKC", text)
    seen = (" " if one.isspace() else one for one in composed)
    shown = "".join(one for one in seen if unicodedata.category(one)[0] != "C")
    return " ".join(shown.split())


def _words(line: str) -> list[str]:
    parts = _PARTS.split(_POSSESSIVE.sub("", line))
    stripped = (part.strip(_AROUND).rstrip("/→-") for part in parts)
    return [word for word in stripped if word in _SIGNS or any(map(str.isalnum, word))]


def _stands(name: str, text: str) -> bool:
    """Whether a name stands in a text as a whole: `db` does not in `main-db`, nor 1.4 in 1.4.2."""
    folded = re.escape(" ".join(name.casefold().split()))
    if _CLOCK.fullmatch(name):  # a moment may be told to the minute, and by its day alone
        return re.search(rf"(?<![\d:.-]){folded}(?![\d.])", text) is not None
    return re.search(rf"(?<![\w.-]){folded}(?![\w-]|[.:]\w)", text) is not None
