"""The shape of logs and their templates, as the API gives them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.log import LogState
from fettle.store.logs import Came, Named, Summary

StateName = Literal["new", "rising", "vanished", "known"]
LevelName = Literal["unknown", "info", "warning", "error", "fatal"]


class LogItem(TypedDict):
    """A log, in a list."""

    name: str
    """What it is called: by the key that sends its lines, or by its `[[log]]`."""
    service: str | None
    begun_at: str
    """When the first line of it came."""
    seen_at: str
    """When the last one did."""
    lines: int
    """How many came."""
    learnt_at: str | None
    """From when on what is new in it is news; null while it is learnt."""
    silent_at: str | None
    """Since when nothing comes of it, where it came regularly."""
    templates: int
    states: dict[str, int]
    """How many of its templates are new, rising and vanished."""
    folded: int
    """How many signals of it were not told, because too many were."""


class LogsDocument(TypedDict):
    """Logs by name."""

    schema: Literal["fettle.log_sources/1"]
    items: list[LogItem]
    next: str | None
    """The `cursor` of what comes after these."""


class HourItem(TypedDict):
    """How many lines came in an hour."""

    hour: str
    lines: int


class TemplateItem(TypedDict):
    """What lines of a log have in common."""

    id: str
    """`t` and its number; it stays."""
    source: str
    """The log's name."""
    service: str | None
    text: str
    """The line, with `<*>` for values."""
    example: str
    """A line of it, without what looked like a secret."""
    level: LevelName
    bad: bool
    """Whether it looks bad: by its level, or by its words."""
    raised: bool
    """Whether traces come with its lines: they are errors of the project called as the log is."""
    state: StateName
    since: str | None
    """Since when it is new, rising or vanished."""
    usual: int | None
    """The most lines an hour that were usual when it began to rise."""
    first_at: str
    last_at: str
    lines: int
    """How many came since it is known."""
    hours: list[HourItem]
    """How many came in each hour in which any did, of the hours that were asked for."""
    muted_by: str | None
    """Who said that nothing of it is news."""
    muted_at: str | None


class TemplatesDocument(TypedDict):
    """Templates, the latest first."""

    schema: Literal["fettle.log_templates/1"]
    items: list[TemplateItem]
    next: str | None
    """The `cursor` of what comes after these."""


class TemplateDocument(TemplateItem):
    """One template."""

    schema: Literal["fettle.log_template/1"]


def log(summary: Summary) -> LogItem:
    """Return a log as it stands in a list."""
    source = summary.source
    return {
        "name": source.name,
        "service": source.service,
        "begun_at": said(source.begun_at),
        "seen_at": said(source.seen_at),
        "lines": source.lines,
        "learnt_at": moment(source.learnt_at),
        "silent_at": moment(source.silent_at),
        "templates": summary.templates,
        "states": {state.value: number for state, number in summary.states.items()},
        "folded": source.folded,
    }


def template(named: Named, came: Sequence[Came]) -> TemplateItem:
    """Return a template with its counts by the hour."""
    one = named.template
    level: LevelName = _LEVELS[one.level.value]
    return {
        "id": f"t{one.id}",
        "source": named.source,
        "service": named.service,
        "text": one.text,
        "example": one.example,
        "level": level,
        "bad": one.bad,
        "raised": one.raised,
        "state": _STATES[one.state],
        "since": moment(one.vanished_at or one.rising_at or one.new_at),
        "usual": one.usual,
        "first_at": said(one.first_at),
        "last_at": said(one.last_at),
        "lines": one.lines,
        "hours": [{"hour": said(hour.hour), "lines": hour.lines} for hour in came],
        "muted_by": one.muted_by,
        "muted_at": moment(one.muted_at),
    }


def since(now: datetime, hours: int) -> datetime:
    """Return when the first of so many hours began; the last one is not over."""
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)


_LEVELS: Sequence[LevelName] = ("unknown", "info", "warning", "error", "fatal")
_STATES: Mapping[LogState, StateName] = {
    LogState.NEW: "new",
    LogState.RISING: "rising",
    LogState.VANISHED: "vanished",
    LogState.KNOWN: "known",
}
