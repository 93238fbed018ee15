"""Every option of Fettle: fettle.toml, overlaid with the environment.

`FETTLE_SECTION__NAME` in the environment is `[section] name` in the file;
`FETTLE_DATABASE__MAIN_DB__URL` is the `url` of the `[[database]]` called `main-db`.
`${NAME}` in a value of the file stands for a variable of the environment: secrets never stand in
the file.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fettle.errors import BadSettings
from fettle.model.calendar import Span
from fettle.model.classification import Escalation, Priority
from fettle.model.quantity import parse_duration, say_duration
from fettle.model.service import Tier
from fettle.model.severity import Severity

DEFAULT_FILE = Path("fettle.toml")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

RawLimits = dict[str, dict[str, Any]]


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def _span(value: object) -> object:
    return Span.parse(value) if isinstance(value, str) else value


def _severity(value: object) -> object:
    return Severity.named(value) if isinstance(value, str) else value


SpanOfTime = Annotated[Span, BeforeValidator(_span)]
SeverityByName = Annotated[Severity, BeforeValidator(_severity)]


class Section(BaseModel):
    """A part of fettle.toml; a name it does not know is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """A PostgreSQL database that is looked after."""

    name: str = Field(description="what the database is called in reports and on the command line")
    url: str = Field(description="where it is, as psql takes it; the role only needs to look")
    fix_url: str | None = Field(
        None, description="the address of the role that may act; without it fixes are only planned"
    )
    standbys: tuple[str, ...] = Field(
        (), description="addresses of its standbys, whose reads count before an index is dropped"
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of this database: limits.<check>.<name>"
    )


class ServiceSettings(Section):
    """A thing that the business runs."""

    name: str = Field(min_length=1, description="what the service is called")
    url: str | None = Field(None, description="where it is reached")
    tier: Tier = Field(Tier.IMPORTANT, description="critical, important or internal")
    team: str | None = Field(None, description="the team that looks after it")
    also: tuple[str, ...] = Field((), description="other names that people and alerts use for it")
    depends_on: tuple[str, ...] = Field(
        (), description="names of the services, databases and dependencies that it needs"
    )


class ClassSettings(Section):
    """A team's own class of issues; what is not given follows from its severity."""

    name: str = Field(min_length=1, description="what the class is called")
    match: tuple[str, ...] = Field(
        min_length=1, description="words and phrases, any of which makes an issue one of this class"
    )
    severity: SeverityByName = Field(description="critical, high, medium, low or info")
    priority: Priority | None = Field(None, description="p1 to p4; from the severity if not given")
    category: str = Field("infrastructure", description="decides the team where no service does")
    escalation: Escalation | None = Field(
        None,
        description="immediate, within-1h, within-business-hours or next-sprint; else by priority",
    )
    response: SpanOfTime | None = Field(
        None, description="the longest until somebody answers, like 15m; else its priority's"
    )
    resolution: SpanOfTime | None = Field(
        None, description="the longest until it is resolved, like 4h or 3d; else its priority's"
    )
    update: SpanOfTime | None = Field(
        None, description="the longest between two pieces of news; else its priority's"
    )


class TriageSettings(Section):
    """From when on triage decides."""

    confidence: float = Field(
        0.8,
        gt=0,
        le=1,
        description="what was learnt from the team's corrections is heard from this confidence on",
    )
    many_users: int = Field(
        100, gt=0, description="as many users affected make an issue high at least"
    )
    most_users: int = Field(1000, gt=0, description="as many users affected make it critical")


class AiSettings(Section):
    """A language model that is asked for advice."""

    model: str | None = Field(
        None, description="openai:NAME or anthropic:NAME; nothing is asked when not given"
    )
    url: str | None = Field(
        None, description="where it is reached, for a server of your own; else the provider's"
    )
    key: str | None = Field(None, description="the key for it, as ${NAME} of the environment")
    timeout: Duration = Field(
        timedelta(seconds=20), description="the longest that its advice is waited for"
    )
    scrub: bool = Field(
        True,
        description="take addresses, keys, tokens and card numbers out of what is sent to it",
    )


class IgnoreSettings(Section):
    """Findings that are accepted, and until when."""

    check: str = Field("*", description="the check's id, or a pattern of ids")
    subject: str = Field("*", description="a pattern of the finding's subject")
    reason: str = Field(description="why it is accepted")
    until: date | None = Field(None, description="the last day on which it is accepted")

    def covers(self, check: str, subject: str, today: date) -> bool:
        """Whether a finding is accepted by this entry today."""
        if self.until is not None and today > self.until:
            return False
        return fnmatchcase(check, self.check.replace("-", "_")) and fnmatchcase(
            subject, self.subject
        )


