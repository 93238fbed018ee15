"""Rows of an answer, made what a unit's judge is given, once, at the edge."""

import typing
from collections.abc import Callable
from typing import Any, TypeVar

from fettle.errors import CannotLook
from fettle.model.finding import Relation
from fettle.model.ports import Rows
from fettle.model.quantity import Bytes, Ratio

RowT = TypeVar("RowT")


def decode(rows: Rows, row: type[RowT]) -> list[RowT]:
    """Make typed rows of an answer, once, at the edge; the columns may come in any order.

    Raises CannotLook when a column is missing, which is a server that the SQL does not fit.
    """
    hints = typing.get_type_hints(row)
    missing = set(hints) - set(rows.columns)
    if missing:
        raise CannotLook(f"the answer lacks {', '.join(sorted(missing))}")
    places = [rows.columns.index(name) for name in hints]
    converters = [
        (position, convert)
        for position, hint in enumerate(hints.values())
        if (convert := _converter(hint)) is not None
    ]
    typed = []
    for values in rows.values:
        fields = [values[place] for place in places]
        for position, convert in converters:
            if fields[position] is not None:
                fields[position] = convert(fields[position])
        typed.append(row(*fields))
    return typed


def _converter(hint: object) -> Callable[[Any], object] | None:
    kinds = set(typing.get_args(hint)) or {hint}
    for kind in (Ratio, Bytes, Relation, float):
        if kind in kinds:
            return kind
    origin = typing.get_origin(hint)
    return tuple if origin is tuple else None
