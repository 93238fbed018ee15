"""The environment over the file: FETTLE_SECTION__NAME."""

import re
from collections.abc import Mapping
from typing import Any

from fettle.errors import BadSettings
from fettle.model.looking import VARIABLE

# Where a value stands, as pydantic names it, and the variable that it came from.
Origins = dict[tuple[int | str, ...], str]


def overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> Origins:
    """Lay the environment over the file's content, and return what came from where.

    A variable that is empty says nothing. Raises BadSettings for one that has no place.
    """
    origins: Origins = {}
    for variable, value in sorted(environ.items()):
        names = variable.removeprefix(VARIABLE).lower().split("__")
        if variable.startswith(VARIABLE) and len(names) > 1 and value:
            origins[_put(raw, names, variable, value)] = variable
    return origins


def _put(raw: dict[str, Any], names: list[str], variable: str, value: str) -> tuple[int | str, ...]:
    place: tuple[int | str, ...] = (names[0],)
    section = raw.setdefault(names[0], {})
    inner = names[1:]
    if isinstance(section, list):
        number = _number(section, inner[0], variable)
        place, section, inner = (*place, number), section[number], inner[1:]
    for name in inner[:-1]:
        section = section.setdefault(name, {}) if isinstance(section, dict) else None
    if not isinstance(section, dict) or not inner:
        raise BadSettings(
            f"{variable}: there is no such setting", remedy="fettle settings lists them all"
        )
    section[inner[-1]] = value
    return (*place, *inner)


def _number(entries: list[Any], name: str, variable: str) -> int:
    for number, entry in enumerate(entries):
        called = entry.get("id", entry.get("name", "")) if isinstance(entry, dict) else ""
        if re.sub(r"\W", "_", str(called)).lower() == name:
            return number
    raise BadSettings(f"{variable}: no entry in the settings is called {name}")
