"""Action items: what reviews promise to change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from fettle.errors import NotFound
from fettle.model.review import ActionItem, ActionState
from fettle.store import statements
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class WantedActions:
    """Which action items are asked for; what is None or empty restricts nothing.

    `due_before` are those that are open and overdue on that day, `before` the id that the last page
    ended with.
    """

    states: tuple[ActionState, ...] = ()
    issue: int | None = None
    owner: str | None = None
    team: str | None = None
    due_before: date | None = None
    before: int | None = None


async def insert(connection: Connection, item: ActionItem) -> ActionItem:
    """Keep a new action item; returns it with its id."""
    (row,) = await statements.run(
        connection,
        "actions/insert",
        issue=item.issue,
        title=statements.storable(item.title),
        owner=_storable(item.owner),
        team=_storable(item.team),
        due=item.due,
        created_at=item.created_at,
        created_by=item.created_by,
        changed_at=item.changed_at,
    )
    return replace(item, id=row["id"])


async def to_change(connection: Connection, id_: int) -> ActionItem:
    """Return an action item that nobody else changes before the transaction ends.

    Raises NotFound.
    """
    rows = await statements.run(connection, "actions/find_to_change", id=id_)
    if not rows:
        raise NotFound(f"there is no action item {id_}", remedy="fettle action list")
    return _item(rows[0])


async def keep(connection: Connection, item: ActionItem) -> None:
    """Keep a changed action item."""
    await statements.run(
        connection,
        "actions/update",
        id=item.id,
        title=statements.storable(item.title),
        owner=_storable(item.owner),
        team=_storable(item.team),
        due=item.due,
        state=str(item.state),
        reason=statements.storable(item.reason),
        changed_at=item.changed_at,
        ended_at=item.ended_at,
    )


async def listed(connection: Connection, wanted: WantedActions, limit: int) -> list[ActionItem]:
    """Return action items, the latest first."""
    rows = await statements.run_planned(
        connection,
        "actions/list",
        states=list(map(str, wanted.states)) or None,
        issue=wanted.issue,
        owner=_storable(wanted.owner),
        team=_storable(wanted.team),
        due_before=wanted.due_before,
        before=wanted.before,
        limit=limit,
    )
    return list(map(_item, rows))


async def waiting(
    connection: Connection, owner: str, team: str | None, limit: int
) -> list[ActionItem]:
    """Return what nobody has done yet: somebody's own first, then by its day."""
    rows = await statements.run_planned(
        connection, "actions/waiting", owner=owner, team=_storable(team), limit=limit
    )
    return list(map(_item, rows))


async def earlier(connection: Connection, issue: int) -> list[ActionItem]:
    """Return what the reviews of issues like this one promised before, and is still open."""
    return list(map(_item, await statements.run(connection, "actions/earlier", issue=issue)))


async def overdue(
    connection: Connection, today: date, told_before: datetime, limit: int
) -> list[ActionItem]:
    """Return items that are overdue and of which people were not told since a moment."""
    rows = await statements.run(
        connection, "actions/overdue", today=today, told_before=told_before, limit=limit
    )
    return list(map(_item, rows))


async def told(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Say that people were told of items that are overdue."""
    await statements.run(connection, "actions/told", ids=list(ids), now=now)


def _item(row: Row) -> ActionItem:
    return ActionItem(**{**row, "state": ActionState(row["state"])})


def _storable(name: str | None) -> str | None:
    return None if name is None else statements.storable(name)
