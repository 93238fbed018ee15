"""How services are, for everybody: their names and states, and nothing of what is said inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fettle.flow.catalogued import Known
from fettle.frontends.api.serving import Serving
from fettle.frontends.report.moments import said
from fettle.frontends.web.recent import Recent
from fettle.frontends.web.shell import Pages
from fettle.frontends.web.templates import render
from fettle.model.issue import Status
from fettle.model.severity import Severity
from fettle.store import overview
from fettle.store.overview import Looked, Trouble

_DAYS = 30
_LASTS = timedelta(seconds=15)  # everybody may ask, as often as they like
State = Literal["ok", "maintenance", "unknown", "degraded", "outage"]
_WORST: Sequence[State] = ("outage", "degraded", "unknown", "maintenance", "ok")
_UNWATCHED = "No trouble is known"
_SAID: dict[State, str] = {
    "ok": "Works",
    "unknown": "Not known now",
    "maintenance": "Maintenance is planned now",
    "degraded": "Degraded",
    "outage": "Down",
}
_WORK: dict[Status, str] = {
    Status.NEW: "We have been told of it.",
    Status.TRIAGED: "We have been told of it.",
    Status.ACKNOWLEDGED: "We look into it.",
    Status.INVESTIGATING: "We look into it.",
    Status.IDENTIFIED: "We know why.",
    Status.FIXING: "We mend it.",
    Status.MONITORING: "It is mended, and we watch it.",
}


@dataclass(frozen=True)
class Day:
    """One day of a service."""

    day: str
    state: State
    said: str


@dataclass(frozen=True)
class ServiceState:
    """A service as everybody may see it; `watched` is whether Fettle looks at it by itself."""

    name: str
    state: State
    said: str
    watched: bool
    since: str | None
    work: str | None
    days: Sequence[Day]


@dataclass(frozen=True)
class StatusPage:
    """What status.html is given."""

    title: str
    state: State
    services: Sequence[ServiceState]
    at: str

    @property
    def summary(self) -> str:
        """How things stand in a sentence."""
        if self.state == "ok":
            seen = all(one.watched for one in self.services)
            return "Everything works" if seen else _UNWATCHED
        bad = [one.name for one in self.services if one.state == self.state]
        return f"{_SAID[self.state]}: {', '.join(bad)}"


def install(pages: Pages) -> None:
    """Add the page, where the settings ask for it."""
    serving = pages.serving
    if not serving.settings.status_page.services:
        return

    recent: Recent[str, str] = Recent(serving.clock, _LASTS)

    async def written() -> str:
        now = serving.clock.now()
        return render("status.html", await _page(serving, now), now=now)

    async def show(_: Request) -> Response:
        made = await recent.get("", written)
        kept = {"Cache-Control": f"max-age={_LASTS.seconds}"}
        return HTMLResponse(made.answer, headers=kept)

    pages.open("/status", show)


async def _page(serving: Serving, now: datetime) -> StatusPage:
    asked = serving.settings.status_page
    since = now - timedelta(days=_DAYS)
    async with serving.pool.connection() as connection:
        found = await overview.troubles(connection, asked.services, Severity.HIGH, since)
        looked = {one.name: one for one in await overview.watched(connection)}
    muted = {
        name
        for muting in serving.taking.mutings
        if muting.window.open_at(now)
        for name in asked.services
        if muting.mutes(name)
    }
    services = [
        _service(
            name,
            [one for one in found if one.service == name],
            _untroubled(serving.targets.get(name), looked.get(name), now, planned=name in muted),
            now,
            watched=_is_watched(serving.targets.get(name)),
        )
        for name in asked.services
    ]
    worst = min((one.state for one in services), key=_WORST.index)
    return StatusPage(asked.title, worst, services, said(now))


def _is_watched(target: Known | None) -> bool:
    return target is not None and target.every is not None


def _untroubled(
    target: Known | None, looked: Looked | None, now: datetime, *, planned: bool
) -> State:
    """Return how a service without trouble is: what nobody could look at is not known."""
    if planned:
        return "maintenance"
    if target is None or target.every is None:
        return "ok"
    if looked is None or looked.missed or target.is_stale(looked.looked_at, now):
        return "unknown"
    return "ok"


def _service(
    name: str, troubles: Sequence[Trouble], state: State, now: datetime, *, watched: bool
) -> ServiceState:
    going_on = [one for one in troubles if one.over is None]
    worst = max(going_on, key=lambda one: one.severity, default=None)
    if worst is not None:
        state = _state(worst.severity)
    return ServiceState(
        name,
        state,
        _SAID[state] if watched or state != "ok" else _UNWATCHED,
        watched,
        None if worst is None else said(min(one.started for one in going_on)),
        None if worst is None else _WORK.get(worst.status),
        [_day(now.date() - timedelta(days=back), troubles, now) for back in reversed(range(_DAYS))],
    )


def _state(severity: Severity) -> State:
    return "outage" if severity is Severity.CRITICAL else "degraded"


def _day(day: date, troubles: Sequence[Trouble], now: datetime) -> Day:
    """Return the worst of a day, and how long there was trouble in it."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    ends = begins + timedelta(days=1)
    there = [one for one in troubles if one.started < ends and (one.over or now) > begins]
    if not there:
        return Day(day.isoformat(), "ok", "no trouble known")
    state = _state(max(one.severity for one in there))
    return Day(day.isoformat(), state, _SAID[state].lower())
