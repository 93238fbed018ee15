"""What a known error would match before it is kept, of the latest errors and issues.

A phrase that is too broad is seen here: how many it would take, which of them are known as
something else today, and which would not be known for sure any more.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta

from fettle.errors import Refused
from fettle.flow import error_news as told
from fettle.flow.knowing import Knowing
from fettle.flow.recognise_again import latest
from fettle.flow.solving import Solver
from fettle.model.known_error import ErrorFacts, KnownError, Recognised
from fettle.resolution.recognise import LIKENESS, Recogniser
from fettle.store import known_errors
from fettle.store.known_errors import LatestError
from fettle.store.statements import Connection

_MOST = 200  # errors, and issues
_PART = 25
_LONGEST = timedelta(seconds=3)  # somebody waits; it is said of how many it was tried
_FEWEST = 10  # of fewer, half of them says nothing


@dataclass(frozen=True)
class Subject:
    """An error or an issue that it is tried on."""

    error: int | None
    issue: int | None
    title: str
    text: str
    facts: ErrorFacts = field(default_factory=ErrorFacts)


@dataclass(frozen=True)
class Tried:
    """An error or an issue for which it changes something, and what that is known as today."""

    subject: Subject
    today: str | None
    evidence: Sequence[str] = ()


@dataclass(frozen=True)
class Trial:
    """What came of it: of how many errors and issues, those it would match, by which signs.

    `unsure` are those that are known today, and would not be any more.
    """

    errors: int
    issues: int
    matched: Sequence[Tried]
    unsure: Sequence[Tried]

    @property
    def signs(self) -> Sequence[tuple[str, int]]:
        """By what it would be told, and how often, the most frequent first."""
        signs = (sign for one in self.matched for sign in one.evidence if sign != LIKENESS)
        return Counter(signs).most_common(5)

    @property
    def today(self) -> Sequence[tuple[str, int]]:
        """What those that it would match are known as today, and how many."""
        return Counter(one.today for one in self.matched if one.today is not None).most_common()

    @property
    def is_broad(self) -> bool:
        """Whether it would match half of everything."""
        number = self.errors + self.issues
        return number >= _FEWEST and 2 * len(self.matched) >= number


async def of(connection: Connection, solver: Solver, knowing: Knowing, known: KnownError) -> Trial:
    """Try a known error on the latest errors and issues, as far as that goes within seconds.

    One that is known already is tried in its place.
    """
    before = knowing.read()
    after = Recogniser({**before.catalogue, known.id: known})
    clock = solver.desk.clock
    until = clock.now() + _LONGEST
    numbers, matched, unsure = Counter[bool](), list[Tried](), list[Tried]()
    async with aclosing(_subjects(connection, solver)) as subjects:
        async for subject in subjects:
            if clock.now() > until:
                break
            numbers[subject.issue is None] += 1
            new = await asyncio.to_thread(after.recognise, subject.text, subject.facts)
            if known.id not in before.catalogue and not _touches(new, known.id):
                continue
            old = await asyncio.to_thread(before.recognise, subject.text, subject.facts)
            if _known(new) == known.id:
                matched.append(Tried(subject, _known(old), new.matches[0].evidence))
            elif old.answered and not new.answered:
                unsure.append(Tried(subject, _known(old)))
    return Trial(numbers[True], numbers[False], matched, unsure)


def refuse_broad(trial: Trial) -> None:
    """Raise Refused for what would match half of everything."""
    if trial.is_broad:
        number = trial.errors + trial.issues
        told_by = ", ".join(sign for sign, _ in trial.signs[:3])
        raise Refused(
            f"it would match {len(trial.matched)} of the last {number} errors and issues, told by "
            f"{told_by}",
            remedy="write what only this error says; or say that it is so (broad)",
        )


def _touches(found: Recognised, id_: str) -> bool:
    return any(one.known.id == id_ for one in found.matches)


def _known(found: Recognised) -> str | None:
    return found.matches[0].known.id if found.answered else None


async def _subjects(connection: Connection, solver: Solver) -> AsyncGenerator[Subject, None]:
    after: LatestError | None = None
    for _ in range(_MOST // _PART):
        found = await latest(connection, solver, after, _PART)
        for subject in _of_errors(found):
            yield subject
        if len(found) < _PART:
            break
        after = found[-1]
    for one in await known_errors.latest_issues(connection, _MOST, live=False):
        yield Subject(None, one.number, one.title, one.text)


def _of_errors(found: Sequence[LatestError]) -> Iterator[Subject]:
    for one in found:
        if one.event is not None:
            text, facts = told.as_told(one.event)
            yield Subject(one.id, None, one.title, text, facts)
