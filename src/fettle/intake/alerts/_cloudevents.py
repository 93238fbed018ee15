"""CloudEvents 1.0, in both of their modes: the event as the body, or its attributes as headers.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fettle.errors import BadPayload
from fettle.intake.alerts import _json
from fettle.intake.alerts._json import Part
from fettle.intake.mapping import Posted
from fettle.intake.moments import moment

_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
_PAYLOAD = ("data", "data_base64")


@dataclass(frozen=True)
class Event:
    """An event: its attributes, what it carries, and where that stands in the body."""

    attributes: Mapping[str, str]
    data: Any
    at: str

    @property
    def key(self) -> str:
        """What the event is about: `id` is another one each time, and so tells nothing."""
        about = self.attributes.get("subject") or self.attributes["type"]
        return f"{self.attributes['source']} {about}"

    @property
    def title(self) -> str:
        """The event's type, and what it is about."""
        about = self.attributes.get("subject")
        return f"{self.attributes['type']}: {about}" if about else self.attributes["type"]

    @property
    def outcome(self) -> str:
        """The last part of the type, which says what happened: `com.example.alarm.closed`."""
        return re.split(r"[./:]", self.attributes["type"])[-1]

    @property
    def moment(self) -> datetime | None:
        """When it happened."""
        return moment(self.attributes.get("time"))


def is_binary(posted: Posted) -> bool:
    """Whether the headers hold an event's attributes."""
    return "ce-specversion" in posted.headers


def binary(posted: Posted) -> Event:
    """Return the event whose attributes are headers; raises BadPayload."""
    attributes = {
        name.removeprefix("ce-"): _decoded(value)
        for name, value in posted.headers.items()
        if name.startswith("ce-") and value.strip()
    }
    event = Part(attributes, "ce")
    kind = posted.headers.get("content-type", "application/json").partition(";")[0].strip()
    data = _json.document(posted.body) if posted.body and _is_json(kind) else _text(posted.body)
    return Event(_attributes(event), data, "")


def structured(event: Part) -> Event:
    """Return the event that an object is; raises BadPayload."""
    data = event.members.get("data")
    encoded = event.members.get("data_base64")
    if isinstance(encoded, str):
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise event.bad("data_base64", "is not written in base64") from None
        kind = event.text("datacontenttype") or "application/json"
        data = _json.document(raw, event.path("data_base64")) if _is_json(kind) else _text(raw)
    return Event(_attributes(event), data, event.path("data"))


def _attributes(event: Part) -> dict[str, str]:
    if event.needed("specversion") != "1.0":
        raise event.bad("specversion", "only 1.0 of CloudEvents is read")
    attributes = {
        name: text
        for name, value in event.members.items()
        if name not in _PAYLOAD and (text := _json.scalar(value)) is not None
    }
    return attributes | {name: event.needed(name) for name in ("id", "source", "type")}


def _is_json(kind: str) -> bool:
    kind = kind.partition(";")[0].strip().casefold()
    return kind == "application/json" or kind.endswith("+json")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _decoded(value: str) -> str:
    """Return a header's value with its %xx put back."""
    if "%" not in value:
        return value
    raw = _ENCODED.sub(lambda hit: bytes((int(hit[1], 16),)), value.encode("utf-8", "replace"))
    decoded = raw.decode("utf-8", "replace")
    if not decoded.strip():
        raise BadPayload("ce: a header is blank")
    return decoded
