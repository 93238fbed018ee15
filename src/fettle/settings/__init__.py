"""Every option of Fettle: fettle.toml, overlaid with the environment.

`FETTLE_SECTION__NAME` in the environment is `[section] name` in the file;
`FETTLE_DATABASE__MAIN_DB__URL` is the `url` of the `[[database]]` called `main-db`.
In the file `${NAME}` stands for a variable of the environment, and `${file:PATH}` for the text of
another file (settings.references): secrets never stand in it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr, ValidationError

from fettle.errors import BadSettings
from fettle.model.looking import (
    DEFAULT_FILE,
    CheckSettings,
    DatabaseSettings,
    FixSettings,
    IgnoreSettings,
    Part,
    RawLimits,
    StoreSettings,
)
from fettle.model.quantity import say_duration
from fettle.settings import environment, references
from fettle.settings.application_errors import ErrorsSettings
from fettle.settings.environment import Origins
from fettle.settings.log_in import LogInSettings, OidcSettings
from fettle.settings.logs import LogSettings, LogsSettings
from fettle.settings.people import (
    EscalationSettings,
    HoursSettings,
    ScheduleSettings,
    TeamSettings,
    WindowSettings,
)
from fettle.settings.references import Absent, References
from fettle.settings.review import ReviewSettings
from fettle.settings.section import Section
from fettle.settings.sentry import SentrySettings
from fettle.settings.server import (
    HookSettings,
    InhibitSettings,
    IntakeSettings,
    KeepSettings,
    OutgoingSettings,
    ReceiverSettings,
    ServerSettings,
    StatusPageSettings,
)
from fettle.settings.solving import RemedySettings, SolvingSettings
from fettle.settings.triage import (
    AiSettings,
    ClassSettings,
    InvestigateSettings,
    ServiceSettings,
    TriageSettings,
)


class Settings(Section):
    """Everything that can be set; implements model.looking.Looking."""

    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()
    log_in: LogInSettings = LogInSettings()
    intake: IntakeSettings = IntakeSettings()
    keep: KeepSettings = KeepSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
    status_page: StatusPageSettings = StatusPageSettings()
    check: CheckSettings = CheckSettings()
    fix: FixSettings = FixSettings()
    triage: TriageSettings = TriageSettings()
    investigate: InvestigateSettings = InvestigateSettings()
    errors: ErrorsSettings = ErrorsSettings()
    logs: LogsSettings = LogsSettings()
    solving: SolvingSettings = SolvingSettings()
    ai: AiSettings = AiSettings()
    review: ReviewSettings = ReviewSettings()
    business_hours: HoursSettings = HoursSettings()
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of every database: limits.<check>.<name>"
    )
    database: tuple[DatabaseSettings, ...] = ()
    service: tuple[ServiceSettings, ...] = ()
    class_: tuple[ClassSettings, ...] = Field((), alias="class")
    remedy: tuple[RemedySettings, ...] = ()
    ignore: tuple[IgnoreSettings, ...] = ()
    team: tuple[TeamSettings, ...] = ()
    escalation: tuple[EscalationSettings, ...] = ()
    window: tuple[WindowSettings, ...] = ()
    schedule: tuple[ScheduleSettings, ...] = ()
    inhibit: tuple[InhibitSettings, ...] = ()
    hook: tuple[HookSettings, ...] = ()
    log: tuple[LogSettings, ...] = ()
    sentry: tuple[SentrySettings, ...] = ()
    receiver: tuple[ReceiverSettings, ...] = ()
    oidc: tuple[OidcSettings, ...] = ()
    # The variable of the environment that gave a setting, by the setting's name.
    _variables: dict[str, str] = PrivateAttr(default_factory=dict)
    # What names a variable that nobody has set, and is needed by some only.
    _absent: tuple[Absent, ...] = PrivateAttr(default=())

    def changed(self, **sections: object) -> Self:
        """See model.looking.Looking.changed."""
        return self.model_copy(update=sections)

    def absent(self, *values: str) -> BadSettings | None:
        """See model.looking.Looking.absent."""
        absent = references.first_absent(self._absent, values)
        return None if absent is None else absent.error

    def refuse_any_absent(self) -> None:
        """Refuse settings that name a variable which nobody has set; raises BadSettings."""
        if self._absent:
            raise self._absent[0].error

    def note_absent(self, absent: Sequence[Absent]) -> None:
        """Keep which variables are not there."""
        self._absent = tuple(absent)

    def note_variables(self, variables: Mapping[str, str]) -> None:
        """Keep which variables of the environment gave which settings."""
        self._variables.update(variables)

    def variable_of(self, name: str) -> str | None:
        """Return the variable that gave a setting; None for what comes from elsewhere."""
        return self._variables.get(name)


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    `file` None means fettle.toml in the current folder, if there is one. Raises BadSettings with
    the place, the value and what would be right.
    """
    raw: dict[str, Any] = {}
    meant = References(environ, str(file or DEFAULT_FILE))
    if file is not None or DEFAULT_FILE.exists():
        raw = meant.filled(_read(file or DEFAULT_FILE))
    origins = environment.overlay(raw, environ)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise BadSettings(_said(error, raw, file or DEFAULT_FILE, origins)) from None
    settings.note_absent(meant.absent)
    settings.note_variables({_dotted(place): name for place, name in origins.items()})
    for section in _LISTS:
        entries = getattr(settings, "class_" if section == "class" else section)
        _refuse_twins(section, [one.name for one in entries if hasattr(one, "name")])
    _refuse_twins("errors.project", [one.name for one in settings.errors.project])
    return settings


