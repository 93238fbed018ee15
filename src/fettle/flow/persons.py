"""Who works here, and who stands behind an actor, as far as that is known.

`user:ada` and `cli:ada` are one person, whoever else is called so; a token is its owner's, and a
link the member's to whom alone it was sent. An actor of whom nothing is known stands for itself.
"""

from fettle.flow.tend import Desk
from fettle.store import access, users
from fettle.store.statements import Connection


async def same(connection: Connection, desk: Desk, one: str, other: str) -> bool:
    """Whether two actors are the same person."""
    return one == other or await _person(connection, desk, one) == await _person(
        connection, desk, other
    )


async def known(connection: Connection, desk: Desk) -> list[str]:
    """Return who works here, in the order of the alphabet: members of teams, and who logs in."""
    members = {name.lower() for team in desk.people.teams.values() for name in team.members}
    return sorted(members | set(await users.who_work(connection)))


async def _person(connection: Connection, desk: Desk, actor: str) -> str:
    kind, _, name = actor.partition(":")
    match kind:
        case "user" | "cli":
            return name.lower()
        case "token":
            members = [member for team in desk.people.teams.values() for member in team.members]
            return await access.owner_of(connection, name, members) or actor
        case "link":
            return _reached(desk, name) or actor
        case _:
            return actor


def _reached(desk: Desk, receiver: str) -> str | None:
    """Return the only person whom a receiver reaches; None where it is not one."""
    teams = desk.people.teams.values()
    if any(receiver in team.receivers for team in teams):
        return None
    found = {
        name.lower()
        for team in teams
        for name, receivers in team.members.items()
        if receiver in receivers
    }
    return found.pop() if len(found) == 1 else None
