"""What is wrong with settings, in words: where it stands, and what would be right."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fettle.settings.environment import Origins


def said(
    error: ValidationError,
    raw: Mapping[str, Any],
    file: Path,
    origins: Origins,
    lists: Collection[str],
) -> str:
    """Say each thing that is wrong: where it stands, and what would be right."""
    lines = []
    for problem in error.errors(include_url=False):
        place = problem["loc"]
        variables = [name for at, name in origins.items() if at[: len(place)] == place]
        where = variables[0] if variables else f"{file}: {_place(place, raw)}"
        wrong = _WRONG.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        if problem["type"] == "tuple_type" and place[0] in lists and len(place) == 1:
            wrong = f"each begins with [[{place[0]}]], and has a name"
        lines.append(f"{where}: {wrong}")
    return "; ".join(lines)


def _place(place: tuple[int | str, ...], raw: Mapping[str, Any]) -> str:
    """Return a place as it is written in the file; an entry of a list goes by its name."""
    match place:
        case (str() as section, int() as number, *inner):
            entry = raw[section][number]
            name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else None
            of = f" {name}" if name else f" number {number + 1}"
            return f"[[{section}]]{of}" + (f": {dotted(inner)}" if inner else "")
    return dotted(place)


def dotted(place: Sequence[int | str]) -> str:
    """Return a place as it is written with dots."""
    return ".".join(map(str, place))


_WRONG: Mapping[str, str] = {
    "bool_parsing": "it must be true or false",
    "date_from_datetime_parsing": "it must be a day, like 2027-01-31",
    "dataclass_type": "it must be a section",
    "date_type": "it must be a day, like 2027-01-31",
    "dict_type": "it must be a section",
    "extra_forbidden": "there is no such setting",
    "float_parsing": "it must be a number",
    "int_parsing": "it must be a whole number",
    "missing": "it is required",
    "model_type": "it must be a section",
    "string_too_short": "it must not be empty",
    "string_type": "it must be a text",
    "time_delta_type": "it must be a duration, like 30s",
    "tuple_type": "it must be a list",
    "unexpected_keyword_argument": "there is no such setting",
}
