"""What a review says before anybody has written it: all that the issue itself can tell.

Facts come from the timeline, the milestones and the outbox. What only people know is asked for by
prompts, which stand as quotes (`> `): a section that holds nothing else is not answered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.actor import who
from fettle.model.issue import Entry, Issue, Milestones
from fettle.model.quantity import say_count, say_duration
from fettle.model.review import SECTIONS
from fettle.review.markdown import shown

_MOST = 60
_FOUND = frozenset(("identified", "diagnosed"))
_DONE = frozenset(
    ("investigating", "fixing", "monitoring", "deployed", "held", "resumed", "reopened", "resolved")
)
PROMPTS: Mapping[str, str] = {
    "summary": "Say in three sentences, for who was not there, what happened and why.",
    "found": "What turned out to be wrong, and how was it found?",
    "done": "What was done, in which order, and did it help?",
    "causes": "What made it possible, and what made it worse? Conditions, decisions, not people, "
    "and seldom only one.",
    "went-well": "What was noticed, decided or done well, and should stay so?",
    "went-badly": "What took long, misled, or was missing?",
    "lucky": "What would have made it much worse, and happened not to be so?",
}
_PEOPLES = ("causes", "went-well", "went-badly", "lucky")


@dataclass(frozen=True)
class Told:
    """Something that was told of the issue, and whether it came to its receiver."""

    receiver: str
    event: str
    at: datetime
    came: bool


@dataclass(frozen=True)
class Known:
    """What is known of an issue when its review is drafted.

    `breached` are sentences about promises that were not kept; `found` and `done` are more
    sentences of what was found and done than the timeline holds; `returned` is the issue that this
    one is the return of, and `again` those that were the return of this one.
    """

    issue: Issue
    timeline: Sequence[Entry]
    told: Sequence[Told] = ()
    found: Sequence[str] = ()
    done: Sequence[str] = ()
    returned: int | None = None
    again: Sequence[int] = ()


def draft(known: Known) -> dict[str, str]:
    """Return the sections of a review, as far as they can be told."""
    made = {
        "summary": _paragraphs(_summary(known)),
        "impact": _list(_impact(known)),
        "milestones": _milestones(known.issue.milestones),
        "found": _list(_found(known)) or _prompt("found"),
        "done": _list(_done(known)) or _prompt("done"),
        "told": _list(_told(known.told)) or "Nobody was told by Fettle.",
        **{name: _prompt(name) for name in _PEOPLES},
    }
    return {name: made[name] for name in SECTIONS}


def answered(text: str) -> bool:
    """Whether a section says something beside its prompts."""
    return any(line.strip() and not line.lstrip().startswith(">") for line in text.splitlines())


def unasked(section: str, text: str) -> str:
    """Return what a section says without the prompt that it was drafted with."""
    prompt = _prompt(section) if section in PROMPTS else None
    return "\n".join(line for line in text.splitlines() if line.strip() != prompt).strip()


def _summary(known: Known) -> Iterator[str]:
    issue = known.issue
    made, seen = issue.classification, issue.milestones
    about = f" about {', '.join(map(shown, made.services))}" if made.services else ""
    lasted = f" It lasted {_between(seen.started, seen.resolved)}." if seen.resolved else ""
    yield (
        f"**{shown(issue.title)}**: a {made.priority} of severity {made.severity} "
        f"({shown(made.class_ or made.category)}){about}, from {_moment(seen.started)} on.{lasted}"
    )
    if known.returned is not None:
        yield f"It is the return of #{known.returned}, which was called fixed."
    if known.again:
        yield f"It came back as {', '.join(f'#{number}' for number in known.again)}."
    yield _prompt("summary")


def _impact(known: Known) -> Iterator[str]:
    made = known.issue.classification
    if made.impact:
        yield shown(made.impact)
    if made.services:
        yield f"services: {', '.join(map(shown, made.services))}"
    yield say_count(known.issue.signals, "signal") + " told of it"
    for entry in known.timeline:
        if entry.event.endswith("-breached"):
            promise = entry.event.removesuffix("-breached")
            yield f"the promise of {shown(promise)} was not kept, from {_moment(entry.at)} on"


def _milestones(seen: Milestones) -> str:
    told = (
        ("started", seen.started),
        ("detected", seen.detected),
        ("acknowledged", seen.acknowledged),
        ("mitigated", seen.mitigated),
        ("resolved", seen.resolved),
    )
    rows = ["| milestone | at (UTC) | after the start |", "| --- | --- | --- |"]
    for name, at in told:
        after = "" if at is None or name == "started" else _after(seen.started, at)
        rows.append(f"| {name} | {'not noted' if at is None else _moment(at)} | {after} |")
    return "\n".join(rows)


def _after(start: datetime, at: datetime) -> str:
    return "at once" if at == start else _between(start, at)


def _found(known: Known) -> Iterator[str]:
    yield from map(shown, known.found)
    yield from _entries(entry for entry in known.timeline if entry.event in _FOUND and entry.text)


def _done(known: Known) -> Iterator[str]:
    yield from map(shown, known.done)
    yield from _entries(
        entry
        for entry in known.timeline
        if entry.event in _DONE or entry.event.startswith(("fix-", "deploy")) or _said(entry)
    )


def _said(entry: Entry) -> bool:
    return entry.event == "note"


def _entries(entries: Iterable[Entry]) -> Iterator[str]:
    told = list(entries)
    for entry in told[:_MOST]:
        text = f": {shown(entry.text)}" if entry.text else ""
        yield f"{_moment(entry.at)} {shown(entry.event)}, {shown(who(entry.actor))}{text}"
    if len(told) > _MOST:
        yield f"… and {say_count(len(told) - _MOST, 'more entry', 'more entries')} in the timeline"


def _told(told: Sequence[Told]) -> Iterator[str]:
    for receiver in dict.fromkeys(one.receiver for one in told):
        own = [one for one in told if one.receiver == receiver]
        first = min(one.at for one in own)
        events = ", ".join(dict.fromkeys(shown(one.event) for one in own))
        missed = sum(not one.came for one in own)
        lost = f"; {missed} did not arrive" if missed else ""
        yield f"{shown(receiver)}: {events}, from {_moment(first)} on{lost}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _paragraphs(parts: Iterable[str]) -> str:
    return "\n\n".join(parts)


def _prompt(section: str) -> str:
    return f"> {PROMPTS[section]}"


def _between(start: datetime, end: datetime) -> str:
    return say_duration(end - start)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
