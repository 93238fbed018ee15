"""What tests of the mappings share: a payload, posted to a vendor's door."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.intake.mapping import HookOptions, Mapped, Posted, mapping_of
from fettle.model.signal import Signal

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOTHING = HookOptions()


def read(
    door: str,
    payload: Any,  # noqa: ANN401 - JSON
    options: HookOptions = NOTHING,
    headers: dict[str, str] | None = None,
) -> Mapped:
    """Return what a payload says at a door."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return mapping_of(door)(Posted("prod", body, NOW, headers or {}, options, proved=True))


def one(
    door: str,
    payload: Any,  # noqa: ANN401 - JSON
    options: HookOptions = NOTHING,
    headers: dict[str, str] | None = None,
) -> Signal:
    """Return the one signal that a payload says."""
    mapped = read(door, payload, options, headers)
    assert not mapped.rejected
    (signal,) = mapped.signals
    return signal


def refused(
    door: str,
    payload: Any,  # noqa: ANN401 - JSON
    headers: dict[str, str] | None = None,
) -> BadPayload:
    """Return the error that a payload is refused with."""
    with pytest.raises(BadPayload) as raised:
        read(door, payload, headers=headers)
    return raised.value
