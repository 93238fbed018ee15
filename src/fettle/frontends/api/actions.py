"""Action items: what reviews promise to change, listed across issues, and what becomes of it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, model_validator

from fettle.flow import actions
from fettle.flow.actions import Promise
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Name, Text, by
from fettle.frontends.api.paging import Id, Optional, Several, next_after
from fettle.frontends.api.serving import AtDesk
from fettle.frontends.report import review_document
from fettle.frontends.report.review_document import ActionDocument, ActionsDocument
from fettle.model.review import ActionItem, ActionState
from fettle.model.role import Role
from fettle.store import actions as kept
from fettle.store.actions import WantedActions

router = APIRouter(prefix="/api/v1/action-items", route_class=ApiRoute, tags=["reviews"])
_RESPONDER = needs(Role.RESPONDER)

Word = Annotated[Annotated[str, Field(max_length=500)] | None, Optional]
Title = Annotated[str, Field(min_length=1, max_length=1000)]


class AskedActions(Body):
    """Which action items; several states are any of them, and none given are the open ones."""

    state: Annotated[list[ActionState], Several] = Field([], max_length=20)
    issue: Annotated[Id | None, Optional] = None
    owner: Word = None
    team: Word = None
    overdue: bool = Field(default=False, description="only those whose day has passed")
    cursor: Annotated[Id | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act, desk: AtDesk, asked: Annotated[AskedActions, Query()]
) -> ActionsDocument:
    """List action items across issues, the latest first."""
    now = desk.clock.now()
    wanted = WantedActions(
        tuple(asked.state) or (ActionState.OPEN,),
        asked.issue,
        asked.owner,
        asked.team,
        now.date() if asked.overdue else None,
        asked.cursor,
    )
    found = await kept.listed(act.connection, wanted, asked.limit)
    last = found[-1].id if len(found) == asked.limit else None
    return {
        "schema": "fettle.action_items/1",
        "items": [review_document.of_action(one, now) for one in found],
        "next": next_after(last),
    }


class NewAction(Body):
    """What is promised: by whom, and until which day.

    The team is the owner's, else the issue's, unless it is given.
    """

    issue: Id
    title: Title
    owner: Name | None = None
    team: Name | None = None
    due: date | None = None


@router.post("", status_code=201, openapi_extra=_RESPONDER)
async def add(act: Act, desk: AtDesk, what: NewAction) -> ActionDocument:
    """Promise to change something."""
    promise = Promise(what.issue, what.title, what.owner, what.team, what.due)
    item = await actions.add(act.connection, desk, by(act, desk), promise)
    return _document(item, desk.clock.now())


class SeenAction(Body):
    """What some of the fields of an action item held when they were read."""

    title: str | None = None
    owner: str | None = None
    team: str | None = None
    due: date | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Those that are given."""
        return {name: value for name, value in self if name in self.model_fields_set}


class ChangedAction(Body):
    """What is otherwise: what is left out stays; dropping an item needs the reason.

    `seen` is what fields held before: where they hold something else by now it is refused with 412.
    """

    title: Title | None = None
    owner: Name | None = None
    team: Name | None = None
    due: date | None = None
    state: Literal["open", "done", "dropped"] | None = None
    reason: Text = ""
    seen: SeenAction = SeenAction()

    @model_validator(mode="after")
    def _says_something(self) -> "ChangedAction":
        if "title" in self.model_fields_set and self.title is None:
            raise ValueError("an action item has a title")
        if not self.model_fields_set - {"reason", "seen"}:
            raise ValueError("say what changes: title, owner, team, due or state")
        return self

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that change."""
        return {
            name: value
            for name, value in self
            if name in self.model_fields_set and name not in ("state", "reason", "seen")
        }

    @property
    def ended(self) -> tuple[ActionState, str] | None:
        """How it stands now, and why; None where that stays."""
        return None if self.state is None else (ActionState(self.state), self.reason)


@router.patch("/{action_item}", openapi_extra=_RESPONDER)
async def change(
    act: Act,
    desk: AtDesk,
    action_item: Annotated[Id, Path()],
    what: ChangedAction,
) -> ActionDocument:
    """Change an action item, or say that it is done, dropped or open again."""
    item = await actions.change(
        act.connection, desk, by(act, desk), action_item, what.changes, what.ended, what.seen.fields
    )
    return _document(item, desk.clock.now())


def _document(item: ActionItem, now: datetime) -> ActionDocument:
    return {"schema": "fettle.action_item/1", **review_document.of_action(item, now)}
