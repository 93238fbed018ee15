"""Signals that Fettle files itself: how they are written, and read back, as a delivery's body.

They go the way of everybody else's: kept first, together with the state that led to them, then
taken into issues, counted, and replayed where that is asked for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from fettle.errors import BadPayload
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal

VENDOR = "fettle"


@dataclass(frozen=True)
class _Body:
    """What such a delivery holds."""

    signals: tuple[Signal, ...]
    schema: Literal["fettle.signals/1"] = "fettle.signals/1"


_BODY = TypeAdapter(_Body)
_SIGNALS = TypeAdapter(Signal)


def document(signal: Signal) -> dict[str, Any]:
    """Return a signal as it is kept beside its alert."""
    return dict(_SIGNALS.dump_python(signal, mode="json"))


def of_document(document: Mapping[str, Any]) -> Signal:
    """Return a signal that was kept."""
    return _SIGNALS.validate_python(document)


def written(signals: Sequence[Signal]) -> bytes:
    """Return signals as the body of a delivery; what no UTF-8 can carry becomes a question mark."""
    document = _BODY.dump_python(_Body(tuple(signals)), mode="json")
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def read(posted: Posted) -> Mapped:
    """Return the signals of such a body; raises BadPayload for any other."""
    try:
        return Mapped(_BODY.validate_json(posted.body).signals)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadPayload(f"{place or 'the body'}: {first['msg']}") from None
