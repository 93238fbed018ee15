"""Templates: what lines have in common, learnt from the lines alone, with one way for all logs.

Lines whose words are the same are of one template. Where words differ in one place, and the
others stay, that place holds a value once enough different words have stood there: then those
lines are one template, and were from the beginning.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.intake.logs.lines import VALUE, Reader, Word, message_of, spelled

Words = tuple[str, ...]

# As many different words in one place make it a value's. A line's first word mostly says what it
# is about, and between few words one that differs says more: there it takes more of them; where a
# value was seen already, fewer.
_VALUES = 4
_VALUES_AT_FIRST, _VALUES_OF_SHORT, _VALUES_BESIDE_VALUE = 12, 6, 2
_SHORT = 3
FEWEST_OTHERS = 2
# Lines that are all different teach nothing: from so many kinds on a new one is told by how it
# begins, and from twice as many on by nothing.
MOST_KINDS = 20_000
BEGINNING = 3
# How many places are watched for values: a few hundred bytes each.
MOST_PLACES = 250_000


@dataclass
class Kind:
    """Lines with the same words: the first of them, and how many there were."""

    number: int
    words: Words
    example: str
    lines: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Template:
    """What lines have in common: as text with `<*>` for values; how many, the first and last."""

    id: str
    text: str
    lines: int
    first: int
    last: int


class Miner:
    """Learns templates line by line."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._kinds: dict[Words, Kind] = {}
        self._of: list[int] = []  # of each kind the one that it was joined with; itself at first
        # Of a place in words, told by the hash of all the others, what stood there: in which kind.
        self._stood: dict[int, dict[str, int]] = {}
        self._lines = 0

    @property
    def kinds(self) -> int:
        """How many kinds of lines there are; they are numbered from 0."""
        return len(self._of)

    def learn(self, line: str) -> int:
        """Read one more line; return the number of its kind, see `template_of`."""
        self._lines += 1
        message = message_of(line)
        words = self._reader.words(message)
        kind = self._kinds.get(words)
        if kind is None and len(self._kinds) >= MOST_KINDS:
            words = self._coarse(words)
            kind = self._kinds.get(words)
        if kind is None:
            kind = Kind(len(self._of), words, message, first=self._lines)
            self._kinds[words] = kind
            self._of.append(kind.number)
            if len(self._kinds) <= MOST_KINDS and len(self._stood) < MOST_PLACES:
                self._join(kind)
        kind.lines += 1
        kind.last = self._lines
        return kind.number

    def template_of(self, number: int) -> str:
        """Return the id of the template that a kind belongs to by now."""
        return f"t{self._root(number) + 1}"

    def templates(self) -> list[Template]:
        """Return the templates, the most frequent first."""
        of: dict[int, list[Kind]] = defaultdict(list)
        for kind in self._kinds.values():
            of[self._root(kind.number)].append(kind)
        found = [_template(f"t{root + 1}", kinds) for root, kinds in of.items()]
        return sorted(found, key=lambda one: (-one.lines, one.first))

    def _coarse(self, words: Words) -> Words:
        if len(self._kinds) >= 2 * MOST_KINDS:
            return (VALUE,)
        return (*words[:BEGINNING], VALUE)

    def _join(self, kind: Kind) -> None:
        """Join a new kind with those that differ from it in a value's place."""
        words = kind.words
        constant = sum(word is not VALUE for word in words)
        for place, word in enumerate(words):
            others = constant - (word is not VALUE)
            if others < FEWEST_OTHERS:
                continue
            beside = hash((place, *words[:place], VALUE, *words[place + 1 :]))
            stood = self._stood.setdefault(beside, {})
            stood.setdefault(word, kind.number)
            if len(stood) >= enough(place, others, stood):
                self._unite(stood)

    def _unite(self, stood: Mapping[str, int]) -> None:
        numbers = iter(stood.values())
        first = self._root(next(numbers))
        for number in numbers:
            other = self._root(number)
            first, last = min(first, other), max(first, other)
            self._of[last] = first

    def _root(self, number: int) -> int:
        while self._of[number] != number:
            self._of[number] = self._of[self._of[number]]
            number = self._of[number]
        return number


def enough(place: int, others: int, stood: Mapping[str, object]) -> int:
    """Return how many different words in a place make it a value's."""
    if VALUE in stood:
        return _VALUES_BESIDE_VALUE
    if place == 0:
        return _VALUES_AT_FIRST
    return _VALUES_OF_SHORT if others < _SHORT else _VALUES


def _template(id_: str, kinds: Sequence[Kind]) -> Template:
    return Template(
        id_,
        _text(kinds),
        sum(kind.lines for kind in kinds),
        min(kind.first for kind in kinds),
        max(kind.last for kind in kinds),
    )


def _text(kinds: Sequence[Kind]) -> str:
    """Return the text of the first line, with `<*>` wherever one of the kinds has other words."""
    example = min(kinds, key=lambda kind: kind.first)
    alike = [kind.words for kind in kinds if len(kind.words) == len(example.words)]
    said = spelled(example.example)
    if len(said) != len(example.words):  # it is told by how it begins
        return f"{' '.join(word.said for word in said[:BEGINNING])} {VALUE}".lstrip()
    parts: list[str] = []
    at = 0
    for place, word in enumerate(said):
        if word.said is VALUE or any(words[place] != word.said for words in alike):
            parts += [example.example[at : word.start], VALUE]
            at = closed(example.example, word)
    return "".join([*parts, example.example[at:]])


def closed(message: str, word: Word) -> int:
    """Return where a value ends, with the bracket that closes what was opened in it."""
    value = message[word.start : word.end]
    following = message[word.end : word.end + 1]
    opening = dict(zip(")]}>", "([{<", strict=True)).get(following)
    if opening and value.count(opening) > value.count(following):
        return word.end + 1
    return word.end
