"""The shape of silences, as the API and `fettle silence --format json` give them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.model.silence import Silence


class MatcherDocument(TypedDict):
    """One condition; all of a silence must fit."""

    name: str
    """A label's name, or source, service, title, severity or key."""
    op: Literal["=", "!=", "=~", "!~"]
    """Equal or not, or whether an expression fits the whole value or not."""
    value: str


class SilenceItem(TypedDict):
    """A silence in a list."""

    id: str
    state: Literal["pending", "active", "ended"]
    matchers: list[MatcherDocument]
    comment: str
    starts_at: str
    ends_at: str
    created_by: str
    created_at: str


class SilenceDocument(SilenceItem):
    """A silence."""

    schema: Literal["fettle.silence/1"]


class SilencesDocument(TypedDict):
    """A page of a list of silences."""

    schema: Literal["fettle.silences/1"]
    items: list[SilenceItem]
    next: str | None
    """The cursor of the next page; null at the end."""


def of_silence(silence: Silence, now: datetime) -> SilenceDocument:
    """Return a silence as it stands now."""
    return {"schema": "fettle.silence/1", **_item(silence, now)}


def of_silences(silences: Sequence[Silence], now: datetime, next_: str | None) -> SilencesDocument:
    """Return a page of silences."""
    items = [_item(silence, now) for silence in silences]
    return {"schema": "fettle.silences/1", "items": items, "next": next_}


def _item(silence: Silence, now: datetime) -> SilenceItem:
    return {
        "id": str(silence.id),
        "state": _state(silence, now),
        "matchers": [
            {"name": matcher.name, "op": matcher.op.value, "value": matcher.value}
            for matcher in silence.matchers
        ],
        "comment": silence.comment,
        "starts_at": said(silence.starts_at),
        "ends_at": said(silence.ends_at),
        "created_by": silence.created_by,
        "created_at": said(silence.created_at),
    }


def _state(silence: Silence, now: datetime) -> Literal["pending", "active", "ended"]:
    if silence.ends_at <= now:
        return "ended"
    return "pending" if silence.starts_at > now else "active"
