"""Reads an event as a Sentry tells it by its API: the same error as the library sent there.

The API parts an event into entries and calls their members otherwise; here they get the names back
that they were sent under, and are read as anybody's event is (event.py). The fingerprint is not
told, and the hashes that Sentry makes are none: the error is joined by what it says itself.

Source: https://docs.sentry.io/api/events/retrieve-an-issue-event/
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fettle.errors import BadPayload
from fettle.intake.errors._clock import Clock
from fettle.intake.errors._fields import Members
from fettle.intake.errors._json import an_object
from fettle.intake.errors.event import of_members
from fettle.intake.moments import moment
from fettle.model.error_event import ErrorEvent

MOST = 4 * 1024**2  # told with more around it than it was sent with
# What is a tag there, and a member of the event where it came from; `user` is told beside.
_MEMBERS = frozenset({"level", "environment", "server_name", "logger", "transaction"})
_TOLD_BESIDE = frozenset({"release", "dist", "user", "sentry:release", "sentry:user"})
_FRAME = {"absPath": "abs_path", "lineNo": "lineno", "colNo": "colno", "inApp": "in_app"} | {
    name: name for name in ("function", "module", "filename", "package", "vars")
}
_AROUND = ("method", "url", "data", "headers", "env")


def read_told(body: bytes, now: datetime, what: str) -> tuple[ErrorEvent, datetime]:
    """Return an event, and when that Sentry received it: never after now, whatever its clock says.

    Raises BadPayload and TooLarge, which name `what` it is.
    """
    told = an_object(body, what, most=MOST)
    if told.get("type") == "transaction":
        raise BadPayload(f"{what}: is a transaction, and no error")
    received = moment(told.get("dateReceived")) or moment(told.get("dateCreated")) or now
    received = min(received, now)
    made_id = UUID(bytes=hashlib.sha256(body).digest()[:16], version=5)
    return of_members(_as_sent(told), Clock(received), made_id, what), received


def _as_sent(told: Members) -> dict[str, Any]:
    """Return an event's members under the names that it was sent with."""
    tags = dict(_tags(told.get("tags")))
    sent: dict[str, Any] = {
        "event_id": told.get("eventID") or told.get("id"),
        "timestamp": told.get("dateCreated"),
        "platform": told.get("platform"),
        "culprit": told.get("culprit"),
        "dist": told.get("dist"),
        "release": _release(told.get("release"), tags),
        "user": told.get("user"),
        "sdk": told.get("sdk"),
        "contexts": told.get("contexts"),
        "extra": told.get("context"),
        "modules": told.get("packages"),
        **{name: value for name, value in tags.items() if name in _MEMBERS},
        "tags": {
            name: value
            for name, value in tags.items()
            if name not in _MEMBERS and name not in _TOLD_BESIDE
        },
    }
    sent |= _entries(told.get("entries"))
    if not any(name in sent for name in ("exception", "logentry", "threads", "stacktrace")):
        sent["message"] = told.get("message") or told.get("title")
    return sent


def _tags(given: object) -> Iterator[tuple[str, str]]:
    for one in given if isinstance(given, list) else ():
        match one:
            case {"key": str() as name, "value": str() as value}:
                yield name, value


def _release(given: object, tags: Mapping[str, str]) -> object:
    version = given.get("version") if isinstance(given, dict) else given
    return version or tags.get("release") or tags.get("sentry:release")


def _entries(given: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in given if isinstance(given, list) else ():
        match one:
            case {"type": str() as kind, "data": dict() as data} if kind in _ENTRIES:
                name, turn = _ENTRIES[kind]
                found[name] = turn(data)
    return found


def _values(data: Members) -> dict[str, Any]:
    """Return exceptions or threads with their stacks."""
    values = data.get("values")
    if not isinstance(values, list):
        return {"values": values}
    return {"values": [_with_stack(one) for one in values if one is not None]}


def _asked(data: Members) -> dict[str, Any]:
    asked = {name: data.get(name) for name in _AROUND}
    return {**asked, "query_string": data.get("query")}


def _with_stack(told: object) -> object:
    """Return an exception or a thread; what was made readable goes before the stack as it came."""
    if not isinstance(told, dict):
        return told
    stack = told.get("stacktrace") or told.get("rawStacktrace")
    return {**told, "stacktrace": _stack(stack)}


def _stack(told: object) -> object:
    if not isinstance(told, dict):
        return told
    frames = told.get("frames")
    return {"frames": [_frame(one) for one in frames] if isinstance(frames, list) else frames}


def _frame(told: object) -> object:
    if not isinstance(told, dict):
        return told
    frame = {ours: told[theirs] for theirs, ours in _FRAME.items() if told.get(theirs) is not None}
    if frame.get("function") is None:
        frame["function"] = told.get("rawFunction")
    return {**frame, **_source(told.get("context"), told.get("lineNo"))}


def _source(context: object, line: object) -> dict[str, Any]:
    """Return the line of source, and those around it: they are told with their numbers."""
    lines = [
        (number, text)
        for one in (context if isinstance(context, list) else ())
        if isinstance(one, list) and len(one) == 2
        for number, text in [one]
        if isinstance(number, int) and (text is None or isinstance(text, str))
    ]
    if not isinstance(line, int):
        return {}
    at = [text for number, text in lines if number == line]
    if not at:
        return {}
    return {
        "context_line": at[0],
        "pre_context": [text or "" for number, text in lines if number < line],
        "post_context": [text or "" for number, text in lines if number > line],
    }


_ENTRIES: Mapping[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "exception": ("exception", _values),
    "threads": ("threads", _values),
    "stacktrace": ("stacktrace", _stack),
    "message": ("logentry", dict),
    "breadcrumbs": ("breadcrumbs", dict),
    "request": ("request", _asked),
    "debugmeta": ("debug_meta", dict),
}
