"""Logs: what comes of each, what their lines have in common, and what of that is news."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from fettle.errors import NotFound, WrongUsage
from fettle.flow.log_news import hour_of
from fettle.frontends.report import log_document
from fettle.frontends.report.log_document import LogItem, TemplateItem
from fettle.frontends.report.moments import said
from fettle.frontends.web import trends
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.frontends.web.trends import Trend
from fettle.intake.logs import news
from fettle.model.log import LogState
from fettle.store import alerts, logs
from fettle.store.logs import Came, Lately, Named, Summary

_PATH = "/logs"
_PAGE = 50
_TREND = timedelta(days=7)
_ACTS = ("mute", "unmute")


@dataclass(frozen=True)
class Log:
    """A log, and how many lines came of it lately.

    `learns_until` is when it will be known, where that is by the time alone; `issue` is what its
    silence became.
    """

    item: LogItem
    lately: Lately
    learns_until: str | None
    issue: int | None


@dataclass(frozen=True)
class LogsPage:
    """What logs.html is given; `after` is the query of the next page."""

    items: Sequence[Log]
    after: str | None


@dataclass(frozen=True)
class Template:
    """What lines have in common, how often that came on the last days, and what its news became."""

    item: TemplateItem
    trend: Trend
    issues: Sequence[int]


@dataclass(frozen=True)
class LogPage:
    """What log.html is given; `older` is the query of the next page."""

    log: Log
    templates: Sequence[Template]
    state: str
    older: str | None
    states: Sequence[str] = ("new", "rising", "vanished", "known")

    @property
    def path(self) -> str:
        """The page's address, without what is asked of it."""
        return _address(self.log.item["name"])

    @property
    def here(self) -> str:
        """The address of the templates in the state that is shown."""
        return f"{self.path}?state={self.state}" if self.state else self.path

    def number(self, state: str) -> int | None:
        """Return how many templates are news of that kind; of the rest nobody counts."""
        return self.log.item["states"].get(state)


class _Name(Convertor[str]):
    """A log's name in an address: whatever somebody called a key."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("log", _Name())


def install(pages: Pages) -> None:
    """Add the pages, and what their forms do."""
    pages.place("Logs", _PATH, "g l", daily=True)
    pages.add(_PATH, show)
    pages.add(f"{_PATH}/{{source:log}}", show_one)
    pages.act(f"{_PATH}/{{source:log}}", decide)


async def show(look: Look) -> Response:
    """Show logs, by name."""
    found = await logs.sources(look.connection, look.request.query_params.get("after"), _PAGE)
    after = urlencode({"after": found[-1].source.name}) if len(found) == _PAGE else None
    return look.page(
        "logs.html", LogsPage(await _logs(look, found), after), "Logs", live=["issue", "log"]
    )


async def show_one(look: Look) -> Response:
    """Show a log, with its templates in the state that the query names."""
    name = look.request.path_params["source"]
    summary = await logs.source(look.connection, name)
    if summary is None:
        raise NotFound(f"no log is called {name[:100]}", remedy="go back to Logs")
    state = _state(look)
    found = await logs.templates(look.connection, name, state, look.number("before"), _PAGE)
    older = {"state": state} if state else {}
    (log,) = await _logs(look, [summary])
    page = LogPage(
        log,
        await _templates(look, found),
        state or "",
        urlencode({**older, "before": found[-1].template.id}) if len(found) == _PAGE else None,
    )
    return look.page("log.html", page, name, live=["issue", f"log {summary.source.id}"])


async def decide(deed: Deed) -> Response:
    """Let nothing of a template be news, or let it be news again."""
    template, act = deed.form.get("template", ""), deed.form.get("act", "")
    if act not in _ACTS:
        raise NotFound(f"nothing is called {act[:40]} here", remedy="go back to Logs")
    answer = await deed.call(f"/api/v1/logs/templates/{quote(template, safe='')}/{act}", {})
    if not answer.ok:
        return await deed.refused(show_one, answer.reason, answer.remedy)
    page = _address(deed.request.path_params["source"])
    asked = deed.request.url.query
    return deed.back(f"{page}?{asked}" if asked else page)


def _address(source: str) -> str:
    return f"{_PATH}/{quote(source)}"


def _state(look: Look) -> LogState | None:
    given = look.request.query_params.get("state", "")
    try:
        return LogState(given) if given else None
    except ValueError:
        states = ", ".join(LogState)
        raise WrongUsage(f"state: {given[:40]!r} is none", remedy=f"states are {states}") from None


async def _logs(look: Look, found: Sequence[Summary]) -> Sequence[Log]:
    now, ids = look.serving.clock.now(), [one.source.id for one in found]
    lately = await logs.lately(look.connection, ids, hour_of(now))
    keys = [news.silent_key(one.source.name) for one in found if one.source.silent_at]
    issues = await alerts.issues_of(look.connection, news.SOURCE, keys)
    return [
        Log(
            log_document.log(one),
            lately.get(one.source.id, Lately()),
            _learns_until(one, now, look.serving.settings.logs.learn),
            issues.get(news.silent_key(one.source.name)),
        )
        for one in found
    ]


def _learns_until(one: Summary, now: datetime, learn: timedelta) -> str | None:
    until = one.source.begun_at + learn
    return said(until) if one.source.learnt_at is None and until > now else None


async def _templates(look: Look, found: Sequence[Named]) -> Sequence[Template]:
    now = look.serving.clock.now()
    ids = [one.template.id for one in found]
    came = await logs.counts_of(look.connection, ids, hour_of(now) - _TREND)
    keys = {one.template.id: _keys(one) for one in found}
    every = [key for some in keys.values() for key in some]
    issues = await alerts.issues_of(look.connection, news.SOURCE, every)
    return [
        Template(
            log_document.template(one, ()),
            _trend(came[one.template.id], now),
            _issues(keys[one.template.id], issues),
        )
        for one in found
    ]


def _keys(one: Named) -> Sequence[str]:
    told = (LogState.NEW, LogState.RISING, LogState.VANISHED)
    return [news.key(one.source, one.template, what) for what in told]


def _issues(keys: Sequence[str], issues: Mapping[str, int]) -> Sequence[int]:
    return sorted({issues[key] for key in keys if key in issues})


def _trend(came: Sequence[Came], now: datetime) -> Trend:
    return trends.of_days(trends.by_days((one.hour, one.lines) for one in came), now, _TREND)
