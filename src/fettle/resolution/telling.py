"""Phrases that tell an error, found in its text: a tree of words, walked from every word.

Of two phrases the one that lies within the other says nothing: in `lock wait timeout exceeded`
nobody speaks of a timeout of any other kind. Where both leave words open and end at the same word,
the nearer subject is the one that is spoken of: in `the mount of type bind: the path /a does not
exist` it is the path that does not exist, and no type. What is denied (`no deadlocks`) is not told.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Generic, TypeVar

MeaningT = TypeVar("MeaningT")

_GAP = "…"
_REACHES = 8
_NUMBER = "#"
_FILLERS = frozenset({"the", "a", "an", "your", "our", "my", "this", "its"})
_SHORT = (
    ("\\'", "'"),
    ("can't", "cannot"),
    ("won't", "will not"),
    ("n't", " not"),
    ("can not", "cannot"),
)
_DENIALS = frozenset({"no", "without", "zero"})
_WORD = re.compile(r"[a-z0-9_]+|[<…#]")
_TOKEN = re.compile(r"[\w./~:\\-]+")
_A_FILE = re.compile(
    r"\.(?:xml|json|ya?ml|toml|ini|conf|cfg|properties|csv|txt|md|log|sql|sh|html?|pdf|png|jpe?g|svg"
    r"|xlsx?|docx?|zip|gz|tar|jar|pem|crt)[.:]*\Z",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Found(Generic[MeaningT]):
    """A phrase that stands in a text: from which word up to which, of how many, meaning what."""

    start: int
    end: int
    words: tuple[str, ...]
    meanings: tuple[MeaningT, ...]

    @property
    def open(self) -> bool:
        """Whether it leaves words open."""
        return _GAP in self.words

    @property
    def skipped(self) -> int:
        """How many words stand where the phrase leaves them open."""
        return self.end - self.start - sum(word != _GAP for word in self.words)


@dataclass
class _Node(Generic[MeaningT]):
    after: "dict[str, _Node[MeaningT]]" = field(default_factory=dict)
    means: list[MeaningT] = field(default_factory=list)


class Telling(Generic[MeaningT]):
    """Phrases with what each means."""

    def __init__(self, phrases: Iterable[tuple[str, MeaningT]]) -> None:
        self._first: _Node[MeaningT] = _Node()
        for pattern, meaning in phrases:
            for words in spelled_out(pattern):
                self._add(words, meaning)

    def _add(self, words: Sequence[str], meaning: MeaningT) -> None:
        node = self._first
        for word in words:
            node = node.after.setdefault(word, _Node())
        if meaning not in node.means:
            node.means.append(meaning)

    def found(self, said: Sequence[str]) -> list[Found[MeaningT]]:
        """Return the phrases that stand in these words, without those within a longer one."""
        return list(_outermost(self.every(said)))

    def every(self, said: Sequence[str]) -> list[Found[MeaningT]]:
        """Return the longest phrase that begins at each word, also within another one."""
        every: list[Found[MeaningT]] = []
        for start in range(len(said)):
            if start and said[start - 1] in _DENIALS:
                continue
            longest = max(
                self._from(self._first, said, start, ()), key=lambda one: one[0], default=None
            )
            if longest:
                end, words, node = longest
                every.append(Found(start, end, words, tuple(node.means)))
        return every

    def _from(
        self, node: _Node[MeaningT], said: Sequence[str], at: int, words: tuple[str, ...]
    ) -> Iterator[tuple[int, tuple[str, ...], _Node[MeaningT]]]:
        if node.means:
            yield at, words, node
        if (gap := node.after.get(_GAP)) is not None:
            for later in range(at, min(at + _REACHES, len(said)) + 1):
                for end, beyond, last in self._from(gap, said, later, ()):
                    yield end, (*words, _GAP, *beyond), last
        if at == len(said):
            return
        word = said[at]
        following = node.after.get(word)
        if following is None and word[0].isdecimal():
            following = node.after.get(_NUMBER)
        if following is not None:
            yield from self._from(following, said, at + 1, (*words, word))


def _outermost(every: Sequence[Found[MeaningT]]) -> Iterator[Found[MeaningT]]:
    nearest = {one.end: one.start for one in every if one.open}
    reached = 0
    for one in every:  # they begin one behind the other: only an earlier one can hold a later
        if one.end > reached and not (one.open and nearest[one.end] > one.start):
            reached = one.end
            yield one


def spelled_out(pattern: str) -> Iterator[tuple[str, ...]]:
    """Yield the phrases that a pattern stands for, in the words of `words_of`."""
    for chosen in product(*(slot.split("|") for slot in pattern.split())):
        if words := tuple(words_of(" ".join(word for word in chosen if word))):
            yield words


def words_of(text: str, *, parted: bool = False) -> list[str]:
    """Return the words of a text as phrases know them; `parted` names are `Two Words` each."""
    if parted:
        text = _CAMEL.sub(" ", text).replace("_", " ")
    text = text.replace("’", "'").casefold()  # noqa: RUF001
    for short, long in _SHORT:
        text = text.replace(short, long)
    return [word for word in _WORD.findall(text) if word not in _FILLERS]


def readings_of(text: str) -> Iterator[list[str]]:
    """Yield the words of a text as they stand, parted, and with each file in it said as `file`.

    However long its path is, a file is one word of those that a phrase leaves open.
    """
    yield words_of(text)
    yield words_of(text, parted=True)
    if (named := _TOKEN.sub(_file, text)) != text:
        yield words_of(named)


def _file(token: re.Match[str]) -> str:
    return "file" if _A_FILE.search(token[0]) else token[0]