def _refuse_twins(section: str, names: list[str]) -> None:
    """Refuse names that people cannot tell apart: `-` and `_` are equal."""
    plain = [name.replace("-", "_") for name in names]
    if twice := {name for name in names if plain.count(name.replace("-", "_")) > 1}:
        raise BadSettings(f"[[{section}]]: two are called {', '.join(sorted(twice))}")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file} is not TOML: {error}") from error


def _said(error: ValidationError, raw: Mapping[str, Any], file: Path, origins: Origins) -> str:
    """Say each thing that is wrong: where it stands, and what would be right."""
    lines = []
    for problem in error.errors(include_url=False):
        place = problem["loc"]
        variables = [name for at, name in origins.items() if at[: len(place)] == place]
        where = variables[0] if variables else f"{file}: {_place(place, raw)}"
        wrong = _WRONG.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        if problem["type"] == "tuple_type" and place[0] in _LISTS and len(place) == 1:
            wrong = f"each begins with [[{place[0]}]], and has a name"
        lines.append(f"{where}: {wrong}")
    return "; ".join(lines)


def _place(place: tuple[int | str, ...], raw: Mapping[str, Any]) -> str:
    """Return a place as it is written in the file; an entry of a list goes by its name."""
    match place:
        case (str() as section, int() as number, *inner):
            entry = raw[section][number]
            name = entry.get("name") if isinstance(entry, dict) else None
            of = f" {name}" if name else f" number {number + 1}"
            return f"[[{section}]]{of}" + (f": {_dotted(inner)}" if inner else "")
    return _dotted(place)


def _dotted(place: Sequence[int | str]) -> str:
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


def described(settings: Settings) -> list[Described]:
    """Return every setting; addresses, which can hold passwords, are not shown."""
    entries = []
    for attribute, value in settings:
        kind = type(settings).model_fields[attribute]
        section = kind.alias or attribute
        if isinstance(value, Section | Part):
            entries += [
                _described(settings, f"{section}.{option.name}", value, option)
                for option in _options(type(value))
            ]
        elif section in _LISTS:
            for option in _options(_LISTS[section]):
                name = option.name
                default = "(required)" if option.required else _shown(name, option.default)
                entries.append(Described(f"[[{section}]] {name}", default, default, option.help))
        else:
            entries.append(Described(section, _shown(section, value), "", kind.description or ""))
    return entries


_LISTS: Mapping[str, type[Section | Part]] = {
    "database": DatabaseSettings,
    "service": ServiceSettings,
    "class": ClassSettings,
    "remedy": RemedySettings,
    "ignore": IgnoreSettings,
    "team": TeamSettings,
    "escalation": EscalationSettings,
    "window": WindowSettings,
    "schedule": ScheduleSettings,
    "inhibit": InhibitSettings,
    "hook": HookSettings,
    "log": LogSettings,
    "sentry": SentrySettings,
    "receiver": ReceiverSettings,
    "oidc": OidcSettings,
}


@dataclass(frozen=True)
class _Option:
    """A setting of a section, whichever kind of class that is."""

    name: str
    required: bool
    default: object
    help: str


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
    settings: Settings, path: str, section: Section | Part, option: _Option
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
            parts = {name: part for name, part in dict(value).items() if part not in (None, {})}
            return ", ".join(f"{name} {_said_value(part)}" for name, part in parts.items())
        case _:
            return str(value)
