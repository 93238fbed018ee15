"""Whose turn it is: now, next, and as a calendar that other programs follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import FettleError, NotFound
from fettle.frontends.api import problems
from fettle.frontends.api.serving import Serving
from fettle.frontends.report import people_document
from fettle.frontends.report.people_document import ShiftDocument, TeamDocument
from fettle.frontends.web.shell import Look, Pages
from fettle.model.team import Team

_SHOWN = timedelta(days=28)
_BEHIND, _AHEAD = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True)
class TeamTurns:
    """A team, its turns of the next weeks, and the address of its calendar."""

    team: TeamDocument
    turns: Sequence[ShiftDocument]
    calendar: str


@dataclass(frozen=True)
class OncallPage:
    """What oncall.html is given."""

    teams: Sequence[TeamTurns]


def install(pages: Pages) -> None:
    """Add the page, and the calendars."""
    pages.place("On-call", "/oncall", "g c", daily=True)
    pages.add("/oncall", show)
    serving = pages.serving

    async def calendar(request: Request) -> Response:
        try:
            return _calendar(serving, request.path_params["token"])
        except FettleError as error:
            return Response(error.reason, problems.status_of(error), media_type="text/plain")

    pages.open("/oncall/{token}.ics", calendar)


async def show(look: Look) -> Response:
    """Show the teams and their turns."""
    desk = look.serving.desk
    teams = desk.people.teams
    now = desk.clock.now()
    page = OncallPage(
        [
            TeamTurns(
                team, list(_turns(teams[team["name"]], now)), desk.links.calendar(team["name"])
            )
            for team in people_document.of_teams(teams.values(), now)["items"]
        ]
    )
    return look.page("oncall.html", page, "On-call")


def _turns(team: Team, now: datetime) -> Iterator[ShiftDocument]:
    shifts = team.rotation.whole(now, now + _SHOWN) if team.rotation else ()
    return (people_document.of_shift(team, shift) for shift in shifts)


def _calendar(serving: Serving, token: str) -> Response:
    name = serving.desk.links.team_of(token)
    team = serving.desk.people.teams.get(name)
    if team is None:
        raise NotFound(f"there is no team {name} any more")
    return Response(_written(team, serving), media_type="text/calendar; charset=utf-8")


def _written(team: Team, serving: Serving) -> bytes:
    """Return the turns of a team as iCalendar (RFC 5545)."""
    # Only who asks for a calendar waits for what writes one.
    from icalendar import Calendar, Event  # noqa: PLC0415

    now = serving.clock.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Fettle//On-call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On-call: {team.name}")
    calendar.add("refresh-interval;value=duration", "PT1H")
    shifts = team.rotation.whole(now - _BEHIND, now + _AHEAD) if team.rotation else ()
    for shift in shifts:
        event = Event()
        start, end = shift.start.astimezone(UTC), shift.end.astimezone(UTC)
        event.add("uid", f"{start:%Y%m%dT%H%M}-{shift.member}-{team.name}@fettle")
        event.add("dtstamp", now)
        event.add("dtstart", start)
        event.add("dtend", end)
        event.add("summary", f"{shift.member} is on call for {team.name}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
