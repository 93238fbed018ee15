"""Past issues that are like one, why, and what helped then; pure.

The same alert says the most, then what grouped it, its class, its services, and rare words of its
title. Each ground is said, so that whoever reads it can judge it; a common word alone is none.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.model.issue import Entry, Issue
from fettle.triage.reading import tokens

_ALERT = 5.0
_GROUP = 3.0
_CLASS = 2.0
_SERVICE = 1.0
_WORDS = 3.0  # for a title that shares all of its words, weighed by how rare they are
_LEAST = 1.5  # below it, two issues have next to nothing in common: one service, a common word
_MOST_OF_IT = 0.75  # of its words: who speaks of so many speaks alike
_SHORTEST = 4
_ORDINARY = frozenset(
    re.findall(
        r"\w+",
        """about after again also been before does down error errors fails failed from have high
        issue just more page problem service slow some that them then there they this time very
        were what when where with""",
    )
)
HELPED = (
    *("root-cause", "fix-done", "fix-undone", "remedy-helped", "remedy-undone"),
    *("resolved", "closed"),
)


@dataclass(frozen=True)
class Past:
    """An issue that is over, and whether one of its alerts is one of the issue in question."""

    issue: Issue
    same_alert: bool


@dataclass(frozen=True)
class Similar:
    """A past issue that is like one: how much, and why."""

    issue: Issue
    score: float
    why: tuple[str, ...]


def words_of(title: str) -> frozenset[str]:
    """Return the words of a title that can tell it from others."""
    return frozenset(
        word
        for word in tokens(title)
        if len(word) >= _SHORTEST and word.isalnum() and word not in _ORDINARY
    )


def similar(issue: Issue, past: Sequence[Past], most: int) -> list[Similar]:
    """Return the past issues that are most like one, the likest first."""
    known = Counter(word for one in past for word in words_of(one.issue.title))
    found = [_compared(issue, one, known, len(past)) for one in past]
    enough = [one for one in found if one.score >= _LEAST]
    return sorted(enough, key=lambda one: (-one.score, -one.issue.number))[:most]


def _compared(issue: Issue, past: Past, known: Mapping[str, int], many: int) -> Similar:
    grounds = list(_grounds(issue, past, known, many))
    score = round(sum(weight for weight, _ in grounds), 2)
    return Similar(past.issue, score, tuple(why for _, why in grounds))


def _grounds(
    issue: Issue, past: Past, known: Mapping[str, int], many: int
) -> Iterator[tuple[float, str]]:
    mine, its = issue.classification, past.issue.classification
    if past.same_alert:
        yield _ALERT, "the same alert fired"
    if issue.group is not None and issue.group == past.issue.group:
        yield _GROUP, "its alerts were grouped alike"
    if mine.class_ is not None and mine.class_ == its.class_:
        yield _CLASS, f"both are {mine.class_}"
    shared = [name for name in mine.services if name in its.services]
    if shared:
        yield _SERVICE * min(len(shared), 2), f"both are about {', '.join(shared[:3])}"
    words = words_of(issue.title)
    common = words & words_of(past.issue.title)
    if common:
        yield _spoken(words, common, known, many)


def speaking_alike(words: frozenset[str], past: Sequence[Issue], most: int) -> list[Similar]:
    """Return the past issues that speak as an error does, the likest first.

    All that was said first of an issue counts: people write a title of their own over an error.
    One word alone is no ground: it may be the name of what fails in a hundred ways.
    """
    told = [(one, words_of(f"{one.title}\n{one.description}")) for one in past]
    known = Counter(word for _, its in told for word in its)
    found = []
    for one, its in told:
        common = words & its
        if len(common) > 1:
            score, why = _spoken(words, common, known, len(past))
            if len(common) >= _MOST_OF_IT * len(words):  # among many alike the word left looks rare
                score = max(score, _LEAST)
            found.append(Similar(one, round(score, 2), (why,)))
    enough = [one for one in found if one.score >= _LEAST]
    return sorted(enough, key=lambda one: (-one.score, -one.issue.number))[:most]


def _spoken(
    words: frozenset[str], common: frozenset[str], known: Mapping[str, int], many: int
) -> tuple[float, str]:
    share = _weight(common, known, many) / _weight(words, known, many)
    rarest = sorted(common, key=lambda word: (known[word], word))
    return _WORDS * share, f"both speak of {', '.join(rarest[:4])}"


def _weight(words: Iterable[str], known: Mapping[str, int], many: int) -> float:
    """Return how much words tell: a word that stands in each title tells little."""
    return sum(math.log(1 + (1 + many) / (1 + known.get(word, 0))) for word in words)


def helped(timeline: Sequence[Entry]) -> list[Entry]:
    """Return what helped with an issue: its cause, what worked, and how it ended."""
    undone = {entry.detail.get("plan") for entry in timeline if entry.event == "fix-undone"}
    undone |= {entry.detail.get("attempt") for entry in timeline if entry.event == "remedy-undone"}
    last: dict[str, Entry] = {}
    fixes: dict[str, Entry] = {}
    for entry in timeline:
        if entry.event == "fix-done":
            plan = entry.detail.get("plan", "")
            if entry.detail.get("verified") == "true" and plan not in undone:
                fixes[plan] = entry
        elif entry.event == "remedy-helped" and entry.detail.get("attempt") in undone:
            continue
        elif entry.event in HELPED and entry.text:
            last[entry.event] = entry
    ordered = (
        last.get("root-cause"),
        *fixes.values(),
        last.get("remedy-helped"),
        last.get("resolved"),
        last.get("closed"),
    )
    return [entry for entry in ordered if entry is not None]
