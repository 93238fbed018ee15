"""The shape of teams, turns and services, as the API and `fettle oncall` give them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.diagnosis import Status
from fettle.model.service import Service
from fettle.model.team import Shift, Team
from fettle.store.statements import Row

_FARTHEST = timedelta(days=400)


class TurnDocument(TypedDict):
    """Whose turn it is, and until before when."""

    member: str
    until: str


class MemberDocument(TypedDict):
    """One of a team."""

    name: str
    receivers: list[str]
    """What reaches them."""


class TeamDocument(TypedDict):
    """People who work on issues together."""

    name: str
    members: list[MemberDocument]
    receivers: list[str]
    """What reaches the team as a whole."""
    categories: list[str]
    """Those of issues that it takes where no service has an owner."""
    on_call: TurnDocument | None
    """Null where nobody takes turns: it is the whole team's turn."""


class TeamsDocument(TypedDict):
    """All teams, and who is on call now."""

    schema: Literal["fettle.teams/1"]
    items: list[TeamDocument]


class ShiftDocument(TypedDict):
    """One turn; the first and last are cut to the time that was asked for."""

    team: str
    member: str
    start: str
    end: str


class OncallDocument(TypedDict):
    """Whose turn it is from now on."""

    schema: Literal["fettle.oncall/1"]
    start: str
    end: str
    items: list[ShiftDocument]


class ServiceDocument(TypedDict):
    """A thing that the business runs."""

    name: str
    tier: Literal["critical", "important", "internal"]
    team: str | None
    also: list[str]
    """Other names for it."""
    depends_on: list[str]
    status: Status | None
    """What the latest look at it came to: `unknown` where that is too long ago, null before one."""
    looked_at: str | None


class ServicesDocument(TypedDict):
    """The catalogue."""

    schema: Literal["fettle.services/1"]
    items: list[ServiceDocument]


class SentTestDocument(TypedDict):
    """A test notification, and what became of it."""

    schema: Literal["fettle.test_notification/1"]
    id: str
    """What the receiver sees as the notification's id."""
    receiver: str
    state: Literal["waiting", "sent", "failed"]
    """`failed` is given up after a day; before that it is tried again."""
    attempts: int
    error: str | None
    """Why it was not taken at last."""


class ReceiverItem(TypedDict):
    """Somebody or something that is told, and how it stood in the last seven days."""

    name: str
    kind: str
    """How its address begins: mailto, slack, https."""
    told_at: str | None
    """When it took something at last."""
    waiting: int
    """How many notifications wait to be handed over."""
    failed: int
    """How many were given up."""
    error: str | None
    """Why the last one that waits, or was given up, was not taken."""


class ReceiversDocument(TypedDict):
    """The receivers of the settings."""

    schema: Literal["fettle.receivers/1"]
    items: list[ReceiverItem]


def of_test(row: Row) -> SentTestDocument:
    """Return a test notification; one that was told in another one was told."""
    sent = row["state"] in ("sent", "merged")
    return {
        "schema": "fettle.test_notification/1",
        "id": str(row["id"]),
        "receiver": row["receiver"],
        "state": "sent" if sent else row["state"],
        "attempts": row["attempts"],
        "error": None if sent else row["error"],
    }


def of_receivers(kinds: Mapping[str, str], known: Mapping[str, Row]) -> ReceiversDocument:
    """Return the receivers, by name and kind, with what is known of them."""
    items: list[ReceiverItem] = [
        {
            "name": name,
            "kind": kind,
            "told_at": moment(row["told_at"]) if (row := known.get(name)) else None,
            "waiting": row["waiting"] if row else 0,
            "failed": row["failed"] if row else 0,
            "error": row["error"] if row else None,
        }
        for name, kind in kinds.items()
    ]
    return {"schema": "fettle.receivers/1", "items": items}


def of_teams(teams: Iterable[Team], now: datetime) -> TeamsDocument:
    """Return the teams."""
    return {"schema": "fettle.teams/1", "items": [_team(team, now) for team in teams]}


def of_turns(teams: Sequence[Team], now: datetime, days: int) -> OncallDocument:
    """Return the turns of some days, each team's in order."""
    end = now + timedelta(days=days)
    return {
        "schema": "fettle.oncall/1",
        "start": said(now),
        "end": said(end),
        "items": [shift for team in teams for shift in _shifts(team, now, end)],
    }


def of_shift(team: Team, shift: Shift) -> ShiftDocument:
    """Return one turn."""
    return {
        "team": team.name,
        "member": shift.member,
        "start": said(shift.start),
        "end": said(shift.end),
    }


def of_services(
    services: Iterable[Service], standing: Mapping[str, tuple[Status | None, datetime | None]]
) -> ServicesDocument:
    """Return the catalogue; `standing` is how each service is, and when it was looked at."""
    items = [_service(one, *standing[one.name]) for one in services]
    return {"schema": "fettle.services/1", "items": items}


def _team(team: Team, now: datetime) -> TeamDocument:
    turn = next(_shifts(team, now, now + _FARTHEST), None)
    return {
        "name": team.name,
        "members": [
            {"name": name, "receivers": list(receivers)} for name, receivers in team.members.items()
        ],
        "receivers": list(team.receivers),
        "categories": list(team.categories),
        "on_call": turn and {"member": turn["member"], "until": turn["end"]},
    }


def _shifts(team: Team, start: datetime, end: datetime) -> Iterator[ShiftDocument]:
    if team.rotation is None:
        return
    for shift in team.rotation.shifts(start, end):
        yield of_shift(team, shift)


def _service(
    service: Service, status: Status | None, looked_at: datetime | None
) -> ServiceDocument:
    return {
        "name": service.name,
        "tier": service.tier.value,
        "team": service.team,
        "also": list(service.also),
        "depends_on": list(service.depends_on),
        "status": status,
        "looked_at": moment(looked_at),
    }
