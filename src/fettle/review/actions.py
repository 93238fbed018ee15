"""What becomes of an action item: it is done, dropped with the reason, or open again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from fettle.errors import Outdated, Refused
from fettle.model.review import ActionItem, ActionState


def settle(item: ActionItem, state: ActionState, reason: str, at: datetime) -> ActionItem:
    """Return an item as somebody says that it stands; raises Refused."""
    if state is item.state:
        raise Refused(f"action item {item.id} is {state} already")
    if state is ActionState.DROPPED and not reason.strip():
        raise Refused(
            "dropping what a review promised needs the reason",
            remedy=f"fettle action drop {item.id} --reason WHY",
        )
    ended_at = None if state is ActionState.OPEN else at
    return replace(item, state=state, reason=reason.strip(), changed_at=at, ended_at=ended_at)


def refuse_outdated(item: ActionItem, seen: Mapping[str, object]) -> None:
    """Raise Outdated where an item's fields hold something else than somebody has seen."""
    others = [name for name, value in seen.items() if getattr(item, name) != value]
    if others:
        raise Outdated(
            f"action item {item.id} has changed since you saw it: {' and '.join(others)}",
            remedy="look at what stands there now, and write what is to stand there",
        )


def amend(item: ActionItem, at: datetime, **changes: object) -> ActionItem:
    """Return an item with another title, owner, team or day; raises Refused when it is over."""
    amended = replace(item, **changes)  # type: ignore[arg-type] # fields, by name
    if amended == item:
        return item
    if item.state is not ActionState.OPEN:
        raise Refused(
            f"action item {item.id} is {item.state}", remedy="say that it is open again first"
        )
    return replace(amended, changed_at=at)
