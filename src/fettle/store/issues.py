"""Issues, their timelines and the ledgers of their clocks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from fettle.errors import NotFound, Refused
from fettle.model.calendar import Span
from fettle.model.classification import Classification, Hours, Priority
from fettle.model.clock import ClockAct, ClockEvent, ClockName
from fettle.model.issue import Entry, Issue, Milestones, Moved, Status
from fettle.model.severity import Severity
from fettle.store import statements
from fettle.store.statements import Connection, Row

_CLASSIFICATIONS = TypeAdapter(Classification)
_MILESTONES = TypeAdapter(Milestones)


@dataclass(frozen=True)
class Wanted:
    """Which issues are asked for; what is None or empty restricts nothing.

    `before` is the number that the last page ended with, `words` what their texts hold.
    """

    statuses: tuple[Status, ...] = ()
    severities: tuple[Severity, ...] = ()
    service: str | None = None
    team: str | None = None
    words: str | None = None
    live: bool = False
    before: int | None = None


@dataclass(frozen=True)
class Written:
    """An entry of a timeline, and its place among all there are."""

    id: int
    entry: Entry


@dataclass(frozen=True)
class Linked:
    """Another issue, and how it belongs to this one."""

    kind: str
    issue: int


async def insert(connection: Connection, moved: Sequence[Moved]) -> list[Issue]:
    """Keep new issues with what is written down about them; return them with their numbers."""
    if not moved:
        return []
    rows = await statements.run(connection, "issues/numbers", many=len(moved))
    numbered = [
        replace(one, issue=replace(one.issue, number=row["number"]))
        for one, row in zip(moved, rows, strict=True)
    ]
    issues = [_row(one.issue) for one in numbered]
    await statements.run(connection, "issues/insert", issues=statements.json(issues))
    await _write_down(connection, numbered)
    return [one.issue for one in numbered]


async def keep(connection: Connection, moved: Sequence[Moved]) -> list[Issue]:
    """Keep changed issues, each once, with what is written down about them; return them so.

    Raises Refused when somebody else has kept one since it was read.
    """
    if not moved:
        return []
    changed = [{**_row(one.issue), "by_people": one.by_people} for one in moved]
    rows = await statements.run(connection, "issues/update", issues=statements.json(changed))
    versions = {row["number"]: row["version"] for row in rows}
    missing = {one.issue.number for one in moved} - set(versions)
    if missing:
        raise Refused(f"somebody else has just changed issue {min(missing)}", remedy="try again")
    await _write_down(connection, moved)
    issues = [one.issue for one in moved]
    return [replace(one, version=versions[one.number], kept=one.kept + 1) for one in issues]


async def find(connection: Connection, number: int) -> Issue:
    """Return an issue; raises NotFound."""
    rows = await statements.run(connection, "issues/find", numbers=[number])
    return _one(number, rows)


async def to_change(connection: Connection, number: int) -> Issue:
    """Return an issue that nobody else changes before the transaction ends; raises NotFound."""
    rows = await statements.run(connection, "issues/find_to_change", numbers=[number])
    return _one(number, rows)


async def free_to_change(connection: Connection, number: int) -> Issue | None:
    """Return an issue that nobody else changes before the transaction ends.

    None when somebody is changing it just now, or there is none.
    """
    rows = await statements.run(connection, "issues/find_free_to_change", numbers=[number])
    return read(rows[0]) if rows else None


async def all_to_change(connection: Connection, numbers: Sequence[int]) -> dict[int, Issue]:
    """Return issues that nobody else changes before the transaction ends, by number."""
    if not numbers:
        return {}
    rows = await statements.run(connection, "issues/find_to_change", numbers=sorted(numbers))
    return {row["number"]: read(row) for row in rows}


async def of_groups(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the issue that each key joins, where its trouble goes on."""
    rows = await statements.run(connection, "issues/of_groups", keys=list(keys))
    return {row["key"]: row["number"] for row in rows}


