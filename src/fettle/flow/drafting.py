"""A known error, drafted from an error or an issue: what they tell, for a person to write on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fettle.errors import NotFound
from fettle.flow import error_news as told
from fettle.flow import solution
from fettle.flow.error_news import SOURCE
from fettle.intake.errors import masks
from fettle.model.error_event import ErrorEvent
from fettle.model.known_error import ErrorFacts, Signs
from fettle.resolution.catalogue import MOST_GAPS, MOST_WORDS
from fettle.resolution.told_facts import facts_in
from fettle.store import errors_shown, issues
from fettle.store.statements import Connection
from fettle.triage.similar import HELPED

_LONGEST_TITLE = 200
_LONGEST_SOLUTION = 2_000
_SOLVED = frozenset({"root-cause"})  # says why, and not what helped


@dataclass(frozen=True)
class Draft:
    """What is known already; the rest is for a person to write."""

    title: str
    cause: str
    solutions: Sequence[str]
    certain: Signs = field(default_factory=Signs)
    hint: Signs = field(default_factory=Signs)


async def of_error(connection: Connection, error: int) -> Draft:
    """Return what an application's error tells, with what its issue was solved by."""
    shown = await errors_shown.find(connection, error)
    if shown is None:
        raise NotFound(f"there is no error {error}", remedy="fettle error list shows them")
    latest = await errors_shown.events_of(connection, shown.group.id, None, 1)
    event = None
    if latest:
        whole = await errors_shown.find_event(connection, shown.group, latest[0].event_id)
        event = whole.event if whole else None
    issue = await errors_shown.issue_of(connection, SOURCE, str(shown.group.id))
    cause, solutions = await _noted(connection, issue)
    text = told.as_told(event)[0] if event else shown.group.title
    class_ = _class(event)
    signs = signs_of(_said(event) or shown.group.title, text, [class_] if class_ else [])
    return Draft(shown.group.title[:_LONGEST_TITLE], cause, solutions, *signs)


async def of_issue(connection: Connection, number: int) -> Draft:
    """Return what an issue tells, with what it was solved by."""
    issue = await issues.find(connection, number)
    text = (await solution.told(connection, issue)).text
    cause, solutions = await _noted(connection, number)
    title = issue.title[:_LONGEST_TITLE]
    return Draft(title, cause, solutions, *signs_of(text.partition("\n")[0], text, []))


async def _noted(connection: Connection, issue: int | None) -> tuple[str, list[str]]:
    """Return the root cause that people stated of an issue, and what they say has helped."""
    if issue is None:
        return "", []
    entries = (await issues.timelines(connection, [issue], HELPED)).get(issue, [])
    causes = [one.text for one in entries if one.event in _SOLVED and one.text]
    helped = [one.text for one in entries if one.event not in _SOLVED and one.text]
    lines = [" ".join(one.split())[:_LONGEST_SOLUTION] for one in helped]
    return causes[-1] if causes else "", list(dict.fromkeys(lines))


def _class(event: ErrorEvent | None) -> str | None:
    name = event.raised[-1].type if event and event.raised else None
    return name.replace("::", ".").rpartition(".")[2] if name else None


def _said(event: ErrorEvent | None) -> str | None:
    if event is None:
        return None
    return next((one.value for one in reversed(event.raised) if one.value), event.message) or None


def signs_of(said: str, text: str, classes: Sequence[str]) -> tuple[Signs, Signs]:
    """Return what an error may be told by, as certain and as hints: its message, and its facts.

    The message tells it, without its values. A fact, as a TypeError or a status of 500, is that of
    many errors: it decides between equals, unless nothing was said.
    """
    told = list(facts_in(text))
    facts = Signs(
        sqlstate=_once(one.sqlstate for one in told),
        errno=_once(one.errno for one in told),
        status=_statuses(told),
        exception=tuple(classes),
    )
    phrase = phrase_of(masks.masked(said))
    return (Signs(says=(phrase,)), facts) if phrase else (facts, Signs())


def _once(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:5]


def _statuses(facts: Sequence[ErrorFacts]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.status for one in facts if one.status and one.status >= 400))[:5]


def phrase_of(masked: str) -> str:
    """Return a masked message as a phrase: what was masked is left open between the words."""
    words: list[str] = []
    gaps = 0
    for word in masked.replace("|", " ").split():
        bare = word.replace(masks.MASK, "").strip(".,;:!?'\"()[]{}<>…")
        if bare and len(words) - gaps < MOST_WORDS - MOST_GAPS:
            words.append(bare)
        elif words and words[-1] != "…":
            if gaps == MOST_GAPS:
                break
            words.append("…")
            gaps += 1
    while words and words[-1] == "…":
        words.pop()
    return " ".join(words)
