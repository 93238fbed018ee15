"""The shape of applications' errors, as the API and `fettle error --format json` give them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report import error_event_document
from fettle.frontends.report.moments import moment, said
from fettle.model.commit import Commit
from fettle.model.error_group import ErrorGroup
from fettle.model.known_error import Catalogue, KnownError
from fettle.store.errors import KnownNear
from fettle.store.errors_shown import (
    Shown,
    ShownEvent,
    ShownKey,
    ShownRelease,
    TagValue,
)
from fettle.store.sentries import Origin

State = Literal["new", "ongoing", "escalating", "regressed", "resolved", "muted"]

# `class` is a word of the language, so that the first key cannot be written as a class's.
_Named = TypedDict("_Named", {"class": str})


class NearDocument(_Named):
    """A known error that fits."""

    confidence: float
    """From 0 to 1."""


class ErrorItem(TypedDict):
    """One bug of an application, in a list."""

    id: str
    title: str
    culprit: str
    """Where in the application it happens."""
    project: str
    level: Literal["fatal", "error", "warning", "info", "debug"]
    state: State
    events: int
    """How often it happened, also when those events are kept no more."""
    users: int
    """How many people's work was broken, as far as they are named and told apart."""
    first_seen: str
    last_seen: str
    first_release: str | None
    last_release: str | None
    known: list[NearDocument]
    """The known errors that fit, the surest first."""


