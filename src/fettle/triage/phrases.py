"""Phrases found in running words: a tree of words, walked once along the text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Generic, TypeVar

MeaningT = TypeVar("MeaningT")

NUMBER = "#"


@dataclass
class _Node(Generic[MeaningT]):
    after: "dict[str, _Node[MeaningT]]" = field(default_factory=dict)
    means: list[MeaningT] = field(default_factory=list)


class Phrases(Generic[MeaningT]):
    """Phrases with what each means; a phrase may mean several things."""

    def __init__(self, phrases: Iterable[tuple[Sequence[str], MeaningT]]) -> None:
        self._first: dict[str, _Node[MeaningT]] = {}
        for words, meaning in phrases:
            if words:
                self._add(words, meaning)

    def _add(self, words: Sequence[str], meaning: MeaningT) -> None:
        node = self._first.setdefault(words[0], _Node())
        for word in words[1:]:
            node = node.after.setdefault(word, _Node())
        if meaning not in node.means:
            node.means.append(meaning)

    def found(self, words: Sequence[str]) -> Iterator[tuple[int, int, Sequence[MeaningT]]]:
        """Yield the longest phrases from left to right: where, of how many words, meaning what."""
        first, read = self._first, 0
        for at in [place for place, word in enumerate(words) if word in first]:
            if at < read:  # it stands within the phrase before
                continue
            node, reached = first[words[at]], at + 1
            means, end = node.means, reached
            while node.after and reached < len(words):
                word = words[reached]
                after = node.after.get(word)
                if after is None and word[0].isdecimal():
                    after = node.after.get(NUMBER)
                if after is None:
                    break
                node = after
                reached += 1
                if node.means:
                    means, end = node.means, reached
            if means:
                yield at, end - at, means
                read = end


def spelled_out(patterns: str, lists: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield each phrase that a list of patterns stands for; `triage.words` describes them."""
    for pattern in patterns.split(","):
        filled = _LIST.sub(lambda name: lists[name[1]], pattern)
        for chosen in product(*(slot.split("|") for slot in filled.split())):
            yield tuple(word for word in chosen if word)


_LIST = re.compile(r"\{(\w+)\}")
