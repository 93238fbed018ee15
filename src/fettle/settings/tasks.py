"""Settings of maintenance: tasks, the folder of files that hold more of them, and freezes."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Self, cast

import tomli
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from fettle.errors import BadSettings
from fettle.model.looking import Duration, TimeLimit
from fettle.model.rule import Rule
from fettle.model.rule_text import rule_of
from fettle.model.task import Automation, Category, Frequency
from fettle.settings.references import References
from fettle.settings.section import Section
from fettle.settings.solving import Method
from fettle.settings.windows import OpenHours, OpeningSettings, Zone

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_ADDRESS = re.compile(r"https?://[^\s/?#]+|\$\{")
_YEARS = range(1900, 2401)
_KINDS = ("check", "fix", "command", "http", "sql", "person")


def _id(given: str) -> str:
    if not _ID.fullmatch(given):
        raise ValueError(
            f"{given[:60]!r} is no id: letters, digits, -, _ and ., 100 at most, like weekly-vacuum"
        )
    return given


def _address(url: str) -> str:
    if not _ADDRESS.match(url):
        raise ValueError("it must be an address like https://host/path")
    return url


def _rule(value: object) -> object:
    return rule_of(value) if isinstance(value, str) else value


def _call(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _day_or_moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(
            f"{value[:40]!r} is no moment; write it like 2026-12-24 or 2026-12-24T18:00"
        ) from None


def _of_this_age(value: date) -> date:
    if value.year not in _YEARS:
        raise ValueError(f"it lies between {_YEARS[0]} and {_YEARS[-1]}")
    return value


TaskId = Annotated[str, AfterValidator(_id)]
DayOrMoment = Annotated[
    datetime | date, BeforeValidator(_day_or_moment), AfterValidator(_of_this_age)
]


class TaskWindowSettings(OpeningSettings):
    """When a task may run."""

    exclude: tuple[date, ...] = Field((), description="days on which it is skipped")


class CallSettings(Section):
    """An HTTP call that a step makes."""

    url: Annotated[str, AfterValidator(_address)] = Field(description="where it goes")
    method: Method = Field("POST", description="how it is asked")
    body: str | None = Field(None, max_length=20_000, description="what is sent, as JSON")
    token: str | None = Field(None, description="what is sent as Authorization: Bearer")
    secret: str | None = Field(None, description="what the call is signed with, as notifications")


class StepSettings(Section):
    """A part of a task: one of check, fix, command, http, sql and person."""

    name: str = Field(min_length=1, max_length=200, description="what the step is called")
    check: str | None = Field(None, description="a check that is asked of the target")
    fix: str | None = Field(None, description="a fix that is planned and applied to the target")
    command: tuple[str, ...] = Field((), description="a program and its arguments, without a shell")
    http: Annotated[CallSettings | None, BeforeValidator(_call)] = Field(
        None, description="an address that is called, or url, method, body, token and secret"
    )
    sql: str | None = Field(None, min_length=1, description="a statement that is run on the target")
    person: str | None = Field(None, min_length=1, description="what a person does")
    target: str | None = Field(None, description="the database, service or dependency it works on")
    timeout: TimeLimit = Field(timedelta(minutes=30), description="the longest that it may take")
    retries: int = Field(0, ge=0, le=100, description="how often it is tried again")
    idempotent: bool = Field(
        False, description="whether doing it twice is like once; else a person is asked"
    )
    on: str | None = Field(
        None, min_length=1, max_length=32, description="the label of the workers that do it"
    )
    needs_downtime: bool | None = Field(
        None, description="whether it is done in the downtime only; else as requires_downtime says"
    )

    @property
    def kind(self) -> str:
        """Which of the kinds it is."""
        return next(kind for kind in _KINDS if getattr(self, kind))

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        kinds = [kind for kind in _KINDS if getattr(self, kind)]
        if len(kinds) != 1:
            found = f"it has {' and '.join(kinds)}" if kinds else "it has none of them"
            raise ValueError(f"a step is one of {', '.join(_KINDS)}; {found}")
        if len(self.command) == 1 and " " in self.command[0].strip():
            raise ValueError(
                f"command: {self.command[0][:60]!r} is one word to the machine, as there is no "
                'shell; write command = ["vacuumdb", "--all"]'
            )
        return self


class ProcedureSettings(Section):
    """What a task does."""

    steps: tuple[StepSettings, ...] = Field((), description="its steps, in order")
    estimated_duration: Duration = Field(timedelta(0), description="how long it takes, all in all")
    requires_downtime: bool = Field(
        False, description="whether what is looked after is down meanwhile"
    )
    downtime: OpenHours | None = Field(
        None, description="when it may be down, like 02:00-05:00, in the window's zone"
    )
    continue_on_error: bool = Field(
        False, description="whether the next steps are done although one has failed"
    )

    @model_validator(mode="after")
    def _names_its_steps(self) -> Self:
        names = [step.name for step in self.steps]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two steps are called {twice}")
        return self


class TaskSettings(Section):
    """A procedure that comes again; of one that Fettle brings along, what is to be different."""

    id: TaskId = Field(description="what it is called by commands; - and _ are equal")
    name: str | None = Field(None, min_length=1, description="what people call it; else its id")
    description: str | None = Field(None, description="what it is for")
    category: Category | None = Field(
        None, description="security, performance, backup, monitoring or infrastructure"
    )
    frequency: Frequency | None = Field(
        None, description="daily, weekly, monthly, quarterly or annual"
    )
    rule: Annotated[Rule | None, BeforeValidator(_rule)] = Field(
        None, description="instead of it, a rule of RFC 5545, like RRULE:FREQ=MONTHLY;BYDAY=2TU"
    )
    automation: Automation | None = Field(
        None,
        description="full; partial: a person approves before the steps that act; manual: a person "
        "ticks each step",
    )
    window: TaskWindowSettings | None = Field(None, description="when it may run")
    procedure: ProcedureSettings | None = Field(None, description="what it does")
    depends_on: tuple[str, ...] = Field((), description="ids of tasks that it waits for")
    enabled: bool = Field(True, description="whether it is planned")
    on: str | None = Field(
        None,
        min_length=1,
        max_length=32,
        description="the label of the workers that do those of its steps that name none",
    )

    @model_validator(mode="after")
    def _comes_by_one_of_them(self) -> Self:
        if self.frequency is not None and self.rule is not None:
            raise ValueError("frequency and rule both say how often it comes; write one of them")
        return self


class FreezeSettings(Section, arbitrary_types_allowed=True, populate_by_name=True):
    """A stretch of time in which no maintenance is done."""

    name: str = Field(min_length=1, description="why: what is said of what is skipped")
    start: DayOrMoment = Field(alias="from", description="from when on: a day, or a moment")
    end: DayOrMoment = Field(alias="to", description="until the end of that day, or that moment")
    timezone: Zone = Field("UTC", validate_default=True, description="the zone of days and times")
    tasks: tuple[str, ...] = Field((), description="ids of tasks it is about; all when empty")
    categories: tuple[Category, ...] = Field((), description="categories; all when empty")
    targets: tuple[str, ...] = Field((), description="names of targets; all when empty")

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From when until before when."""
        last = self.end if isinstance(self.end, datetime) else self.end + timedelta(days=1)
        return self._moment(self.start), self._moment(last)

    def _moment(self, given: datetime | date) -> datetime:
        local = given if isinstance(given, datetime) else datetime.combine(given, time())
        return local if local.tzinfo is not None else local.replace(tzinfo=self.timezone)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        start, end = self.moments
        if end <= start:
            raise ValueError(f"it ends, on {self.end}, before it begins, on {self.start}")
        return self


