"""What tests of reading errors share: envelopes around events, and what real ones hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.intake.errors.envelope import Envelope, read_envelope, read_store
from fettle.model.error_event import ErrorEvent

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CAPTURED = Path(__file__).parent / "captured"
ID = "9ec79c33ec9942ab8353589fcb2e04dc"


def packed(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return what is sent for a value: itself where it is bytes, else JSON."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def enveloped(*payloads: Any, header: Any = None) -> bytes:  # noqa: ANN401 - JSON
    """Return an envelope with these events."""
    lines = [packed(header if header is not None else {"event_id": ID})]
    for payload in payloads:
        lines += [b'{"type":"event"}', packed(payload)]
    return b"\n".join(lines)


def one(payload: Any) -> ErrorEvent:  # noqa: ANN401 - JSON
    """Return the event that a body is."""
    return read_store(packed(payload), NOW)


def said(**members: Any) -> ErrorEvent:  # noqa: ANN401 - JSON
    """Return an event with a message and these members."""
    return one({"event_id": ID, "message": "no order", **members})


def captured(name: str, at: datetime = NOW) -> Envelope:
    """Return what a real library sent."""
    return read_envelope((CAPTURED / name).read_bytes(), at)


def refused(payload: Any) -> BadPayload:  # noqa: ANN401 - JSON
    """Return the error that a body is refused with."""
    with pytest.raises(BadPayload) as raised:
        read_store(packed(payload), NOW)
    return raised.value
