"""What the settings say about people: teams, their hours, and how they are called."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fettle.errors import BadSettings, NotFound
from fettle.model.calendar import AroundTheClock, BusinessHours, Calendar
from fettle.model.classification import Classification, Escalation, Hours
from fettle.model.service import Service
from fettle.model.team import Override, Rotation, Team
from fettle.settings import Settings
from fettle.settings.people import (
    EscalationSettings,
    HoursSettings,
    RotationSettings,
    TeamSettings,
)
from fettle.settings.windows import WEEKDAYS
from fettle.triage import assign
from fettle.triage.assign import Assigned
from fettle.triage.escalate import DEFAULTS, EscalationPolicy
from fettle.triage.sla import Calendars

_YEARS = range(2024, 2041)
_WHO = frozenset({"on-call", "team", "everybody"})


@dataclass(frozen=True)
class People:
    """Who works here. Without teams everybody who can be told is told of everything."""

    teams: Mapping[str, Team]
    policies: Mapping[Escalation, EscalationPolicy]
    services: Mapping[str, Service]
    receivers: tuple[str, ...]
    hours: Calendar
    default: str | None = None

    def assigned(self, made: Classification) -> Assigned:
        """Return the team of an issue, and why."""
        return assign.assigned(made, self.services, tuple(self.teams.values()), self.default)

    def refuse_strangers(self, team: str | None, member: str | None) -> None:
        """Raise NotFound for a team that there is not, and for somebody who is not of it."""
        found = self.teams.get(team or "")
        if team is not None and found is None:
            raise NotFound(f"there is no team {team}", remedy=_one_of("teams", self.teams))
        if found is not None and member is not None and member not in found.members:
            raise NotFound(
                f"{found.name} has no member {member}", remedy=_one_of("members", found.members)
            )

    def refuse_nobody(self, person: str) -> None:
        """Raise NotFound for somebody who is of no team, where there are teams."""
        members = dict.fromkeys(name for team in self.teams.values() for name in team.members)
        if members and person not in members:
            raise NotFound(f"no team has a member {person}", remedy=_one_of("members", members))

    def hours_of(self, team: str | None) -> Calendar:
        """Return a team's business hours."""
        found = self.teams.get(team or "")
        return self.hours if found is None else found.hours

    def calendars(self, team: str | None) -> Calendars:
        """Return the calendars that an issue of a team is timed by."""
        return {Hours.AROUND_THE_CLOCK: AroundTheClock(), Hours.BUSINESS: self.hours_of(team)}

    def reached(self, team: str | None, who: tuple[str, ...], moment: datetime) -> tuple[str, ...]:
        """Return the receivers of these people of a team; every one there is rather than none."""
        found = self.teams.get(team or "")
        names: list[str] = []
        for one in who:
            if one in self.teams:
                names += self.teams[one].reached("team", moment)
            elif found is not None:
                names += found.reached(one, moment)
            if one in self.receivers:
                names.append(one)
        return tuple(dict.fromkeys(names)) or self.receivers


def _one_of(what: str, names: Collection[str]) -> str:
    if not names:
        return f"there are no {what} in fettle.toml"
    return f"one of {', '.join(names)}"


def people_of(settings: Settings) -> People:
    """Return who the settings say works here; raises BadSettings."""
    receivers = tuple(one.name for one in settings.receiver)
    usual = hours_of(settings.business_hours)
    teams = {one.name: _team(one, usual, receivers) for one in settings.team}
    services = {one.name: Service(one.name, one.tier, one.team) for one in settings.service}
    for service in services.values():
        if service.team is not None and teams and service.team not in teams:
            raise BadSettings(f"[[service]] {service.name}: there is no team {service.team}")
    default = settings.triage.team
    if default is not None and default not in teams:
        raise BadSettings(f"[triage] team: there is no team {default}")
    levels = [one.level for one in settings.escalation]
    for level in levels:
        if levels.count(level) > 1:
            raise BadSettings(f"[[escalation]]: two are for {level}")
    known = {*_WHO, *receivers, *teams, *(name for team in teams.values() for name in team.members)}
    _refuse_taken(settings)
    policies = {**DEFAULTS, **{one.level: _policy(one, known) for one in settings.escalation}}
    return People(teams, policies, services, receivers, usual, default)


def _refuse_taken(settings: Settings) -> None:
    """Refuse names that mean somebody else where people are called."""
    named = [one.name for one in settings.receiver]
    for team in settings.team:
        named += [team.name, *(member.name for member in team.member)]
    if taken := sorted(_WHO.intersection(named)):
        raise BadSettings(
            f"nobody can be called {taken[0]!r}: in [[escalation]] it means others",
            remedy="choose another name",
        )


def hours_of(given: HoursSettings) -> BusinessHours:
    """Return business hours with their holidays; raises BadSettings."""
    days = {WEEKDAYS.index(day): hours for day, hours in given.days.items()}
    off = (_public(given.holidays) | set(given.off)) - set(given.on)
    try:
        return BusinessHours(given.timezone, days, frozenset(off))
    except ValueError as error:
        raise BadSettings(f"[business_hours]: {error}") from None


def _public(place: str | None) -> set[date]:
    """Return the public holidays of a country, or of one of its parts, for some years."""
    if place is None:
        return set()
    import holidays  # noqa: PLC0415 - large, and most do without

    country, _, part = place.partition("-")
    try:
        return set(holidays.country_holidays(country, subdiv=part or None, years=_YEARS))
    except NotImplementedError:
        raise BadSettings(
            f"[business_hours] holidays: nobody knows those of {place!r}",
            remedy="write a country as DE, or one of its parts as DE-BE",
        ) from None


def _team(given: TeamSettings, usual: Calendar, receivers: Collection[str]) -> Team:
    where = f"[[team]] {given.name}"
    members = {member.name: member.receivers for member in given.member}
    for name in (*given.receivers, *(name for names in members.values() for name in names)):
        if name not in receivers:
            raise BadSettings(f"{where}: there is no [[receiver]] {name}")
    rotation = None if given.rotation is None else _rotation(given.rotation, where)
    hours = usual if given.hours is None else hours_of(given.hours)
    return Team(given.name, members, given.receivers, given.categories, rotation, hours)


def _rotation(given: RotationSettings, where: str) -> Rotation:
    def moment(at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=given.timezone)).astimezone(UTC)

    overrides = [(moment(one.start), moment(one.end), one.member) for one in given.override]
    try:
        return Rotation(
            given.members,
            given.timezone,
            given.since,
            given.handover,
            given.days,
            tuple(Override(*one) for one in overrides),
        )
    except ValueError as error:
        raise BadSettings(f"{where} rotation: {error}") from None


def _policy(given: EscalationSettings, known: Collection[str]) -> EscalationPolicy:
    for step in given.steps:
        for who in step:
            if who not in known:
                raise BadSettings(
                    f"[[escalation]] {given.level}: nobody is called {who}",
                    remedy="on-call, team, everybody, or the name of a member, team or receiver",
                )
    return EscalationPolicy(
        given.level,
        given.steps,
        given.every,
        given.rounds,
        business_hours=given.business_hours,
        quiet=given.quiet,
        acknowledged_for=given.acknowledged_for,
    )