class StoreSettings(Section):
    """Where Fettle keeps what it knows."""

    url: str | None = Field(
        None, description="a PostgreSQL 15 or newer of your own; embedded when not given"
    )
    data: Path | None = Field(
        None, description="the data directory; the platform's user data directory when not given"
    )


class ServerSettings(Section):
    """How the server is reached."""

    public_url: str | None = Field(
        None, description="where people reach it, for links in notifications: https://ops.example"
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="addresses or networks of reverse proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed",
    )
    alive_url: str | None = Field(
        None, description="an address that is called every minute while all is well"
    )


class IntakeSettings(Section):
    """What may arrive."""

    largest_body: int = Field(
        2 * 1024**2, gt=0, description="the largest delivery that is taken, in bytes"
    )
    rate: float = Field(200, gt=0, description="deliveries a second that a key may send on average")
    burst: int = Field(
        5000, gt=0, description="deliveries that a key may send at once before its rate counts"
    )
    keep: Duration = Field(
        timedelta(days=90), description="how long deliveries and signals are kept as they came"
    )


class ReceiverSettings(Section):
    """Somebody, or something, that can be told."""

    name: str = Field(description="what the receiver is called where it is chosen")
    url: str = Field(
        description="a notification service's address as apprise writes it (mailto://, slack://), "
        "or a webhook's https:// address"
    )
    secret: str | None = Field(None, description="what a webhook's messages are signed with")


class OutgoingSettings(Section):
    """Where Fettle may call."""

    allow: tuple[str, ...] = Field(
        (),
        description="hosts, addresses and networks that may be called though they are private",
    )
    most_a_minute: int = Field(
        20, gt=0, description="notifications a receiver gets in a minute before they are gathered"
    )


class CheckSettings(Section):
    """How long looking may take."""

    timeout: Duration = Field(
        timedelta(seconds=30), description="the longest that looking at one target may take"
    )
    lock_timeout: Duration = Field(
        timedelta(milliseconds=200), description="the longest that a question may wait for a lock"
    )


class FixSettings(Section):
    """What fixes must leave alone."""

    protect: tuple[str, ...] = Field(
        ("pg_dump%", "pg_restore%", "pg_basebackup%", "pgbackrest%", "barman%", "wal-g%"),
        description="users and applications (ILIKE patterns) whose sessions no fix may signal",
    )


class Settings(Section):
    """Everything that can be set."""

    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()
    intake: IntakeSettings = IntakeSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
    check: CheckSettings = CheckSettings()
    fix: FixSettings = FixSettings()
    triage: TriageSettings = TriageSettings()
    ai: AiSettings = AiSettings()
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of every database: limits.<check>.<name>"
    )
    database: tuple[DatabaseSettings, ...] = ()
    service: tuple[ServiceSettings, ...] = ()
    class_: tuple[ClassSettings, ...] = Field((), alias="class")
    ignore: tuple[IgnoreSettings, ...] = ()
    receiver: tuple[ReceiverSettings, ...] = ()


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    `file` None means fettle.toml in the current folder, if there is one. Raises BadSettings with
    the place, the value and what would be right.
    """
    raw: dict[str, Any] = {}
    if file is not None or DEFAULT_FILE.exists():
        raw = _read(file or DEFAULT_FILE)
        raw = _filled(raw, environ, str(file or DEFAULT_FILE))
    _overlay(raw, environ)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise BadSettings(_said(error, str(file or DEFAULT_FILE))) from None
    _refuse_twins("database", [database.name for database in settings.database])
    _refuse_twins("service", [service.name for service in settings.service])
    _refuse_twins("class", [kind.name for kind in settings.class_])
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


def _filled(value: Any, environ: Mapping[str, str], where: str) -> Any:  # noqa: ANN401 - TOML
    if isinstance(value, dict):
        return {key: _filled(part, environ, f"{where}: {key}") for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, environ, where) for part in value]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        if match[1] not in environ:
            raise BadSettings(
                f"{where}: the environment has no {match[1]}", remedy=f"export {match[1]}=…"
            )
        return environ[match[1]]

    return _VARIABLE.sub(variable, value)


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
