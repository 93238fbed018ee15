"""Issues that are the same trouble become one; what is trouble of its own gets an issue.

1. Who merges or splits locks the issues in the order of their numbers, so that two who do so at
   once come one after the other.
2. Alerts go to where their trouble is; so what their sources say next, that they end, finds it.
   What would have joined an issue joins the one that it was merged into.
   What was said so far stays written where it was taken.
3. Of two parts of which one goes on, the other is over: nothing that comes would end it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fettle.errors import NotFound, Refused
from fettle.flow import tend
from fettle.flow.tend import Desk
from fettle.model.alert import Alert
from fettle.model.classification import Classification
from fettle.model.issue import Entry, Issue, Milestones, Moved, Status
from fettle.model.review import Evidence
from fettle.model.severity import Severity
from fettle.model.signal import SignalKind
from fettle.store import alerts, issues
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.case import Case
from fettle.triage.classify import classify
from fettle.triage.moves import By

_LEAST = Severity.INFO


@dataclass(frozen=True)
class Part:
    """Alerts of an issue that are trouble of their own, and what it is called."""

    alerts: tuple[int, ...]
    title: str | None = None
    text: str = ""


async def merge(
    connection: Connection, desk: Desk, number: int, into: int, by: By, text: str = ""
) -> Issue:
    """Let an issue go on as a part of another; returns the one that was merged."""
    found = await _both_to_change(connection, number, into)
    merged = moves.merge(found[number], by, found[into], text)
    takes = moves.take_in(found[into], by, found[number], text)
    kept, _ = await tend.keep(connection, desk, [merged, takes])
    await alerts.move(connection, number, into)
    await issues.hand_on(connection, number, into)
    return kept


async def split(connection: Connection, desk: Desk, number: int, by: By, part: Part) -> Issue:
    """Let alerts of an issue become one of their own; returns the new one."""
    issue = await issues.to_change(connection, number)
    moving, staying = await _apart(connection, issue, part)
    signals = await alerts.signals(connection, number, [alert.id for alert in moving])
    kind = await alerts.kind(connection, moving[0].id)
    made = classify(_case(moving, part, kind), desk.policy)
    new = _new(desk, by, moving, part, made, signals)
    opened = moves.opened(new, by, part.text, {"from": str(number)})
    moving_on, staying_on = _goes_on(moving), _goes_on(staying)
    if staying_on and not moving_on:
        opened = _over(opened, by)
    (new,) = await tend.open_(connection, desk, [opened])
    parted = moves.part(issue, by, signals, new.number, part.text)
    if moving_on and not staying_on and issue.status.is_live:
        parted = _over(parted, by)
    await tend.keep(connection, desk, [parted])
    await alerts.move(connection, number, new.number, [alert.id for alert in moving])
    await issues.link(connection, new.number, number, "split_from", by.actor)
    return new


async def link(connection: Connection, number: int, other: int, kind: str, by: By) -> Issue:
    """Say how an issue belongs to another; it does nothing where that was said before."""
    if number == other:
        raise Refused("an issue cannot be linked with itself")
    found = await _both_to_change(connection, number, other)
    if await issues.link(connection, number, other, kind, by.actor):
        for one, its_other in ((number, other), (other, number)):
            detail = {"kind": kind, "issue": str(its_other)}
            await issues.write_down(
                connection, found[one], Entry("linked", by.actor, by.at, detail=detail)
            )
    return found[number]


async def _both_to_change(connection: Connection, one: int, other: int) -> dict[int, Issue]:
    found = await issues.all_to_change(connection, [one, other])
    for number in (one, other):
        if number not in found:
            raise NotFound(f"there is no issue {number}", remedy="fettle issue list")
    return found


async def _apart(
    connection: Connection, issue: Issue, part: Part
) -> tuple[list[Alert], list[Alert]]:
    """Return the alerts that leave an issue, the worst first, and those that stay, at least one."""
    its = {alert.id: alert for alert in await alerts.of_issue(connection, issue.number, _ALL)}
    for strange in sorted(set(part.alerts) - its.keys()):
        raise NotFound(
            f"issue {issue.number} has no alert {strange}",
            remedy=f"fettle issue show {issue.number}",
        )
    if its.keys() == set(part.alerts):
        raise Refused("some of its alerts must stay: it is split in two, not moved")
    moving = [its.pop(id_) for id_ in dict.fromkeys(part.alerts)]
    return sorted(moving, key=lambda alert: -(alert.severity or _LEAST)), [*its.values()]


def _goes_on(parted: Sequence[Alert]) -> bool:
    return any(alert.goes_on for alert in parted)


def _over(moved: Moved, by: By) -> Moved:
    """Resolve what goes on with one part, and not with this one."""
    over = moves.subside(moved.issue, by, "every alert of it has ended", Evidence.ALERTS_ENDED)
    return replace(
        over, entries=(*moved.entries, *over.entries), clocks=(*moved.clocks, *over.clocks)
    )


_ALL = 100_000


def _case(moving: Sequence[Alert], part: Part, kind: SignalKind | None) -> Case:
    """Return what alerts tell: the worst of them, and the titles of the others."""
    worst = moving[0]
    return Case(
        worst.title,
        part.text,
        tuple(alert.title for alert in moving[1:]),
        worst.severity,
        worst.service,
        worst.labels,
        printed=kind is not None and kind.printed,
    )


def _new(
    desk: Desk, by: By, moving: Sequence[Alert], part: Part, made: Classification, signals: int
) -> Issue:
    """Return the new issue, as it is classified; it has no group yet."""
    started = min(alert.started_at for alert in moving)
    return Issue(
        0,
        part.title or moving[0].title,
        part.text,
        Status.NEW,
        made,
        Milestones(min(started, by.at), by.at),
        by.at,
        by.at,
        by.at,
        team=desk.people.assigned(made).team,
        signals=signals,
    )