class ErrorsDocument(TypedDict):
    """A page of a list of applications' errors."""

    schema: Literal["fettle.errors/1"]
    items: list[ErrorItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class ResolutionDocument(TypedDict):
    """That it is held for resolved."""

    at: str
    actor: str
    by: Literal["now", "next-release", "deploy"]
    """From when on another event means that it came back."""
    release: str | None
    """The newest that there was when it was said."""
    undone_at: str | None
    """When an event showed that it is not."""


class MutingDocument(TypedDict):
    """That it is quiet, and until what."""

    at: str
    actor: str
    until: str | None
    events: int | None
    """After so many more."""
    events_an_hour: int | None
    """When so many come in an hour."""


class KeyDocument(TypedDict):
    """What joins some of its events."""

    id: str
    why: list[str]
    """What it was made of, in words."""
    version: int
    events: int
    first_seen: str
    last_seen: str
    merged_from: str | None
    """The error that it was before it was merged into this one."""
    reads_as: str | None
    """The key that its events come to since their source maps are here, which joined them."""
    read_at: str | None
    """When that was."""


class HourDocument(TypedDict):
    """How many events came in an hour."""

    hour: str
    events: int


class ValueDocument(TypedDict):
    """A value of a tag, and how many events had it."""

    value: str | None
    """Null is all the others together."""
    events: int


class TagDocument(TypedDict):
    """A tag of its events, with its most frequent values."""

    tag: str
    events: int
    values: list[ValueDocument]


class ReleaseDocument(TypedDict):
    """A release of the application that had it."""

    release: str
    first_seen: str
    """When it was first heard of: by an error, whichever it was, or by whoever announced it."""
    events: int


class KnownDocument(NearDocument):
    """A known error that fits, and what cures it."""

    title: str | None
    """Null where the catalogue has it no more."""
    cause: str | None
    solutions: list[str]


class OriginDocument(TypedDict):
    """An issue of a Sentry that its latest events were read from."""

    sentry: str
    issue: str
    """Its short id there."""
    url: str | None
    """Null where that Sentry is not in the settings any more."""
    status: str
    """As that Sentry told it last; `not found` where it has not found it since."""
    events: int
    """How many it has there."""


class SuspectDocument(TypedDict):
    """A commit that may have brought it."""

    commit: str
    release: str
    author: str
    at: str | None
    message: str
    """Its first line."""


class ErrorDocument(ErrorItem):
    """One bug of an application, with all that is known of it."""

    schema: Literal["fettle.error/1"]
    issue: int | None
    """The number of the issue that it became."""
    resolution: ResolutionDocument | None
    muting: MutingDocument | None
    keys: list[KeyDocument]
    """Why its events are together; by these it can be split."""
    hours: list[HourDocument]
    """Of the last fortnight, those that had any."""
    tags: list[TagDocument]
    releases: list[ReleaseDocument]
    """The latest first."""
    latest: list[error_event_document.EventItem]
    """Those that are kept, the latest first."""
    suspects: list[SuspectDocument]
    """Commits of the release that had it first, or in which it came back, that touched its file."""
    solutions: list[KnownDocument]
    sentries: list[OriginDocument]
    """Empty where its application has sent it."""


@dataclass(frozen=True)
class Beside:
    """What is kept beside a group."""

    issue: int | None
    keys: Sequence[ShownKey]
    hours: Sequence[tuple[datetime, int]]
    tags: Sequence[TagValue]
    releases: Sequence[ShownRelease]
    latest: Sequence[ShownEvent]
    suspects: Sequence[Commit] = ()
    origins: Sequence[tuple[Origin, str | None]] = ()


def of_errors(shown: Sequence[Shown], next_: str | None) -> ErrorsDocument:
    """Return a page of a list."""
    return {"schema": "fettle.errors/1", "items": [of_item(one) for one in shown], "next": next_}


def of_item(shown: Shown) -> ErrorItem:
    """Return a bug as it stands in a list."""
    group = shown.group
    return {
        "id": str(group.id),
        "title": group.title,
        "culprit": group.culprit,
        "project": shown.project,
        "level": group.level.value,
        "state": group.state.value,
        "events": group.events,
        "users": shown.persons,
        "first_seen": said(group.first_seen),
        "last_seen": said(group.last_seen),
        "first_release": group.first_release,
        "last_release": group.last_release,
        "known": [{"class": one.id, "confidence": one.confidence} for one in shown.known],
    }


def of_error(shown: Shown, beside: Beside, catalogue: Catalogue) -> ErrorDocument:
    """Return a bug with all that is known of it."""
    group = shown.group
    return {
        "schema": "fettle.error/1",
        **of_item(shown),
        "issue": beside.issue,
        "resolution": _resolution(group),
        "muting": _muting(group),
        "keys": [_key(one, group) for one in beside.keys],
        "hours": [{"hour": said(hour), "events": number} for hour, number in beside.hours],
        "tags": list(_tags(beside.tags)),
        "releases": [_release(one) for one in beside.releases],
        "latest": [error_event_document.item(one) for one in beside.latest],
        "suspects": [_suspect(one) for one in beside.suspects],
        "solutions": [_known(one, catalogue.get(one.id)) for one in shown.known],
        "sentries": [_origin(one, url) for one, url in beside.origins],
    }


def _origin(origin: Origin, url: str | None) -> OriginDocument:
    return {
        "sentry": origin.sentry,
        "issue": origin.short_id,
        "url": url,
        "status": origin.status,
        "events": origin.count,
    }


def _resolution(group: ErrorGroup) -> ResolutionDocument | None:
    if (made := group.resolution) is None:
        return None
    return {
        "at": said(made.at),
        "actor": made.actor,
        "by": made.by.value,
        "release": made.release,
        "undone_at": moment(made.undone_at),
    }


def _muting(group: ErrorGroup) -> MutingDocument | None:
    if (made := group.muting) is None:
        return None
    return {
        "at": said(made.at),
        "actor": made.actor,
        "until": moment(made.until),
        "events": made.events,
        "events_an_hour": made.events_an_hour,
    }


def _key(one: ShownKey, group: ErrorGroup) -> KeyDocument:
    return {
        "id": str(one.id),
        "why": one.why,
        "version": one.key_version,
        "events": one.events,
        "first_seen": said(one.first_seen),
        "last_seen": said(one.last_seen),
        "merged_from": str(one.origin) if one.origin != group.id else None,
        "reads_as": str(one.reads_as) if one.reads_as is not None else None,
        "read_at": moment(one.read_at),
    }


def _suspect(one: Commit) -> SuspectDocument:
    return {
        "commit": one.id,
        "release": one.release,
        "author": one.author,
        "at": moment(one.at),
        "message": one.message,
    }


def _tags(values: Sequence[TagValue]) -> Iterator[TagDocument]:
    for tag, found in groupby(values, lambda one: one.tag):
        some = list(found)
        shown: list[ValueDocument] = [
            {"value": one.value or None, "events": one.number} for one in some
        ]
        yield {"tag": tag, "events": some[0].total, "values": shown}


def _release(one: ShownRelease) -> ReleaseDocument:
    return {"release": one.release, "first_seen": said(one.first_seen), "events": one.number}


def _known(near: KnownNear, known: KnownError | None) -> KnownDocument:
    return {
        "class": near.id,
        "confidence": near.confidence,
        "title": None if known is None else known.title,
        "cause": None if known is None else known.cause,
        "solutions": [one.does for one in known.solutions] if known else [],
    }
