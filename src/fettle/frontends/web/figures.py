"""Figures over a time: how long things took, what was not kept, noise, what came back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.responses import JSONResponse, PlainTextResponse, Response

from fettle.errors import WrongUsage
from fettle.frontends.api import figures as api
from fettle.frontends.report import figures_document
from fettle.frontends.report.figures_document import FiguresReport
from fettle.frontends.report.moments import said
from fettle.frontends.web import measures
from fettle.frontends.web.measures import MEASURES, MOST_GROUPS, Card, Measure, Row
from fettle.frontends.web.recent import Made, Recent
from fettle.frontends.web.shell import Look, Pages
from fettle.review.figures import MEDIAN_FROM, P90_FROM, SHARE_FROM, Every
from fettle.store.pool import Pool

_PATH = "/figures"
_USUAL = 90
_BY_MONTH = timedelta(days=120)  # of a longer time weeks are too many, and often too few issues
_DAY = timedelta(days=1)
_LASTS = timedelta(seconds=10)  # of 100,000 issues they take a part of a second to count
# A page that they take longer for asks once more, and waits for them while it is shown.
PATIENCE = timedelta(milliseconds=120)
_PATIENT = timedelta(seconds=5)  # who waits holds a connection, which counting may want
_WAITING = "waiting"


@dataclass(frozen=True)
class Time:
    """A time that is often asked for; `query` is what stands behind the `?`."""

    name: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class FiguresPage:
    """What figures.html is given; `asked` is what the query says, completed.

    Nothing is in it while they are being counted: `counted_at` is None then.
    """

    issues: int
    cards: Sequence[Card]
    groups: Sequence[Row]
    measures: Sequence[Measure]
    asked: Mapping[str, str]
    times: Sequence[Time]
    teams: Sequence[str]
    services: Sequence[str]
    query: str
    enough: Mapping[str, int]
    counted_at: str | None
    waiting: str = _WAITING

    @property
    def charted(self) -> bool:
        """Whether anything is drawn."""
        return any(card.drawn for card in self.cards)

    @property
    def by(self) -> str:
        """By what figures are told apart; empty where they are of all."""
        return self.asked.get("by", "")

    def within(self, group: str) -> str | None:
        """Return the query of one group's own figures; None where there are none."""
        if self.by not in ("team", "service"):
            return None
        return urlencode({**self.asked, "by": "", self.by: group})


def install(pages: Pages) -> None:
    """Add the page, and its data."""
    recent: Recent[str, FiguresReport] = Recent(pages.serving.clock, _LASTS)

    async def show(look: Look) -> Response:
        now = look.serving.clock.now()
        given = _given(look, now.date())
        query = urlencode(given)
        count = partial(_counted, look.serving.pool, _asked(given), now)
        waiting = _WAITING in look.request.query_params
        made = await recent.soon(query, count, _PATIENT if waiting else PATIENCE)
        return _page(look, given, query, made)

    pages.place("Figures", _PATH, "g u")
    pages.add(_PATH, show)
    pages.add(f"{_PATH}.csv", as_csv)
    pages.add(f"{_PATH}.json", as_json)


async def _counted(pool: Pool, asked: api.AskedFigures, now: datetime) -> FiguresReport:
    """Count, by a connection of its own: who asked may be gone before it is done."""
    async with pool.connection() as connection:
        return await api.report(connection, pool, asked, now, MOST_GROUPS)


def _page(
    look: Look, given: Mapping[str, str], query: str, made: Made[FiguresReport] | None
) -> Response:
    """Show the figures of the time that the query names, by team, service or class."""
    people = look.serving.desk.people
    page = FiguresPage(
        0 if made is None else made.answer["total"]["issues"],
        [] if made is None else measures.cards(made.answer),
        [] if made is None else measures.rows(made.answer),
        MEASURES,
        given,
        list(_times(given, look.serving.clock.now().date())),
        sorted(people.teams),
        sorted(people.services),
        query,
        {"median": MEDIAN_FROM, "p90": P90_FROM, "share": SHARE_FROM},
        None if made is None else said(made.at),
    )
    return look.page("figures.html", page, "Figures")


async def as_csv(look: Look) -> Response:
    """Give the figures as CSV."""
    report = await _report(look)
    headers = {"Content-Disposition": 'attachment; filename="figures.csv"'}
    return PlainTextResponse(
        figures_document.as_csv(report), headers=headers, media_type="text/csv"
    )


async def as_json(look: Look) -> Response:
    """Give the figures as JSON, as the API does."""
    report = await _report(look)
    return JSONResponse(report)


async def _report(look: Look) -> FiguresReport:
    now = look.serving.clock.now()
    return await api.report(
        look.connection, look.serving.pool, _asked(_given(look, now.date())), now
    )


def _given(look: Look, today: date) -> Mapping[str, str]:
    """Return what the query asks for, its days and its parts completed."""
    asked = look.request.query_params.items()
    given = {name: value for name, value in asked if value and name != _WAITING}
    end = _day(given.get("to")) or today
    start = _day(given.get("from")) or end - _USUAL * _DAY
    usual = Every.MONTH if end - start > _BY_MONTH else Every.WEEK
    return {"every": str(usual), **given, "from": start.isoformat(), "to": end.isoformat()}


def _asked(given: Mapping[str, str]) -> api.AskedFigures:
    """Return it as the API asks: from the beginning of the first day to the end of the last."""
    start, end = _day(given["from"]), _day(given["to"])
    try:
        return api.AskedFigures.model_validate(
            {
                **given,
                "from": start and datetime.combine(start, time(), UTC),
                "to": end and datetime.combine(end + _DAY, time(), UTC),
            }
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, wrong["loc"]))
        raise WrongUsage(f"{place}: {wrong['msg']}", remedy="begin again at Figures") from None


def _day(text: str | None) -> date | None:
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError:
        raise WrongUsage("a day is written like 2026-11-30", remedy="choose it again") from None
    if day is not None and not 1970 <= day.year <= 9000:
        raise WrongUsage(f"nothing happened in {day.year}", remedy="choose the day again")
    return day


def _times(given: Mapping[str, str], today: date) -> Sequence[Time]:
    named = (("30 days", 30), ("90 days", 90), ("A year", 365))
    return [_time(given, name, today - days * _DAY, today) for name, days in named]


def _time(given: Mapping[str, str], name: str, start: date, end: date) -> Time:
    days = {"from": start.isoformat(), "to": end.isoformat()}
    rest = {key: value for key, value in given.items() if key != "every"}
    return Time(name, urlencode({**rest, **days}), days.items() <= given.items())
