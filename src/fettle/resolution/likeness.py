"""What words alone resemble: those of a known error's phrases, and those of messages of its class.

Likeness tells which known errors are shown second and third, and never what an error is.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fettle.model.known_error import Catalogue
from fettle.resolution.telling import spelled_out, words_of

# Made by script/known-words from messages of real software whose class is known.
MESSAGES = Path(__file__).with_name("known_errors") / "words.json"

NEAREST, _HALF = 0.3, 12.0  # at most, and half of it at
_COMMON = 0.6


@dataclass(frozen=True)
class Seen:
    """How many messages of each class were seen, and in how many of them each word stood."""

    messages: Mapping[str, int]
    words: Mapping[str, Mapping[str, int]]

    @classmethod
    def shipped(cls) -> "Seen":
        """Return what is shipped."""
        return cls(**json.loads(MESSAGES.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, labelled: Iterable[tuple[str, str]]) -> "Seen":
        """Return what is seen in texts, each with its class; one text alone tells nothing.

        A number is no word: it is another one in the next message.
        """
        messages: dict[str, int] = defaultdict(int)
        words: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for text, class_ in labelled:
            messages[class_] += 1
            for word in all_words(text):
                if not word.isdigit():
                    words[word][class_] += 1
        kept = {word: dict(by) for word, by in sorted(words.items()) if sum(by.values()) > 1}
        return cls(dict(sorted(messages.items())), kept)


@dataclass(frozen=True)
class Likeness:
    """How much words speak for the known errors of a catalogue."""

    catalogue: Catalogue
    seen: Seen

    @cached_property
    def words(self) -> Mapping[str, Mapping[str, float]]:
        """How much each word speaks for the known errors.

        The greater one's share in all that has the word, the more; a word that is everybody's
        speaks against those who say it seldom.
        """
        speaks: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for says in (self._phrases(), self._messages()):
            for word, by in says.items():
                for id_, share in _shares(by, len(self.catalogue)):
                    speaks[word][id_] += share
        return speaks

    def of(self, text: str) -> Iterator[tuple[str, float]]:
        """Yield the known errors that a text resembles, with the weight of that."""
        near: dict[str, float] = defaultdict(float)
        for word in all_words(text):
            for id_, share in self.words.get(word, {}).items():
                near[id_] += share
        for id_, nearness in near.items():
            if nearness > 0:
                yield id_, NEAREST * nearness / (nearness + _HALF)

    def _phrases(self) -> Mapping[str, Mapping[str, float]]:
        says: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for known in self.catalogue.values():
            for share, phrases in ((1.0, known.certain.says), (0.7, known.likely.says)):
                for words in {words for phrase in phrases for words in spelled_out(phrase)}:
                    for word in set(words):
                        says[word][known.id] += share
        return says

    def _messages(self) -> Mapping[str, Mapping[str, float]]:
        return {
            word: {
                id_: number / self.seen.messages[id_]
                for id_, number in by.items()
                if id_ in self.catalogue
            }
            for word, by in self.seen.words.items()
        }


def all_words(text: str) -> set[str]:
    """Return the words of a text, names in it taken apart and whole."""
    return {*words_of(text), *words_of(text, parted=True)}


def _shares(by: Mapping[str, float], known: int) -> Iterator[tuple[str, float]]:
    whole = sum(by.values())
    for id_, much in by.items():
        yield id_, math.log(1 + known * much / whole) - _COMMON
