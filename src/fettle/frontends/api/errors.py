"""Applications' errors: listed, shown, and what people decide about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fettle.errors import NotFound, TooMuch
from fettle.flow import errors as flow
from fettle.flow import sentry_names, solved
from fettle.flow.error_news import SOURCE
from fettle.flow.errors import Quiet
from fettle.frontends.api import maps
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Name, by
from fettle.frontends.api.paging import (
    Cursor,
    Id,
    Limit,
    Moment,
    Optional,
    Several,
    in_cursor,
    next_after,
    of_cursor,
)
from fettle.frontends.api.serving import AtDesk, Serving, serving
from fettle.frontends.report import (
    error_document,
    error_event_document,
    sentries_document,
    similar_document,
)
from fettle.frontends.report.error_document import (
    Beside,
    ErrorDocument,
    ErrorsDocument,
)
from fettle.frontends.report.error_event_document import ErrorEventDocument, ErrorEventsDocument
from fettle.frontends.report.known_document import ErrorLine, SolvedDocument, of_recognised
from fettle.frontends.report.sentries_document import SentriesDocument
from fettle.intake.errors.suspects import suspects
from fettle.model.commit import Commit
from fettle.model.error_group import ErrorGroup, GroupState, ResolvedBy
from fettle.model.known_error import Recognised
from fettle.model.quantity import parse_duration
from fettle.model.role import Role
from fettle.store import errors_shown, releases, sentries
from fettle.store.errors_shown import Shown, Wanted
from fettle.store.sentries import Origin
from fettle.store.statements import Connection

router = APIRouter(prefix="/api/v1/errors", route_class=ApiRoute, tags=["errors"])
router.include_router(maps.below)  # before /{id}, which would take "maps" for one

_HOURS_SHOWN = timedelta(days=14)
_LATEST = 20
_BUSY_S = 5

Word = Annotated[Annotated[str, Field(max_length=500)] | None, Optional]
ErrorId = Annotated[Id, Path(alias="id", description="the id of an error")]
# When the last one of a page was seen, in microseconds, and its id.
After = Annotated[str, Field(pattern=r"^[0-9]{1,16}~[0-9]{1,18}$")]


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


class Asked(BaseModel):
    """Which errors; several states are any of them."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[list[GroupState], Several] = Field([], max_length=20)
    project: Word = None
    q: Word = Field(None, description="a part of the title, or of where it happens")
    cursor: Annotated[After | None, Optional] = Field(
        None, description="where the page before ended: its `next`"
    )
    limit: int = Field(50, ge=1, le=200, description="how many items a page has at most")

    @property
    def wanted(self) -> Wanted:
        """Return it as the store is asked."""
        after = None
        if self.cursor is not None:
            seen, _, id_ = self.cursor.partition("~")
            after = of_cursor(seen), int(id_)
        return Wanted(tuple(self.state), self.project, self.q, after)


class Resolve(Body):
    """From when on another event means that it came back: now, unless something else is said."""

    by: ResolvedBy = ResolvedBy.NOW


class Mute(Body):
    """Until when it is quiet: a time, so many events more, or so many in an hour; or one of them.

    The first that comes ends it.
    """

    until: Moment | None = None
    duration: Annotated[timedelta, BeforeValidator(_duration)] | None = Field(
        None, gt=timedelta(0), le=timedelta(days=3650), description="like 2h, or of ISO 8601"
    )
    events: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    events_an_hour: Annotated[int, Field(ge=1, lt=2**31)] | None = None

    @model_validator(mode="after")
    def _one_end(self) -> "Mute":
        if self.until is not None and self.duration is not None:
            raise ValueError("either until or duration")
        if all(
            one is None for one in (self.until, self.duration, self.events, self.events_an_hour)
        ):
            raise ValueError("it is muted until something: duration, until, events, events_an_hour")
        return self


class Merge(Body):
    """Other errors of the same application, which become this one."""

    others: list[Id] = Field(min_length=1, max_length=100)


