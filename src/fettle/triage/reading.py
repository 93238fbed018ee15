"""What a text says of trouble: which signs stand in it, and which are denied, over or imagined.

A text is read clause by clause. In a clause a denial reaches over the words that follow it; a
drill, a plan or a lesson takes back the trouble of its clause; a correction of the documentation
takes back what the page is about; "resolved" takes back the trouble before it, unless it goes on
or comes back; and "test alert, ignore" takes back all of it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from fettle.triage.phrases import Phrases, spelled_out
from fettle.triage.signs import (
    AGAIN,
    ALL,
    ASIDE,
    ASKED,
    BUSINESS,
    DATABASE,
    DOCUMENT,
    EDIT,
    FAILS,
    FLAW,
    MANY,
    NO,
    OVER,
    PAYMENT,
    PRETENCE,
    REHEARSED,
    SCREEN,
    SECURITY,
    SLOW,
    SOME,
    TROUBLE,
    TYPO,
    WHOLE,
    Sign,
)
from fettle.triage.words import LISTS, PHRASES, PLAIN

# What people write fits many times over; what a machine dumps says nothing new after it.
READ_AT_MOST = 20_000
_DENIAL_REACHES = 4
_HEADING_WORDS = 3

_TAG = re.compile(r"<[^<>]{1,200}>")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*|[.!?;:](?=\s|$)|[\n,()–—%]")
_ENDS = frozenset(".!?;:\n–—") | {"but", "however", "although", "though", "yet"}
_PAUSES = frozenset(",()")

# Words of these say how people speak of the trouble of a clause.
_WEAK = frozenset({FAILS, FLAW, SLOW, SECURITY})
_SPOKEN_OF = frozenset({AGAIN, PRETENCE, OVER})
_CARRIED = frozenset({DOCUMENT, ASIDE, REHEARSED})


class Mention(NamedTuple):
    """A sign, with the words that are it."""

    sign: Sign
    words: str


@dataclass
class _Clause:
    ended_by: str
    mentions: list[Mention] = field(default_factory=list)
    denied: list[Mention] = field(default_factory=list)
    length: int = 0

    def signs(self) -> set[Sign]:
        return {mention.sign for mention in self.mentions}


@dataclass(frozen=True)
class Dismissed:
    """Trouble that is spoken of and yet is none, and why."""

    mention: Mention
    because: Sign


@dataclass(frozen=True)
class Reading:
    """What stands in a text: signs with their words, those of each clause, and what is dismissed.

    `users` is the largest number of people that is named; `cut` says that the text went on.
    """

    signs: Mapping[Sign, tuple[str, ...]]
    clauses: tuple[frozenset[Sign], ...]
    dismissed: tuple[Dismissed, ...] = ()
    users: int | None = None
    cut: bool = False

    def has(self, *signs: Sign) -> bool:
        """Whether any of the signs stands."""
        standing = self.signs
        for sign in signs:  # noqa: SIM110 - a generator takes longer than all it asks
            if sign in standing:
                return True
        return False

    def together(self, one: Iterable[Sign], other: Iterable[Sign]) -> bool:
        """Whether a sign of each stands in the same clause."""
        for clause in self.clauses:
            if not clause.isdisjoint(one) and not clause.isdisjoint(other):
                return True
        return False

    @property
    def trouble(self) -> bool:
        """Whether anything stands that is trouble."""
        return not TROUBLE.isdisjoint(self.signs)


def merged(readings: Sequence[Reading]) -> Reading:
    """Return what several texts say together."""
    if len(readings) == 1:
        return readings[0]
    signs: dict[Sign, tuple[str, ...]] = {}
    for reading in readings:
        for sign, words in reading.signs.items():
            signs[sign] = tuple(dict.fromkeys((*signs.get(sign, ()), *words)))
    named = [reading.users for reading in readings if reading.users is not None]
    return Reading(
        signs,
        tuple(clause for reading in readings for clause in reading.clauses),
        tuple(dismissed for reading in readings for dismissed in reading.dismissed),
        max(named, default=None),
        any(reading.cut for reading in readings),
    )


def tokens(text: str) -> list[str]:
    """Return the words and stops of a text's beginning, in small letters, without its markup."""
    text = text[:READ_AT_MOST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")[:READ_AT_MOST]  # noqa: RUF001
    if "<" in text:
        text = _TAG.sub(" ", text)
    return _TOKEN.findall(text.casefold())


def read(text: str) -> Reading:
    """Read a text; only its first 20,000 characters count."""
    raw = tokens(text)
    clauses = [_clause(part, stop) for part, stop in _parted(raw)]
    for clause, following in pairwise(clauses):
        if clause.ended_by == ":" and clause.length <= _HEADING_WORDS:
            following.mentions += [one for one in clause.mentions if one.sign in _CARRIED]
    over, why = _taken_back(clauses)
    signs: dict[Sign, dict[str, None]] = {}
    dismissed: list[Dismissed] = []
    kept = []
    for number, clause in enumerate(clauses):
        standing = _standing(clause, why if number <= over else None, dismissed)
        for mention in standing:
            signs.setdefault(mention.sign, {})[mention.words] = None
        kept.append(frozenset(mention.sign for mention in standing))
    return Reading(
        {sign: tuple(words) for sign, words in signs.items()},
        tuple(kept),
        tuple(dismissed),
        _users(raw),
        len(text) > READ_AT_MOST,
    )


def _parted(raw: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    begin = 0
    for place in [place for place, token in enumerate(raw) if token in _ENDS]:
        if place > begin:
            yield raw[begin:place], raw[place]
        begin = place + 1
    if begin < len(raw):
        yield raw[begin:], ""


def _clause(raw: Sequence[str], ended_by: str) -> _Clause:
    words, begins, ends = plain(raw)
    words.append(".")
    begins.append(len(raw))
    ends.append(len(raw))
    clause = _Clause(ended_by, length=len(words) - 1)
    denied_from = denied_until = -1
    for at, length, signs in _phrases().found(words):
        said = " ".join(raw[begins[at] : ends[at + length - 1]])
        if NO in signs:
            clause.denied += (Mention(sign, said) for sign in signs if sign in TROUBLE)
            if not clause.denied:
                denied_from = at + length
                denied_until = denied_from + _DENIAL_REACHES
            continue
        denied = at < denied_until and "," not in words[denied_from:at]
        for sign in signs:
            mention = Mention(sign, said)
            (clause.denied if denied and sign in TROUBLE else clause.mentions).append(mention)
        if length > 1 and not TROUBLE.isdisjoint(signs):
            clause.mentions += _inside(words[at : at + length])
    return clause


# A phrase of trouble also says where and for whom: `nobody can log in` is about everybody.
_SAID_INSIDE = (
    WHOLE,
    ALL,
    MANY,
    SOME,
    AGAIN,
    PAYMENT,
    DATABASE,
    SCREEN,
    BUSINESS,
)


def _inside(words: Iterable[str]) -> Iterator[Mention]:
    inside = _single_words()
    return (Mention(sign, word) for word in words for sign in inside.get(word, ()))


@cache
def _single_words() -> Mapping[str, tuple[Sign, ...]]:
    found: dict[str, tuple[Sign, ...]] = {}
    for sign in _SAID_INSIDE:
        for words in spelled_out(PHRASES[sign], LISTS):
            if len(words) == 1:
                found[words[0]] = (*found.get(words[0], ()), sign)
    return found


def plain(raw: Sequence[str]) -> tuple[list[str], list[int], list[int]]:
    """Return the words without fillers, synonyms as one; where in `raw` each begins and ends."""
    words: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    read = 0
    for at, length, means in _plain().found(raw):
        words += raw[read:at]
        begins += range(read, at)
        ends += range(read + 1, at + 1)
        read = at + length
        for word in means[0]:
            words.append(word)
            begins.append(at)
            ends.append(read)
    words += raw[read:]
    begins += range(read, len(raw))
    ends += range(read + 1, len(raw) + 1)
    if not _PAUSES.isdisjoint(words):
        words = ["," if word in _PAUSES else word for word in words]
    return words, begins, ends


@cache
def _plain() -> Phrases[tuple[str, ...]]:
    return Phrases(
        (tuple(one.split()), tuple(meaning.split()))
        for meaning, same in PLAIN.items()
        for one in same.split(",")
    )


@cache
def _phrases() -> Phrases[Sign]:
    return Phrases(
        (tuple(plain(words)[0]), sign)
        for sign, patterns in PHRASES.items()
        for words in spelled_out(patterns, LISTS)
    )


def _taken_back(clauses: Sequence[_Clause]) -> tuple[int, Sign]:
    """Return the last clause whose trouble a later one takes back, or -1, and as what."""
    over = -1
    for number, clause in enumerate(clauses):
        signs = clause.signs()
        if _SPOKEN_OF.isdisjoint(signs):
            continue
        if AGAIN in signs:
            over = -1
        elif PRETENCE in signs:
            return len(clauses), PRETENCE
        else:
            over = number
    return over, OVER


def _standing(clause: _Clause, back: Sign | None, dismissed: list[Dismissed]) -> list[Mention]:
    dismissed += (Dismissed(mention, NO) for mention in clause.denied)
    reason = back or _dismissal(clause.signs())
    if reason is None:
        return clause.mentions
    gone = _WEAK if reason is ASKED else TROUBLE
    dismissed += (Dismissed(mention, reason) for mention in clause.mentions if mention.sign in gone)
    return [mention for mention in clause.mentions if mention.sign not in gone]


def _dismissal(signs: set[Sign]) -> Sign | None:
    """Return what in a clause takes its own trouble back."""
    if REHEARSED in signs and AGAIN not in signs:
        return REHEARSED
    if DOCUMENT in signs and not signs.isdisjoint({EDIT, TYPO}):
        return DOCUMENT
    return ASKED if ASKED in signs else None


_PEOPLE = frozenset(
    {
        "users",
        "customers",
        "clients",
        "people",
        "visitors",
        "accounts",
        "tenants",
        "subscribers",
        "merchants",
        "employees",
        "colleagues",
        "patients",
        "students",
        "members",
        "buyers",
        "shoppers",
        "sessions",
        "seats",
    }
)
_LARGEST = 10**10


def _users(raw: Sequence[str]) -> int | None:
    """Return the largest number that stands before people: `1,200 of our paying customers`."""
    if _PEOPLE.isdisjoint(raw):
        return None
    found: list[int] = []
    for place, word in enumerate(raw):
        if word in _PEOPLE:
            found += (
                number
                for before in raw[max(0, place - 4) : place]
                if (number := _number(before)) is not None
            )
    return max(found, default=None)


_WHOLE = re.compile(r"\d{1,10}|\d{1,3}(?:[.,]\d{3}){1,3}|\d{1,4}(?:[.,]\d)?k")


def _number(word: str) -> int | None:
    if not word.isascii() or not _WHOLE.fullmatch(word):
        return None
    if word.endswith("k"):
        return round(float(word[:-1].replace(",", ".")) * 1000)
    return int(word.replace(",", "").replace(".", ""))