class MaintenanceSettings(Section):
    """Where more tasks are."""

    tasks: Path | None = Field(
        None, description="a folder of TOML files that hold [[task]]s, beside those of fettle.toml"
    )


def files_of(folder: Path | None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the files of a folder of tasks, as they are written; raises BadSettings."""
    if folder is None:
        return
    if not folder.is_dir():
        raise BadSettings(f"[maintenance] tasks: there is no folder {folder}")
    for file in sorted(folder.glob("*.toml")):
        try:
            raw = tomli.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
            raise BadSettings(f"{file} cannot be read: {error}") from None
        if strange := next((name for name in raw if name != "task"), None):
            raise BadSettings(f"{file}: {strange}: a file of tasks holds nothing but [[task]]")
        yield file, raw


def procedures_of(raw: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the procedures of a file's tasks as they are written, each by its task's id."""
    for entry in raw.get("task", ()):
        if isinstance(entry, dict) and isinstance(entry.get("procedure"), dict):
            yield str(entry.get("id", "")).replace("_", "-"), entry["procedure"]


def as_json(procedure: Mapping[str, Any]) -> dict[str, Any]:
    """Return a procedure as it is written, of what JSON holds alone."""
    return cast("dict[str, Any]", json.loads(json.dumps(procedure, default=str)))


def procedure_of(raw: Mapping[str, Any], meant: References, task: str) -> ProcedureSettings:
    """Read a procedure that was kept as it is written; raises BadSettings."""
    filled = meant.filled({"task": [{"id": task, "procedure": raw}]})
    try:
        return ProcedureSettings.model_validate(filled["task"][0]["procedure"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadSettings(f"[[task]] {task}: procedure.{place}: {first['msg']}") from None
