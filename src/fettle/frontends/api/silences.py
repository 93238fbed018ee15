"""Silences: made, listed, and ended before their time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field, field_validator, model_validator

from fettle.errors import WrongUsage
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body, Text
from fettle.frontends.api.paging import Limit, Moment, Optional, Several
from fettle.frontends.api.serving import AtDesk
from fettle.frontends.report import silence_document
from fettle.frontends.report.silence_document import SilenceDocument, SilencesDocument
from fettle.model import silence
from fettle.model.quantity import parse_duration
from fettle.model.role import Role
from fettle.model.silence import Comparison, Matcher, Silence
from fettle.store import silences, statements
from fettle.store.silences import State

router = APIRouter(prefix="/api/v1/silences", route_class=ApiRoute, tags=["silences"])


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


class MatcherBody(Body):
    """One condition: a label, or source, service, title, severity or key, and its value."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    op: Literal["=", "!=", "=~", "!~"] = "="
    value: Annotated[str, Field(max_length=5000)]

    @model_validator(mode="after")
    def _compiles(self) -> "MatcherBody":
        _ = self.matcher
        return self

    @property
    def matcher(self) -> Matcher:
        """Return it as it is compared."""
        name, value = statements.storable(self.name), statements.storable(self.value)
        return Matcher(name, Comparison(self.op), value)


class SilenceBody(Body):
    """What is silenced, why, and until when: a moment, or so long from its beginning."""

    matchers: list[MatcherBody] = Field(min_length=1, max_length=50)
    comment: Annotated[Text, Field(min_length=1)]
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    duration: Annotated[timedelta, BeforeValidator(_duration)] | None = Field(
        None, description="like 2h, or of ISO 8601"
    )

    @field_validator("matchers")
    @classmethod
    def _not_all(cls, given: list[MatcherBody]) -> list[MatcherBody]:
        silence.refuse_all(tuple(one.matcher for one in given))
        return given

    @model_validator(mode="after")
    def _has_an_end(self) -> "SilenceBody":
        if (self.ends_at is None) == (self.duration is None):
            raise ValueError("a silence has an end: either ends_at or duration")
        return self


# When the last one of a page was made, in microseconds, and its id: it may be let go meanwhile.
After = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,16}~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="where the page before ended: its `next`",
    ),
]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _cursor(last: Silence) -> str:
    return f"{(last.created_at - _EPOCH) // timedelta(microseconds=1)}~{last.id}"


def _after(cursor: str) -> tuple[datetime, UUID]:
    made, _, id_ = cursor.partition("~")
    return _EPOCH + timedelta(microseconds=int(made)), UUID(id_)


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(
    act: Act,
    desk: AtDesk,
    state: Annotated[list[State], Several, Query(max_length=20)] = [],  # noqa: B006 - pydantic's
    cursor: Annotated[After | None, Optional, Query()] = None,
    limit: Limit = 50,
) -> SilencesDocument:
    """List silences, the latest first; those that have not ended, unless states are named."""
    now = desk.clock.now()
    states: list[State] = state or ["pending", "active"]
    after = None if cursor is None else _after(cursor)
    found = await silences.listed(act.connection, states, now, after, limit)
    last = _cursor(found[-1]) if len(found) == limit else None
    return silence_document.of_silences(found, now, last)


@router.post("", status_code=201, openapi_extra=needs(Role.RESPONDER))
async def create(act: Act, desk: AtDesk, what: SilenceBody) -> SilenceDocument:
    """Silence signals for a while."""
    now = desk.clock.now()
    starts_at = what.starts_at or now
    lasts = what.ends_at - starts_at if what.ends_at else what.duration or timedelta(0)
    _refuse(lasts, starts_at, now)
    made = Silence(
        uuid4(),
        tuple(one.matcher for one in what.matchers),
        what.comment,
        starts_at,
        starts_at + lasts,
        act.actor,
        now,
    )
    await silences.create(act.connection, made)
    return silence_document.of_silence(made, now)


def _refuse(lasts: timedelta, starts_at: datetime, now: datetime) -> None:
    """Raise WrongUsage for a time that no silence has."""
    if lasts <= timedelta(0):
        raise WrongUsage("the silence ends before it begins")
    if lasts > silence.LONGEST:
        raise WrongUsage(
            f"a silence lasts {silence.LONGEST.days} days at most",
            remedy="what is never to be heard of again belongs into its source's rules",
        )
    if starts_at - now > silence.LONGEST:
        raise WrongUsage(f"a silence begins within {silence.LONGEST.days} days")
    if starts_at + lasts <= now:
        raise WrongUsage("the silence would have ended already")


@router.delete("/{silence_id}", openapi_extra=needs(Role.RESPONDER))
async def end(act: Act, desk: AtDesk, silence_id: UUID) -> SilenceDocument:
    """End a silence now; it stays in the list of those that have ended."""
    now = desk.clock.now()
    ended = await silences.end(act.connection, silence_id, now)
    return silence_document.of_silence(ended, now)
