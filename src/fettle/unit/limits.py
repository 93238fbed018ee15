"""The limits of checks: their defaults, and what settings and the command line say of them."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from fettle.errors import BadSettings
from fettle.model.quantity import Bytes, Ratio, parse_duration, say_duration
from fettle.unit import AnyCheck


def limits_of(unit: AnyCheck, *settings: Mapping[str, object], where: str) -> Any:  # noqa: ANN401 - each unit's own
    """Return a check's limits: its defaults, overlaid with each of `settings` in turn.

    Raises BadSettings for a name the check does not have, and for a value that is not of the
    limit's kind.
    """
    hints = unit.limit_kinds
    values: dict[str, object] = {}
    for layer in settings:
        for name, raw in layer.items():
            if name not in hints:
                known = ", ".join(hints) or "none"
                raise BadSettings(f"{where}: {unit.id} has no limit {name}; it has {known}")
            try:
                values[name] = parse_limit(raw, hints[name])
            except ValueError as error:
                raise BadSettings(f"{where}: {unit.id}.{name}: {error}") from error
    return unit.limits(**values)


def parse_limit(raw: object, kind: type) -> object:
    """Read a limit as it stands in fettle.toml or on the command line; ValueError if it cannot."""
    text = str(raw).strip()
    if kind is timedelta:
        bare = isinstance(raw, int | float) and not isinstance(raw, bool)
        return parse_duration(f"{text}s" if bare else text)
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{raw!r} is neither true nor false")
        return text.lower() == "true"
    if kind is str:
        return text
    numbers: dict[type, Callable[[str], int | float]] = {
        Ratio: Ratio.parse,
        Bytes: Bytes.parse,
        int: _whole,
        float: _number,
    }
    value = numbers[kind](text)
    if not 0 <= value < float("inf"):
        raise ValueError(f"{raw!r} is not a number from zero on")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def default_limits(unit: AnyCheck) -> list[tuple[str, str]]:
    """Return the names and the defaults of a check's limits, as people read them."""
    return [(field.name, _shown(field.default)) for field in dataclasses.fields(unit.limits)]


def _shown(value: object) -> str:
    if isinstance(value, timedelta):
        return say_duration(value)
    return f"{value:,}" if type(value) is int else str(value)
