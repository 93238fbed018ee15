"""Templates of one log as they grow, with ids that stay; pure.

It is the way of `templates` for a log that never ends: where enough different words have stood in
one place, that place holds a value, and the templates that differed in it are one, the oldest of
them. What came of them goes with them, so that their number grows with what a log can say, and not
with the values in it. Errors and what is less are never one template, whatever they say; nor are
lines with a trace and those without, unless they say the very same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fettle.intake.logs.lines import VALUE, spelled
from fettle.intake.logs.templates import BEGINNING, FEWEST_OTHERS, Words, closed, enough
from fettle.model.log import Kind, Level

# Stands for whatever comes behind it, where a log has too many templates to tell more apart.
MORE = "…"
_COARSE = 500
_PLACES = 40  # of a line, from its beginning, that are watched for values
_STEPS = 500  # in looking for a template; what takes more is a new one

_Apart = tuple[bool, bool]


@dataclass(eq=False)
class Grown:
    """A template: its id (None until it is kept), its words, a line of it."""

    id: int | None
    words: Words
    grave: bool
    example: str
    level: Level = Level.UNKNOWN
    raised: bool = False
    into: "Grown | None" = None
    changed: bool = False

    @property
    def apart(self) -> "_Apart":
        """What it has in common with all that it may ever be one with."""
        return self.grave, self.raised

    @property
    def last(self) -> "Grown":
        """The template that it is a part of by now; itself, mostly."""
        found = self
        while found.into is not None:
            found = found.into
        return found

    @property
    def text(self) -> str:
        """Its line, with `<*>` for values."""
        return text_of(self.words, self.example)


class Growth:
    """The templates of a log; `most` is how many are told apart."""

    def __init__(self, known: Iterable[Grown], most: int) -> None:
        self._most = most
        self._exact: dict[tuple[_Apart, Words], Grown] = {}
        self._trees: dict[_Apart, _Tree] = defaultdict(_Tree)
        self._stood: dict[int, dict[str, Grown]] = {}
        self.merged: list[Grown] = []
        for one in sorted(known, key=lambda one: one.id or 0):
            one.words = tuple(VALUE if word == VALUE else word for word in one.words)
            self._add(one)
            for _, beside, word in self._places(one):
                self._stood.setdefault(beside, {})[word] = one

    def __len__(self) -> int:
        return len(self._exact)

    def learn(self, kind: Kind) -> Grown:
        """Return the template of a kind of lines; look at its `last` once all are learnt."""
        grave = kind.level >= Level.ERROR
        words = tuple(VALUE if word == VALUE else word for word in kind.words) or (VALUE,)
        found = self._find((grave, kind.raised), words)
        if found is None and grave:
            found = self._with_or_without_trace(kind, words)
        if found is None:
            found = self._made(grave, words, kind)
        if kind.level > found.level:
            found.level, found.changed = kind.level, True
        return found

    def _find(self, apart: "_Apart", words: Words) -> Grown | None:
        exact = self._exact.get((apart, words))
        return exact if exact is not None else self._trees[apart].find(words)

    def _with_or_without_trace(self, kind: Kind, words: Words) -> Grown | None:
        """Return the template of the same words whose lines had none yet, or had one until now.

        Once a trace came with it, it is told as an error.
        """
        found = self._exact.get(((True, not kind.raised), words))
        if found is not None and kind.raised:
            self._remove(found)
            found.raised = found.changed = True
            self._add(found)
            if words[-1] != MORE:
                self._join(found)
        return found.last if found is not None else None

    def _made(self, grave: bool, words: Words, kind: Kind) -> Grown:
        if len(self._exact) >= self._most:
            full = len(self._exact) >= self._most + _COARSE
            words = (MORE,) if full else (*words[:BEGINNING], MORE)
            if (known := self._exact.get(((grave, kind.raised), words))) is not None:
                return known
        made = Grown(None, words, grave, kind.example, kind.level, kind.raised)
        self._add(made)
        if words[-1] != MORE:
            self._join(made)
        return made.last

    def _join(self, one: Grown) -> None:
        """Join a template with those that differ from it in a value's place."""
        for place, beside, word in list(self._places(one)):
            stood = self._stood.setdefault(beside, {})
            stood[word] = one
            others = sum(other != VALUE for other in one.words) - (word != VALUE)
            if len(stood) >= enough(place, others, stood):
                self._join(self._unite(place, stood))
                return

    def _unite(self, place: int, stood: Mapping[str, Grown]) -> Grown:
        """Make one of templates that differ in one place: the oldest, with a value there."""
        ages = {id(one): age for age, one in enumerate(self._exact.values())}
        parts = sorted(stood.values(), key=lambda one: (one.id is None, one.id or ages[id(one)]))
        for part in parts:
            self._remove(part)
        oldest, *others = parts
        oldest.words = (*oldest.words[:place], VALUE, *oldest.words[place + 1 :])
        oldest.changed = True
        for other in others:
            other.into = oldest
            oldest.level = max(oldest.level, other.level)
            self.merged.append(other)
        self._add(oldest)
        return oldest

    def _add(self, one: Grown) -> None:
        self._exact[one.apart, one.words] = one
        if one.words[-1] != MORE:
            self._trees[one.apart].add(one)

    def _remove(self, one: Grown) -> None:
        del self._exact[one.apart, one.words]
        if one.words[-1] != MORE:
            self._trees[one.apart].remove(one.words)
        for _, beside, word in self._places(one):
            if (stood := self._stood.get(beside)) is not None:
                stood.pop(word, None)
                if not stood:
                    del self._stood[beside]

    @staticmethod
    def _places(one: Grown) -> Iterator[tuple[int, int, str]]:
        """Yield the places that may hold a value, what stands beside each, and the word there."""
        words = one.words
        if words[-1] == MORE:
            return
        constant = sum(word != VALUE for word in words)
        for place, word in enumerate(words[:_PLACES]):
            if constant - (word != VALUE) >= FEWEST_OTHERS:
                beside = (*one.apart, place, *words[:place], VALUE, *words[place + 1 :])
                yield place, hash(beside), word


