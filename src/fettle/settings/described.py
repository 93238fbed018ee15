"""Every setting as it is shown: by its name in the file, with its value, default and help."""

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import time, timedelta
from typing import TYPE_CHECKING

from fettle.model.looking import Part
from fettle.model.quantity import say_duration
from fettle.settings.section import Section

if TYPE_CHECKING:
    from fettle.settings import Settings

_PASSWORD = re.compile(r"//[^/@\s]*:[^/@\s]*@")


def lists_of(kind: type["Settings"]) -> Mapping[str, type[Section | Part]]:
    """Return the sections that can stand several times, by their names in the file."""
    found = {}
    for name, option in kind.model_fields.items():
        if typing.get_origin(option.annotation) is tuple:
            found[option.alias or name] = typing.get_args(option.annotation)[0]
    return found


@dataclass(frozen=True)
class Described:
    """A setting as it is shown: its name in the file, its value, its default, and its help.

    `origin` is where its value comes from: `default`, `fettle.toml`, or a variable's name.
    """

    name: str
    value: str
    default: str
    help: str
    origin: str = "default"


def described(settings: "Settings") -> list[Described]:
    """Return every setting; addresses, which can hold passwords, are not shown."""
    entries, lists = [], lists_of(type(settings))
    for attribute, value in settings:
        kind = type(settings).model_fields[attribute]
        section = kind.alias or attribute
        if isinstance(value, Section | Part):
            entries += [
                _described(settings, f"{section}.{option.name}", value, option)
                for option in _options(type(value))
            ]
        elif section in lists:
            for name, option in _nested(lists[section]):
                default = "(required)" if option.required else _shown(option.name, option.default)
                entries.append(Described(f"[[{section}]] {name}", default, default, option.help))
        else:
            entries.append(Described(section, _shown(section, value), "", kind.description or ""))
    return entries


@dataclass(frozen=True)
class _Option:
    """A setting of a section, whichever kind of class that is."""

    name: str
    required: bool
    default: object
    help: str


def _nested(kind: type[Section | Part]) -> Iterator[tuple[str, _Option]]:
    """Yield the settings of an entry of a list, and those of the sections in it."""
    for option in _options(kind):
        if isinstance(option.default, Section):
            for inner in _options(type(option.default)):
                yield f"{option.name}.{inner.name}", inner
        else:
            yield option.name, option


def _options(kind: type[Section | Part]) -> list[_Option]:
    if issubclass(kind, Section):
        return [
            _Option(
                option.alias or name,
                option.is_required(),
                None if option.is_required() else option.get_default(call_default_factory=True),
                option.description or "",
            )
            for name, option in kind.model_fields.items()
        ]
    return [
        _Option(
            option.name,
            option.default is MISSING and option.default_factory is MISSING,
            option.default if option.default_factory is MISSING else option.default_factory(),
            option.metadata["description"],
        )
        for option in fields(kind)  # type: ignore[arg-type] # each Part is a dataclass
    ]


def _described(
    settings: "Settings", path: str, section: Section | Part, option: _Option
) -> Described:
    value = getattr(section, option.name)
    origin = "default" if value == option.default else "fettle.toml"
    return Described(
        path,
        _shown(option.name, value),
        _shown(option.name, option.default),
        option.help,
        settings.variable_of(path) or origin,
    )


def _shown(name: str, value: object) -> str:
    if value is None or value in ((), {}):
        return ""
    if "url" in name or name == "key" or name.startswith("runbook"):
        return "(set)"
    return _said_value(value)


def _said_value(value: object) -> str:
    match value:
        case timedelta():
            return say_duration(value)
        case bool() | time():
            return f"{value:%H:%M}" if isinstance(value, time) else str(value).lower()
        case tuple():
            between = "-" if isinstance(next(iter(value), None), time) else ", "
            return between.join(map(_said_value, value))
        case dict() | Section():
            parts = {name: part for name, part in _told(value).items() if part not in (None, {})}
            return ", ".join(f"{name} {_said_value(part)}" for name, part in parts.items())
        case _:
            return _PASSWORD.sub("//***@", str(value))


def _told(value: Mapping[str, object] | Section) -> Mapping[str, object]:
    """Return the parts of a value, without what secrets are in."""
    if not isinstance(value, Section):
        return value
    options = type(value).model_fields
    return {name: part if options[name].repr or not part else "(set)" for name, part in value}
