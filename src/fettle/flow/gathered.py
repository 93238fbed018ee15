"""What waits for a receiver, made into what it is told: in order, and not too much of it; pure.

1. Of an issue one thing is told after the other, in the order in which they were said.
2. The end of an issue, or that it is part of another one, is told with all that was not told of it
   before, in one: nobody hears that something is new when it is over, or is asked to take what has
   gone on elsewhere. Of several calls that wait the last tells of them all.
3. A receiver that had its fill is told the rest together, once the oldest has waited for a while:
   the worst is told singly as long as there is room, and named first. What tells of an end, or of a
   broken promise, waits for nothing. What is quiet is gathered in any case.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from fettle.model.issue import Status
from fettle.model.notification import Event, Message, Queued
from fettle.model.severity import Severity

GATHERING = timedelta(seconds=15)
_NAMED = 20
_TOLD_LATE = 10
_AT_ONCE = (Event.RESOLVED, Event.BREACHED)


@dataclass(frozen=True)
class Said:
    """One thing that a receiver is told, and the messages that it tells of, the first one first.

    It goes by the id of the last: what has been added to makes another notification of it.
    """

    queued: Queued
    of: tuple[Queued, ...]

    @property
    def ids(self) -> tuple[UUID, ...]:
        """The ids of what it tells of."""
        return tuple(one.id for one in self.of)

    @property
    def since(self) -> datetime:
        """When the oldest of what it tells of was said."""
        return min(one.created_at for one in self.of)

    @property
    def issues(self) -> frozenset[int]:
        """The issues that it tells of."""
        return frozenset(one.message.issue for one in self.of if one.message.issue is not None)

    @property
    def events(self) -> str:
        """What happened, in words: `opened and resolved`."""
        *before, last = dict.fromkeys(str(one.message.event) for one in self.of)
        return f"{', '.join(before)} and {last}" if before else last


@dataclass(frozen=True)
class Gathered:
    """What a receiver is told now, in this order, and what is put off."""

    now: tuple[Said, ...]
    later: tuple[Said, ...] = ()


def gathered(waiting: Sequence[Queued], had: int, most: int, now: datetime) -> Gathered:
    """Return what a receiver is told that had so many in the last minute, at most so many."""
    told = list(together(waiting))
    urgent = {issue for said in told if _is_urgent(said) for issue in said.issues}
    at_once = [said for said in told if _is_urgent(said) or said.issues & urgent]
    rest = [said for said in told if said not in at_once]
    loud = {issue for said in rest if not said.queued.message.quiet for issue in said.issues}
    quiet = [said for said in rest if said.queued.message.quiet and not said.issues & loud]
    other = [said for said in rest if said not in quiet]
    last = [digest(quiet)] if quiet else []
    last += [digest(at_once)] if len(at_once) > most else at_once
    room = max(0, most - had)
    if len(other) <= room:
        return Gathered((*other, *last))
    singly = _worst_first(other)[: max(0, room - 1)]
    more = [said for said in other if said not in singly]  # in order: see Said of its id
    if room or now - min(said.since for said in more) >= GATHERING:
        return Gathered((*singly, digest(more), *last))
    return Gathered((*singly, *last), tuple(more))


def _is_urgent(said: Said) -> bool:
    """Whether it waits for nothing; the end of what is quiet can wait."""
    return any(one.message.event in _AT_ONCE and not one.message.quiet for one in said.of)


def together(waiting: Sequence[Queued]) -> Iterator[Said]:
    """Yield what is told of messages, given in the order in which they were said."""
    chains: dict[int | UUID, list[list[Queued]]] = defaultdict(list)
    for one in waiting:
        issue = one.message.issue
        _append(chains[one.id if issue is None else issue], one)
    places = {one.id: place for place, one in enumerate(waiting)}
    parts = [part for chain in chains.values() for part in chain]
    yield from map(in_one, sorted(parts, key=lambda part: places[part[-1].id]))


def _append(chain: list[list[Queued]], one: Queued) -> None:
    """Let one more thing have been said of an issue."""
    event = one.message.event
    if event is Event.RESOLVED or one.message.status == Status.MERGED:
        chain[:] = [[*(before for part in chain for before in part), one]]
    elif event is Event.ESCALATED and chain and chain[-1][-1].message.event is event:
        chain[-1].append(one)
    else:
        chain.append([one])


def in_one(part: Sequence[Queued]) -> Said:
    """Return what tells of messages about one issue by the last of them."""
    *before, last = part
    if not before:
        return Said(last, (last,))
    late = [_in_a_line(one) for one in before[-_TOLD_LATE:]]
    body = "\n".join([last.message.body, "", "Before that, and not told until now:", *late])
    quiet = all(one.message.quiet for one in part)
    message = replace(last.message, body=body, quiet=quiet)
    return Said(replace(last, message=message), tuple(part))


def _in_a_line(one: Queued) -> str:
    said, _, _ = one.message.body.partition("\n")
    return f"- {one.created_at:%H:%M} UTC {one.message.event}: {said}"


def _worst_first(told: Sequence[Said]) -> list[Said]:
    """Put the worst first; what is told of one issue stays in its order."""
    worst: dict[int, Severity] = {}
    for said in told:
        for issue in said.issues:
            worst[issue] = max(worst.get(issue, Severity.INFO), _severity(said))
    return sorted(
        told,
        key=lambda said: max((worst[issue] for issue in said.issues), default=_severity(said)),
        reverse=True,
    )


def _severity(said: Said) -> Severity:
    return max((one.message.severity or Severity.INFO for one in said.of), default=Severity.INFO)


def digest(several: Sequence[Said]) -> Said:
    """Return one message that tells of several, and names the worst of them."""
    if len(several) == 1:
        return several[0]
    named = [_named(said) for said in _worst_first(several)[:_NAMED]]
    more = [f"and {len(several) - _NAMED} more"] if len(several) > _NAMED else []
    of = tuple(one for said in several for one in said.of)
    severities = [one.message.severity for one in of if one.message.severity is not None]
    message = Message(
        Event.DIGEST,
        f"{len(several)} notifications together",
        "\n".join([*named, *more]),
        severity=max(severities, default=None),
        url=_listed_at(several),
    )
    return Said(replace(several[-1].queued, message=message), of)


def _named(said: Said) -> str:
    message = said.queued.message
    line = f"- {said.events}: {message.title}"
    return f"{line}\n  {message.url}" if message.url else line


def _listed_at(several: Sequence[Said]) -> str | None:
    """Return the page that lists them all, None when no page does."""
    pages = {said.queued.message.url for said in several if said.issues}
    lists = {page.rpartition("/")[0] for page in pages if page}
    return lists.pop() if len(lists) == 1 else None


def lanes_of(told: Iterable[Said]) -> list[list[Said]]:
    """Return what may be told at the same time: what is of one issue stays in its order.

    What tells of several issues comes in its order with all.
    """
    told = list(told)
    if any(len(said.issues) > 1 or _is_digest(said) for said in told):
        return [told]
    lanes: dict[int | UUID, list[Said]] = defaultdict(list)
    for said in told:
        lanes[next(iter(said.issues), said.queued.id)].append(said)
    return list(lanes.values())


def _is_digest(said: Said) -> bool:
    return said.queued.message.event is Event.DIGEST
