"""Every option of Fettle: fettle.toml, overlaid with the environment.

`FETTLE_SECTION__NAME` in the environment is `[section] name` in the file;
`FETTLE_DATABASE__MAIN_DB__URL` is the `url` of the `[[database]]` called `main-db`.
In the file `${NAME}` stands for a variable of the environment, and `${file:PATH}` for the text of
another file (settings.references): secrets never stand in it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from fettle.errors import BadSettings
from fettle.model.quantity import say_duration
from fettle.settings import references
from fettle.settings.looking import (
    CheckSettings,
    DatabaseSettings,
    FixSettings,
    IgnoreSettings,
    StoreSettings,
)
from fettle.settings.people import (
    EscalationSettings,
    HoursSettings,
    ScheduleSettings,
    TeamSettings,
    WindowSettings,
)
from fettle.settings.section import RawLimits, Section
from fettle.settings.server import (
    HookSettings,
    InhibitSettings,
    IntakeSettings,
    KeepSettings,
    OutgoingSettings,
    ReceiverSettings,
    ServerSettings,
)
from fettle.settings.triage import AiSettings, ClassSettings, ServiceSettings, TriageSettings

DEFAULT_FILE = Path("fettle.toml")


class Settings(Section):
    """Everything that can be set."""

    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()
    intake: IntakeSettings = IntakeSettings()
    keep: KeepSettings = KeepSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
    check: CheckSettings = CheckSettings()
    fix: FixSettings = FixSettings()
    triage: TriageSettings = TriageSettings()
    ai: AiSettings = AiSettings()
    business_hours: HoursSettings = HoursSettings()
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of every database: limits.<check>.<name>"
    )
    database: tuple[DatabaseSettings, ...] = ()
    service: tuple[ServiceSettings, ...] = ()
    class_: tuple[ClassSettings, ...] = Field((), alias="class")
    ignore: tuple[IgnoreSettings, ...] = ()
    team: tuple[TeamSettings, ...] = ()
    escalation: tuple[EscalationSettings, ...] = ()
    window: tuple[WindowSettings, ...] = ()
    schedule: tuple[ScheduleSettings, ...] = ()
    inhibit: tuple[InhibitSettings, ...] = ()
    hook: tuple[HookSettings, ...] = ()
    receiver: tuple[ReceiverSettings, ...] = ()


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    `file` None means fettle.toml in the current folder, if there is one. Raises BadSettings with
    the place, the value and what would be right.
    """
    raw: dict[str, Any] = {}
    if file is not None or DEFAULT_FILE.exists():
        raw = _read(file or DEFAULT_FILE)
        raw = references.filled(raw, environ, str(file or DEFAULT_FILE))
    _overlay(raw, environ)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise BadSettings(_said(error, str(file or DEFAULT_FILE))) from None
    for section in _LISTS:
        entries = getattr(settings, "class_" if section == "class" else section)
        _refuse_twins(section, [one.name for one in entries if hasattr(one, "name")])
    return settings


def _refuse_twins(section: str, names: list[str]) -> None:
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadSettings(f"[[{section}]]: two are called {', '.join(sorted(twice))}")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file} is not TOML: {error}") from error


def _overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    for variable, value in environ.items():
        path = variable.removeprefix("FETTLE_").lower().split("__")
        if not variable.startswith("FETTLE_") or len(path) == 1:
            continue
        section = raw.setdefault(path[0], {})
        if isinstance(section, list):
            section = _named(section, path.pop(1), variable)
        for part in path[1:-1]:
            section = section.setdefault(part, {})
        section[path[-1]] = value


def _named(entries: list[dict[str, Any]], name: str, variable: str) -> dict[str, Any]:
    for entry in entries:
        if re.sub(r"\W", "_", str(entry.get("name", ""))).lower() == name:
            return entry
    raise BadSettings(f"{variable}: no entry in the settings is called {name}")


def _said(error: ValidationError, where: str) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        place = ".".join(str(part) for part in problem["loc"])
        said = (
            "there is no such setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        )
        lines.append(f"{where}: {place}: {said}")
    return "; ".join(lines)


@dataclass(frozen=True)
class Described:
    """A setting as it is shown: its name in the file, its value, its default, and its help."""

    name: str
    value: str
    default: str
    help: str


def described(settings: Settings) -> list[Described]:
    """Return every setting; addresses, which can hold passwords, are not shown."""
    entries = []
    for attribute, value in settings:
        kind = type(settings).model_fields[attribute]
        section = kind.alias or attribute
        if isinstance(value, Section):
            entries += [
                _described(f"{section}.{name}", value, name) for name in type(value).model_fields
            ]
        elif section in _LISTS:
            for name, field in _LISTS[section].model_fields.items():
                default = (
                    "(required)"
                    if field.is_required()
                    else _shown(name, field.get_default(call_default_factory=True))
                )
                entries.append(
                    Described(f"[[{section}]] {name}", default, default, field.description or "")
                )
        else:
            entries.append(Described(section, _shown(section, value), "", kind.description or ""))
    return entries


_LISTS: Mapping[str, type[Section]] = {
    "database": DatabaseSettings,
    "service": ServiceSettings,
    "class": ClassSettings,
    "ignore": IgnoreSettings,
    "team": TeamSettings,
    "escalation": EscalationSettings,
    "window": WindowSettings,
    "schedule": ScheduleSettings,
    "inhibit": InhibitSettings,
    "hook": HookSettings,
    "receiver": ReceiverSettings,
}


def _described(path: str, section: Section, name: str) -> Described:
    field = type(section).model_fields[name]
    default = field.get_default(call_default_factory=True)
    return Described(
        path, _shown(name, getattr(section, name)), _shown(name, default), field.description or ""
    )


def _shown(name: str, value: object) -> str:
    if value is None or value in ((), {}):
        return ""
    if "url" in name or name == "key":
        return "(set)"
    if isinstance(value, timedelta):
        return say_duration(value)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
