"""Reads an event as applications' error libraries send it, in Sentry's protocol.

As tolerant as the protocol is: a field of the wrong kind is left out and noted with its place. What
says nothing at all is refused. Source: https://develop.sentry.dev/sdk/data-model/event-payloads/
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from fettle.errors import BadPayload
from fettle.intake.errors import _around, _stacks
from fettle.intake.errors._clock import Clock
from fettle.intake.errors._fields import LINE, LONG, NAME, Members, Notes, cut, printed
from fettle.intake.errors._json import an_object
from fettle.intake.moments import moment
from fettle.model.error_event import ErrorEvent, ErrorLevel

_LEVELS: Mapping[str, ErrorLevel] = {
    **{str(level): level for level in ErrorLevel},
    "critical": ErrorLevel.FATAL,
    "emergency": ErrorLevel.FATAL,
    "alert": ErrorLevel.FATAL,
    "panic": ErrorLevel.FATAL,
    "exception": ErrorLevel.ERROR,
    "err": ErrorLevel.ERROR,
    "warn": ErrorLevel.WARNING,
    "notice": ErrorLevel.INFO,
    "log": ErrorLevel.INFO,
    "trace": ErrorLevel.DEBUG,
    "50": ErrorLevel.FATAL,  # as numbers of Python's logging
    "40": ErrorLevel.ERROR,
    "30": ErrorLevel.WARNING,
    "20": ErrorLevel.INFO,
    "10": ErrorLevel.DEBUG,
}
_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACE = re.compile(r"[0-9a-fA-F]{32}")
_NO_ID = "0" * 32
# What libraries of before 2018 call the parts of an event.
_OLD = "sentry.interfaces."
_OLD_NAMES = {
    "Exception": "exception",
    "Stacktrace": "stacktrace",
    "Http": "request",
    "User": "user",
    "Message": "logentry",
    "Breadcrumbs": "breadcrumbs",
}
_MOST_FINGERPRINTS = 20
# What stands in a logged text for a parameter: `%s`, `%(name)s`, `%05.2f`, `{}`, `{0}`, `{name}`.
_PARAMETER = re.compile(
    r"%(?:%|(?:\((?P<named>[^()]{1,100})\))?[-+ #0]{0,5}\d{0,5}(?:\.\d{0,5})?[a-zA-Z])"
    r"|\{(?P<braced>[\w.]{0,100})\}"
)


def read_event(
    body: bytes,
    received_at: datetime,
    *,
    what: str = "the event",
    sent_at: datetime | None = None,
    id: str | None = None,  # noqa: A002 - of the envelope around it
) -> ErrorEvent:
    """Return the event that a body is; raises BadPayload and TooLarge, which name the place."""
    event = _renewed(an_object(body, what))
    if event.get("event_id") is None:
        event = {**event, "event_id": id}
    return of_members(event, Clock(received_at, sent_at), _made_id(body), what)


def of_members(event: Members, clock: Clock, made_id: UUID, what: str) -> ErrorEvent:
    """Return the event of such members, with the id that was made where it has none.

    Raises BadPayload for one that says nothing.
    """
    notes = Notes()
    known = _id(event.get("event_id"), notes)
    try:
        return _read(event, clock, notes, known or made_id)
    except _SaysNothing:
        why = notes.said[0] if notes.said else "it has neither exception nor message nor stack"
        raise BadPayload(f"{what}: says nothing of an error: {why}") from None


class _SaysNothing(Exception):
    """Neither what was raised, nor where, nor a message."""


def _read(event: Members, clock: Clock, notes: Notes, id_: UUID) -> ErrorEvent:
    chain = _stacks.raised(event, notes)
    message, template = _message(event, notes)
    if not (chain or message):
        raise _SaysNothing
    contexts = _around.contexts(event, notes)
    at = _at(event, clock, notes, contexts)
    text = notes.text
    return ErrorEvent(
        id=id_,
        at=at,
        platform=text(event, "platform", "") or "other",
        level=_level(event, notes),
        message=message,
        template=template,
        raised=chain,
        logger=text(event, "logger", ""),
        transaction=text(event, "transaction", "", LINE) or text(event, "culprit", "", LINE),
        release=text(event, "release", ""),
        dist=text(event, "dist", ""),
        environment=text(event, "environment", ""),
        server=text(event, "server_name", ""),
        fingerprint=_fingerprint(event.get("fingerprint"), notes),
        user=_around.user(event, notes),
        trace=_trace(contexts),
        sdk=_sdk(event, notes),
        tags=_around.tags(event.get("tags"), notes),
        asked=_around.asked(event, notes),
        crumbs=_around.crumbs(event, notes),
        contexts=contexts,
        images=_stacks.images(event, chain, notes),
        notes=tuple(notes.said),
    )


def _renewed(event: dict[str, Any]) -> Members:
    if not any(name.startswith(_OLD) for name in event):
        return event
    renewed = {
        _OLD_NAMES.get(name.removeprefix(_OLD), name): value
        for name, value in event.items()
        if name.startswith(_OLD)
    }
    return {**renewed, **event}


def _id(value: object, notes: Notes) -> UUID | None:
    if isinstance(value, str) and _ID.fullmatch(value):
        found = UUID(value)
        return found if found.int else None
    if value is not None:
        notes.add("event_id", "is no id of 32 hexadecimal digits; one was made of the event")
    return None


def _made_id(body: bytes) -> UUID:
    """Return the id of an event that has none: the same when the same is sent again."""
    return UUID(bytes=hashlib.sha256(body).digest()[:16], version=5)


def _at(
    event: Members, clock: Clock, notes: Notes, contexts: dict[str, Mapping[str, str]]
) -> datetime:
    """Return when it happened; what a clock that is off said is kept as a context."""
    given = event.get("timestamp")
    if given is None:
        return clock.received_at
    said = moment(given)
    if said is None:
        notes.add("timestamp", f"{printed(given, 60)!r} is no moment")
        return clock.received_at
    at = clock.right(said)
    if at != said:
        contexts["clock"] = {"said": said.isoformat(), "corrected": at.isoformat()}
    return at


def _level(event: Members, notes: Notes) -> ErrorLevel:
    said = notes.text(event, "level", "")
    if said is None:
        return ErrorLevel.ERROR
    level = _LEVELS.get(said.strip().lower())
    if level is None:
        notes.add("level", f"{said[:40]!r} is none of {', '.join(ErrorLevel)}")
        return ErrorLevel.ERROR
    return level


def _message(event: Members, notes: Notes) -> tuple[str, str | None]:
    """Return what was logged, its parameters filled in, and the same without them."""
    entry = event.get("logentry")
    if entry is None:
        entry = event.get("message")
    if not isinstance(entry, dict):
        of, name = ({"message": entry}, "message") if entry is not None else (event, "message")
        return notes.text(of, name, "", LONG) or "", None
    template = notes.text(entry, "message", "logentry.", LONG)
    formatted = notes.text(entry, "formatted", "logentry.", LONG)
    if template and not formatted:
        formatted = _filled(template, entry.get("params"), notes)
    told = formatted or notes.text({"message": _plain(event)}, "message", "", LONG) or ""
    return told, template if template and template != told else None


def _plain(event: Members) -> object:
    message = event.get("message")
    return None if isinstance(message, dict) else message


def _filled(template: str, params: object, notes: Notes) -> str:
    """Return a logged text with its parameters; in the shapes of Python, C and `{}`."""
    if not isinstance(params, list | dict):
        notes.wrong(params, "logentry.params", "a list or an object")
        return template
    if not params:
        return template
    ordered = iter(params if isinstance(params, list) else ())

    @cache  # it may stand there a thousand times
    def named(name: str) -> str | None:
        return _parameter(_by_name(params, name))

    def fill(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found["named"] or found["braced"]
        text = named(name) if name else _parameter(next(ordered, None))
        return found[0] if text is None else text

    return cut(_PARAMETER.sub(fill, template), LONG)


def _parameter(value: object) -> str | None:
    return None if value is None else printed(value, LINE)


def _by_name(params: list[Any] | dict[str, Any], name: str) -> object:
    if isinstance(params, dict):
        return params.get(name)
    return params[int(name)] if name.isdecimal() and int(name) < len(params) else None


def _fingerprint(value: object, notes: Notes) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (cut(value, NAME),)
    if not isinstance(value, list):
        notes.wrong(value, "fingerprint", "a list of texts")
        return ()
    return tuple(printed(one, NAME) for one in value[:_MOST_FINGERPRINTS] if one is not None)


def _trace(contexts: Mapping[str, Mapping[str, str]]) -> str | None:
    found = contexts.get("trace", {}).get("trace_id")
    return found.lower() if found and _TRACE.fullmatch(found) and found != _NO_ID else None


def _sdk(event: Members, notes: Notes) -> str | None:
    sdk = notes.part(event, "sdk", "")
    name, version = notes.text(sdk, "name", "sdk."), notes.text(sdk, "version", "sdk.")
    return cut(f"{name}/{version}" if version else name, NAME) if name else None