async def join(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Let issues take what has these keys from now on."""
    if numbers:
        await statements.run(
            connection, "issues/join", keys=list(numbers), issues=list(numbers.values())
        )


async def hand_on(connection: Connection, issue: int, into: int) -> None:
    """Let an issue take what would have joined another one."""
    await statements.run(connection, "issues/hand_on", issue=issue, into=into)


async def listed(connection: Connection, wanted: Wanted, limit: int) -> list[Issue]:
    """Return issues, the latest first."""
    rows = await statements.run_planned(
        connection,
        "issues/list",
        before=wanted.before,
        statuses=[str(status) for status in wanted.statuses] or None,
        severities=[int(severity) for severity in wanted.severities] or None,
        service=wanted.service and statements.storable(wanted.service),
        team=wanted.team and statements.storable(wanted.team),
        words=wanted.words and statements.storable(wanted.words),
        live=wanted.live,
        limit=limit,
    )
    return [read(row) for row in rows]


async def timeline(connection: Connection, number: int, limit: int = 1000) -> list[Entry]:
    """Return what happened to an issue at last, in order."""
    return [one.entry for one in reversed(await history(connection, number, None, limit))]


async def history(
    connection: Connection, number: int, before: int | None, limit: int
) -> list[Written]:
    """Return what happened to an issue, the latest first, before one of its entries."""
    rows = await statements.run(
        connection, "issues/read_timeline", issue=number, before=before, limit=limit
    )
    return [Written(row.pop("id"), Entry(**row)) for row in rows]


async def clocks(connection: Connection, numbers: Sequence[int]) -> dict[int, list[ClockEvent]]:
    """Return the ledgers of issues' clocks."""
    found: dict[int, list[ClockEvent]] = defaultdict(list)
    for row in await statements.run(connection, "issues/read_clocks", issues=list(numbers)):
        found[row.pop("issue")].append(_clock_event(row))
    return found


async def link(connection: Connection, issue: int, other: int, kind: str, actor: str) -> bool:
    """Link an issue with another one; False when they are linked so already."""
    rows = await statements.run(
        connection, "issues/link", issue=issue, other=other, kind=kind, actor=actor
    )
    return bool(rows)


async def links(connection: Connection, issue: int) -> list[Linked]:
    """Return what an issue is linked with, from either side."""
    return [Linked(**row) for row in await statements.run(connection, "issues/links", issue=issue)]


async def write_down(connection: Connection, issue: Issue, entry: Entry) -> None:
    """Write one more thing into an issue's timeline, which changes nothing else."""
    await _write_down(connection, [Moved(issue, (entry,))])


async def entries_of(connection: Connection, number: int, events: Sequence[str]) -> list[Entry]:
    """Return all that happened to an issue of some kinds, in order, however long ago."""
    return (await timelines(connection, [number], events)).get(number, [])


async def timelines(
    connection: Connection, numbers: Sequence[int], events: Sequence[str]
) -> dict[int, list[Entry]]:
    """Return what happened to issues, as far as it is of some kinds."""
    rows = await statements.run(
        connection, "issues/entries_of", issues=list(numbers), events=list(events)
    )
    found: dict[int, list[Entry]] = defaultdict(list)
    for row in rows:
        found[row.pop("issue")].append(Entry(**row))
    return found


async def write_entries(connection: Connection, entries: Sequence[tuple[int, Entry]]) -> None:
    """Write into the timelines of issues, by their numbers; nothing else changes."""
    rows = [
        {"place": place, **_entry_row(issue, entry)} for place, (issue, entry) in enumerate(entries)
    ]
    if rows:
        await statements.run(connection, "issues/write_timeline", entries=statements.json(rows))


async def live_of_service(connection: Connection, service: str, limit: int) -> list[int]:
    """Return the numbers of issues about a service whose trouble goes on, the latest first."""
    rows = await statements.run(
        connection, "issues/live_of_service", service=statements.storable(service), limit=limit
    )
    return [row["number"] for row in rows]


async def enter(connection: Connection, issue: int, events: Sequence[ClockEvent]) -> None:
    """Enter what happened to an issue's clocks into their ledger."""
    await _enter(connection, [_clock_row(issue, event) for event in events])


async def _write_down(connection: Connection, moved: Sequence[Moved]) -> None:
    entries = [_entry_row(one.issue.number, entry) for one in moved for entry in one.entries]
    if entries:
        placed = [{"place": place, **entry} for place, entry in enumerate(entries)]
        await statements.run(connection, "issues/write_timeline", entries=statements.json(placed))
    await _enter(
        connection, [_clock_row(one.issue.number, event) for one in moved for event in one.clocks]
    )


async def _enter(connection: Connection, events: Sequence[Row]) -> None:
    if events:
        placed = [{"place": place, **event} for place, event in enumerate(events)]
        await statements.run(connection, "issues/write_clocks", events=statements.json(placed))


def _one(number: int, rows: Sequence[Row]) -> Issue:
    if not rows:
        raise NotFound(f"there is no issue {number}", remedy="fettle issue list")
    return read(rows[0])


def read(row: Row) -> Issue:
    """Return an issue from its row."""
    return Issue(
        number=row["number"],
        title=row["title"],
        description=row["description"],
        status=Status(row["status"]),
        classification=_CLASSIFICATIONS.validate_python(row["classification"]),
        milestones=_MILESTONES.validate_python(row["milestones"]),
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        calls_since=row["calls_since"],
        team=row["team"],
        assignee=row["assignee"],
        calls_made=row["calls_made"],
        acknowledged_by=row["acknowledged_by"],
        held_since=row["held_since"],
        held_until=row["held_until"],
        group=row["joined_by"],
        signals=row["signals"],
        merged_into=row["merged_into"],
        broken=tuple(map(ClockName, row["broken"])),
        ended_at=row["ended_at"],
        resolved_as=row["resolved_as"] and Priority(row["resolved_as"]),
        version=row["version"],
        kept=row["kept"],
    )


def _row(issue: Issue) -> dict[str, Any]:
    made = issue.classification
    return {
        "number": issue.number,
        "title": issue.title,
        "description": issue.description,
        "status": str(issue.status),
        "held_since": _written(issue.held_since),
        "held_until": _written(issue.held_until),
        "severity": int(made.severity),
        "priority": str(made.priority),
        "category": made.category,
        "class": made.class_,
        "services": list(made.services),
        "team": issue.team,
        "assignee": issue.assignee,
        "acknowledged_by": issue.acknowledged_by,
        "classification": _CLASSIFICATIONS.dump_python(made, mode="json"),
        "milestones": _MILESTONES.dump_python(issue.milestones, mode="json"),
        "joined_by": issue.group,
        "signals": issue.signals,
        "merged_into": issue.merged_into,
        "broken": [str(clock) for clock in issue.broken],
        "opened_at": _written(issue.opened_at),
        "changed_at": _written(issue.changed_at),
        "calls_since": _written(issue.calls_since),
        "calls_made": issue.calls_made,
        "ended_at": _written(issue.ended_at),
        "resolved_as": issue.resolved_as,
        "kept": issue.kept,
    }


def _entry_row(issue: int, entry: Entry) -> dict[str, Any]:
    return {
        "issue": issue,
        "at": _written(entry.at),
        "actor": entry.actor,
        "event": entry.event,
        "text": entry.text,
        "detail": dict(entry.detail),
    }


def _clock_row(issue: int, event: ClockEvent) -> dict[str, Any]:
    return {
        "issue": issue,
        "clock": str(event.clock),
        "at": _written(event.at),
        "act": str(event.act),
        "target": event.target and str(event.target),
        "hours": event.hours and str(event.hours),
        "reason": event.reason,
    }


def _clock_event(row: Row) -> ClockEvent:
    return ClockEvent(
        ClockName(row["clock"]),
        row["at"],
        ClockAct(row["act"]),
        row["target"] and Span.parse(row["target"]),
        row["hours"] and Hours(row["hours"]),
        row["reason"],
    )


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
