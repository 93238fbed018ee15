"""The shape of what happened to an application, time by time, as the API and `fettle` give it."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.intake.errors.source_maps import wanted
from fettle.model.error_event import ErrorEvent
from fettle.store.errors_shown import ShownEvent, WholeEvent


class EventItem(TypedDict):
    """One time that it happened, in a list."""

    id: str
    at: str
    received_at: str
    release: str | None
    environment: str | None


class ErrorEventsDocument(TypedDict):
    """A page of the events of a bug."""

    schema: Literal["fettle.error_events/1"]
    error: str
    items: list[EventItem]
    next: str | None
    """The cursor of the next page; null at the end."""


class ErrorEventDocument(TypedDict):
    """One time that it happened: all that its application said, scrubbed."""

    schema: Literal["fettle.error_event/1"]
    id: str
    error: str
    received_at: str
    earlier: str | None
    """The id of the event before it."""
    later: str | None
    event: ErrorEvent
    """With the stack that people wrote, where its source maps are here."""
    maps_missing: list[str]
    """Files that its stack names and whose source maps are not here."""


def of_events(group: int, events: Sequence[ShownEvent], next_: str | None) -> ErrorEventsDocument:
    """Return a page of the events of a bug."""
    items = [item(one) for one in events]
    return {
        "schema": "fettle.error_events/1",
        "error": str(group),
        "items": items,
        "next": next_,
    }


def of_event(group: int, whole: WholeEvent) -> ErrorEventDocument:
    """Return an event with all that it says."""
    return {
        "schema": "fettle.error_event/1",
        "id": str(whole.event.id),
        "error": str(group),
        "received_at": said(whole.received_at),
        "earlier": None if whole.earlier is None else str(whole.earlier),
        "later": None if whole.later is None else str(whole.later),
        "event": whole.event,
        "maps_missing": maps_missing(whole.event),
    }


def item(one: ShownEvent) -> EventItem:
    """Return one time that it happened, as it stands in a list."""
    return {
        "id": str(one.event_id),
        "at": said(one.at),
        "received_at": said(one.received_at),
        "release": one.release,
        "environment": one.environment,
    }


def maps_missing(event: ErrorEvent) -> list[str]:
    """Return the files of an event whose maps are not here, of those that say which they need."""
    return [file for file in wanted(event) if file in event.images]
