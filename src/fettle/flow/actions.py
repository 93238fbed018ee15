"""Action items, kept: what reviews promise to change, and what becomes of it.

Each change is written into the timeline of the item's issue. The caller is in a transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from fettle.flow.tend import Desk
from fettle.model.issue import Entry, Issue
from fettle.model.review import ActionItem, ActionState
from fettle.review import actions as settled
from fettle.store import actions, issues
from fettle.store.statements import Connection
from fettle.triage.moves import By


@dataclass(frozen=True)
class Promise:
    """What somebody promises: what, who does it, until when; `team` None follows from the rest."""

    issue: int
    title: str
    owner: str | None = None
    team: str | None = None
    due: date | None = None


async def add(connection: Connection, desk: Desk, by: By, promise: Promise) -> ActionItem:
    """Keep a new item; raises NotFound for an issue or a team that there is not."""
    issue = await issues.find(connection, promise.issue)
    desk.people.refuse_strangers(promise.team, None)
    item = await actions.insert(
        connection,
        ActionItem(
            0,
            promise.issue,
            promise.title,
            by.at,
            by.actor,
            by.at,
            promise.owner,
            promise.team or _team_of(desk, promise.owner) or issue.team,
            promise.due,
        ),
    )
    await _write_down(connection, issue, "added", by, item)
    return item


async def change(
    connection: Connection,
    desk: Desk,
    by: By,
    id_: int,
    changes: Mapping[str, Any],
    ended: tuple[ActionState, str] | None,
    seen: Mapping[str, Any] = MappingProxyType({}),
) -> ActionItem:
    """Change an item, by its fields, and say how it stands; raises NotFound, Refused.

    One that is opened again and changed in one go is opened first. `seen` is what some of its
    fields held when they were read: raises Outdated where they hold something else by now.
    """
    item = await actions.to_change(connection, id_)
    settled.refuse_outdated(item, seen)
    issue = await issues.find(connection, item.issue)
    desk.people.refuse_strangers(changes.get("team"), None)
    before = item
    if ended is not None and ended[0] is ActionState.OPEN:
        item = settled.settle(item, *ended, by.at)
        await _write_down(connection, issue, "reopened", by, item)
    amended = settled.amend(item, by.at, **changes)
    if amended != item:
        item = amended
        await _write_down(connection, issue, "changed", by, item)
    if ended is not None and ended[0] is not ActionState.OPEN:
        item = settled.settle(item, *ended, by.at)
        await _write_down(connection, issue, str(item.state), by, item)
    if item != before:
        await actions.keep(connection, item)
    return item


def _team_of(desk: Desk, owner: str | None) -> str | None:
    """Return the team that an owner is, or is a member of; None when it is not one alone."""
    teams = desk.people.teams
    if owner in teams:
        return owner
    its = [team.name for team in teams.values() if owner in team.members]
    return its[0] if len(its) == 1 else None


async def _write_down(
    connection: Connection, issue: Issue, what: str, by: By, item: ActionItem
) -> None:
    by_whom = f"by {item.owner}" if item.owner else None
    parts = [item.title, by_whom, f"until {item.due}" if item.due else None]
    text = ", ".join(filter(None, parts)) + (f": {item.reason}" if item.reason else "")
    entry = Entry(f"action-{what}", by.actor, by.at, text, {"action": str(item.id)})
    await issues.write_down(connection, issue, entry)
