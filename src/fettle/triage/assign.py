"""Whose issue it is: the service's owner's, else the category's team's, else the default one's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.model.classification import Classification
from fettle.model.service import Service
from fettle.model.team import Team


@dataclass(frozen=True)
class Assigned:
    """A team, None where there is nobody, and why."""

    team: str | None
    reason: str


def assigned(
    made: Classification,
    services: Mapping[str, Service],
    teams: Sequence[Team],
    default: str | None = None,
) -> Assigned:
    """Return the team of an issue; of several services the first that somebody owns decides."""
    for name in made.services:
        service = services.get(name)
        if service is not None and service.team is not None:
            return Assigned(service.team, f"{service.team} owns {name}")
    for team in teams:
        if made.category in team.categories:
            return Assigned(team.name, f"{team.name} takes issues of the category {made.category}")
    if default is not None:
        return Assigned(default, f"nobody owns it, and {default} is the default")
    if teams:
        return Assigned(teams[0].name, f"nobody owns it, and {teams[0].name} is the first team")
    return Assigned(None, "no team is in the settings")