class _Tree:
    """Templates by their words, one after the other: finds the one whose values cover a line."""

    def __init__(self) -> None:
        self._root: dict[str, object] = {}

    def add(self, one: Grown) -> None:
        node = self._root
        for word in one.words:
            node = node.setdefault(word, {})  # type: ignore[assignment]
        node[""] = one  # no word is empty

    def remove(self, words: Words) -> None:
        path = [self._root]
        for word in words:
            path.append(path[-1][word])  # type: ignore[arg-type]
        del path[-1][""]
        for word, node in zip(reversed(words), reversed(path[:-1]), strict=True):
            if not node[word]:
                del node[word]

    def find(self, words: Words) -> Grown | None:
        """Return the template of a line, the one with the fewest values at its beginning."""
        ways: list[tuple[dict[str, object], int]] = [(self._root, 0)]
        for _ in range(_STEPS):
            if not ways:
                return None
            node, place = ways.pop()
            if place == len(words):
                found = node.get("")
                if isinstance(found, Grown) and _says_enough(found.words):
                    return found
                continue
            for word in dict.fromkeys((VALUE, words[place])):  # the last is looked at first
                below = node.get(word)
                if isinstance(below, dict):
                    ways.append((below, place + 1))
        return None


def _says_enough(words: Words) -> bool:
    return sum(word != VALUE for word in words) >= FEWEST_OTHERS


def text_of(words: Words, example: str) -> str:
    """Return a line with `<*>` wherever its template holds a value."""
    said = spelled(example)
    if len(said) != len(words):
        return " ".join(words)
    parts: list[str] = []
    at = 0
    for place, word in enumerate(said):
        if words[place] == VALUE:
            parts += [example[at : word.start], VALUE]
            at = closed(example, word)
    return "".join([*parts, example[at:]])
