"""Figures as people read them; the unit stands in the name (`size_bytes`, `waited_s`)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fettle.model.finding import Scalar
from fettle.model.quantity import Bytes, Ratio, say_duration

# Numbers that name something are not grouped by thousands.
_NAMES = ("pid", "_pid", "oid", "_oid", "_id", "port", "line", "version")
_STATEMENTS = ("query", "statement", "sql", "definition")


def label(name: str) -> str:
    """Return a column's or metric's name without its unit."""
    unit = next((unit for unit in _UNITS if name.endswith(unit)), "")
    return name.removesuffix(unit).replace("_", " ")


def shown(name: str, value: Scalar) -> str:
    """Return a value as text, with the unit that its name carries."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, timedelta):
        return say_duration(value)
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    say = next((say for unit, say in _UNITS.items() if name.endswith(unit)), None)
    if say is None:
        return str(value) if name.endswith(_NAMES) else _number(value)
    return say(value)


def moment(at: datetime) -> str:
    """Return a moment in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def is_number(value: Scalar) -> bool:
    """Whether a value belongs on the right side of its column."""
    return isinstance(value, int | float | timedelta) and not isinstance(value, bool)


def is_statement(name: str) -> bool:
    """Whether a column holds statements, which are long and want their own lines."""
    return name.endswith(_STATEMENTS)


def _number(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


_UNITS: dict[str, Callable[[float], str]] = {
    "_bytes": lambda value: str(Bytes(value)),
    "_s": lambda value: say_duration(timedelta(seconds=value)),
    "_ms": lambda value: say_duration(timedelta(milliseconds=value)),
    "_ratio": lambda value: str(Ratio(value)),
    "_percent": lambda value: f"{value:g} %",
    "_count": _number,
}