class Said(ErrorLine):
    """An error as it was logged, with what a library says of it beside its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Take(Body):
    """An issue of a Sentry: its address, its short id, or its number, and whose it is."""

    issue: Annotated[str, Field(min_length=1, max_length=1000)]
    sentry: Name | None = None


class Split(Body):
    """What is to stand by itself: keys of it, or an error that was merged into it."""

    keys: list[Id] = Field([], max_length=100)
    merged: Id | None = None

    @model_validator(mode="after")
    def _something(self) -> "Split":
        if bool(self.keys) == (self.merged is not None):
            raise ValueError("either keys, or the error that was merged")
        return self


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(act: Act, asked: Annotated[Asked, Query()]) -> ErrorsDocument:
    """List errors of applications, the one that was seen last first."""
    found = await errors_shown.listed(act.connection, asked.wanted, asked.limit)
    return page(found, asked.limit)


def page(found: Sequence[Shown], limit: int) -> ErrorsDocument:
    """Return a page of a list, with where the next one begins."""
    return error_document.of_errors(found, _cursor(found[-1]) if len(found) == limit else None)


def _cursor(last: Shown) -> str:
    return f"{in_cursor(last.group.last_seen)}~{last.group.id}"


@router.get("/sentries", openapi_extra=needs(Role.VIEWER))
async def read_there(act: Act, request: Request) -> SentriesDocument:
    """Say how reading the Sentries of the settings goes, project by project."""
    return await how_it_goes(act.connection, serving(request))


async def how_it_goes(connection: Connection, shared: Serving) -> SentriesDocument:
    """Return how reading the Sentries of the settings goes."""
    there = shared.settings.sentry
    return sentries_document.of_sentries(
        there, await sentries.readings(connection) if there else ()
    )


@router.post("/sentries", openapi_extra=needs(Role.RESPONDER))
async def take(act: Act, request: Request, what: Take) -> ErrorDocument:
    """Take in an issue of a Sentry of the settings; return the error that it is here."""
    shared = serving(request)
    wanted = sentry_names.named(what.issue, what.sentry, shared.settings.sentry)
    if shared.asking_there.locked():  # who waits would hold a connection that others need
        raise TooMuch("others ask Sentries just now", retry_after_s=_BUSY_S)
    async with shared.asking_there:
        error = await shared.sentries.take(wanted)
    return await whole(act.connection, request, error)


@router.get("/{id}", openapi_extra=needs(Role.VIEWER))
async def one(act: Act, request: Request, error: ErrorId) -> ErrorDocument:
    """Show an error with all that is known of it; a merged one is shown as what it became."""
    return await whole(act.connection, request, error)


@router.get("/{id}/known", openapi_extra=needs(Role.VIEWER))
async def known(act: Act, request: Request, error: ErrorId) -> SolvedDocument:
    """Say which known errors it may be, how sure that is, and what cures them."""
    shared, shown = serving(request), await of_id(act.connection, error)
    found = await flow.known_of(
        act.connection, shared.knowing.read(), shown, shared.readable, shared.clock.now()
    )
    return await _solved(act.connection, shown.group.title, found)


@router.post("/known", openapi_extra=needs(Role.VIEWER))
async def solve(act: Act, request: Request, what: Said) -> SolvedDocument:
    """Say which known errors a text may be, what cures them, and what was so before.

    Nothing of it is kept.
    """
    recognise = serving(request).knowing.read().recognise
    found = await asyncio.to_thread(recognise, what.text, what.told)
    return await _solved(act.connection, what.text, found)


async def _solved(connection: Connection, text: str, found: Recognised) -> SolvedDocument:
    before = await solved.of_text(connection, text, found)
    return of_recognised(found, similar_document.items(before.alike, before.timelines))


@router.get("/{id}/events", openapi_extra=needs(Role.VIEWER))
async def events(
    act: Act, error: ErrorId, cursor: Cursor = None, limit: Limit = 50
) -> ErrorEventsDocument:
    """List the times that it happened, those that are kept, the latest first."""
    shown = await of_id(act.connection, error)
    found = await errors_shown.events_of(act.connection, shown.group.id, cursor, limit)
    last = found[-1].id if len(found) == limit else None
    return error_event_document.of_events(shown.group.id, found, next_after(last))


@router.get("/{id}/events/{event}", openapi_extra=needs(Role.VIEWER))
async def event(act: Act, request: Request, error: ErrorId, event: UUID) -> ErrorEventDocument:
    """Show one time that it happened, with all that its application said."""
    shown = await of_id(act.connection, error)
    found = await errors_shown.find_event(act.connection, shown.group, event)
    if found is None:
        raise NotFound(
            f"error {error} has no event {event}",
            remedy="events are kept for [errors] keep, the latest most_events of an application",
        )
    shared = serving(request)
    readable = await shared.readable.one(
        act.connection, shown.group.project, found.event, shared.clock.now()
    )
    return error_event_document.of_event(shown.group.id, replace(found, event=readable))


@router.post("/{id}/resolve", openapi_extra=needs(Role.RESPONDER))
async def resolve(
    act: Act, desk: AtDesk, request: Request, error: ErrorId, what: Resolve | None = None
) -> ErrorDocument:
    """Say that it is fixed."""
    resolved = (what or Resolve()).by
    await flow.resolve(act.connection, desk, error, by(act, desk), resolved)
    return await whole(act.connection, request, error)


@router.post("/{id}/issue", openapi_extra=needs(Role.RESPONDER))
async def to_issue(act: Act, desk: AtDesk, request: Request, error: ErrorId) -> ErrorDocument:
    """Let it be an issue that can be worked on; it is the one that it has, where that goes on."""
    await flow.to_issue(act.connection, serving(request).taking, error, by(act, desk))
    return await whole(act.connection, request, error)


@router.post("/{id}/reopen", openapi_extra=needs(Role.RESPONDER))
async def reopen(act: Act, desk: AtDesk, request: Request, error: ErrorId) -> ErrorDocument:
    """Say that it is not fixed after all."""
    await flow.reopen(act.connection, desk, error, by(act, desk))
    return await whole(act.connection, request, error)


@router.post("/{id}/mute", openapi_extra=needs(Role.RESPONDER))
async def mute(
    act: Act, desk: AtDesk, request: Request, error: ErrorId, what: Mute
) -> ErrorDocument:
    """Let it be quiet for a while: nobody is told of it."""
    now = desk.clock.now()
    until = what.until if what.duration is None else now + what.duration
    quiet = Quiet(until, what.events, what.events_an_hour)
    await flow.mute(act.connection, desk, error, by(act, desk), quiet)
    return await whole(act.connection, request, error)


@router.post("/{id}/unmute", openapi_extra=needs(Role.RESPONDER))
async def unmute(act: Act, desk: AtDesk, request: Request, error: ErrorId) -> ErrorDocument:
    """Let it be heard of again."""
    await flow.unmute(act.connection, desk, error, by(act, desk))
    return await whole(act.connection, request, error)


@router.post("/{id}/merge", openapi_extra=needs(Role.RESPONDER))
async def merge(
    act: Act, desk: AtDesk, request: Request, error: ErrorId, what: Merge
) -> ErrorDocument:
    """Let other errors be this one; `split` with `merged` takes it back."""
    await flow.merge(act.connection, desk, error, by(act, desk), what.others)
    return await whole(act.connection, request, error)


@router.post("/{id}/split", openapi_extra=needs(Role.RESPONDER))
async def split(
    act: Act, desk: AtDesk, request: Request, error: ErrorId, what: Split
) -> ErrorDocument:
    """Let a part of it stand by itself, and return that; to `merge` it takes it back."""
    made = await flow.split(
        act.connection,
        desk,
        error,
        by(act, desk),
        rules=serving(request).grouping,
        keys=what.keys,
        merged=what.merged,
    )
    return await whole(act.connection, request, made)


async def of_id(connection: Connection, id_: int) -> Shown:
    """Return an error, or what it was merged into; raises NotFound."""
    shown = await errors_shown.find(connection, id_)
    if shown is None:
        raise NotFound(f"there is no error {id_}", remedy="fettle error list shows them")
    return shown


async def whole(connection: Connection, request: Request, id_: int) -> ErrorDocument:
    """Return an error with what is kept beside it; raises NotFound."""
    return await whole_of(connection, request, await of_id(connection, id_))


async def whole_of(connection: Connection, request: Request, shown: Shown) -> ErrorDocument:
    """Return an error with what is kept beside it."""
    group, shared = shown.group, serving(request)
    latest = await errors_shown.events_of(connection, group.id, None, _LATEST)
    beside = Beside(
        await errors_shown.issue_of(connection, SOURCE, str(group.id)),
        await errors_shown.keys_of(connection, group.id),
        await errors_shown.hours_of(connection, group.id, shared.clock.now() - _HOURS_SHOWN),
        await errors_shown.tags_of(connection, group.id),
        await errors_shown.releases_of(connection, group),
        latest,
        await _suspects(connection, shared, group, latest[0].event_id if latest else None),
        await _origins(connection, shared, group.id),
    )
    return error_document.of_error(shown, beside, shared.desk.cures.known)


async def _origins(
    connection: Connection, shared: Serving, error: int
) -> list[tuple[Origin, str | None]]:
    """Return the issues of Sentries that an error was read from, with their addresses."""
    there = {one.name: one for one in shared.settings.sentry}
    if not there:
        return []
    return [
        (one, there[one.sentry].address(one.issue) if one.sentry in there else None)
        for one in await sentries.of_error(connection, error)
    ]


async def _suspects(
    connection: Connection, shared: Serving, group: ErrorGroup, latest: UUID | None
) -> list[Commit]:
    """Return the commits that may have brought a bug, or brought it back."""
    of = [group.last_release if group.state is GroupState.REGRESSED else group.first_release]
    commits = await releases.commits_of(connection, group.project, [one for one in of if one])
    if not commits or latest is None:
        return []
    found = await errors_shown.find_event(connection, group, latest)
    if found is None:
        return []
    now = shared.clock.now()
    return suspects(await shared.readable.one(connection, group.project, found.event, now), commits)
