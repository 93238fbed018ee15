"""Users, as those who administer see to them: made, let in, given a role, shut out."""

from dataclasses import dataclass, field
from datetime import datetime

from fettle.errors import NotFound, Refused
from fettle.flow.people.people import People
from fettle.model.role import Role
from fettle.model.user import User
from fettle.store import access, log_ins, users
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Invitation:
    """A link by which a user logs in, once, and until when."""

    user: User
    url: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True)
class Manager:
    """Who sees to users, and when; `url` is where people reach the server, without a slash."""

    people: People
    url: str
    actor: str
    now: datetime

    async def create(self, connection: Connection, name: str, role: Role) -> Invitation:
        """Make a user, and a link that lets them in; raises Refused when the name is taken."""
        user = await users.create(connection, name, role, self.actor, self.now)
        return await self._invited(connection, user)

    async def link(
        self, connection: Connection, name: str, *, reset_totp: bool, end_ties: bool = False
    ) -> Invitation:
        """Make a link that lets a user in once.

        The second factor stays, unless it is reset, and so do their log-ins by providers, unless
        they are ended. Raises NotFound, and Refused for who is disabled.
        """
        user = (await users.hold(connection, name)).user
        if user.disabled_at is not None:
            raise Refused(f"{name} is disabled", remedy=f"fettle user enable {name}")
        if reset_totp:
            await users.turn_totp_off(connection, user.id)
        if end_ties and await users.untie(connection, user.id):
            await log_ins.end_sessions(connection, user.id)
        return await self._invited(connection, await users.find(connection, name))

    async def set_role(self, connection: Connection, name: str, role: Role) -> User:
        """Give a user another role, and end their sessions; raises NotFound and Refused."""
        admins = await users.admins(connection)
        user = (await users.hold(connection, name)).user
        if user.role is role:
            return user
        _refuse_last(user, admins)
        await users.set_role(connection, user.id, role)
        await log_ins.end_sessions(connection, user.id)
        return await users.find(connection, name)

    async def disable(self, connection: Connection, name: str) -> User:
        """Shut a user out at once; raises NotFound and Refused."""
        admins = await users.admins(connection)
        user = (await users.hold(connection, name)).user
        _refuse_last(user, admins)
        await users.disable(connection, user.id, self.now)
        await log_ins.end_sessions(connection, user.id)
        await log_ins.end_links(connection, user.id)
        return await users.find(connection, name)

    async def enable(self, connection: Connection, name: str) -> User:
        """Let a user log in again, as before; raises NotFound."""
        user = (await users.hold(connection, name)).user
        await users.enable(connection, user.id)
        return await users.find(connection, name)

    async def log_out(self, connection: Connection, name: str) -> User:
        """End all of a user's sessions; raises NotFound."""
        user = (await users.hold(connection, name)).user
        await log_ins.end_sessions(connection, user.id)
        return user

    async def untie(
        self, connection: Connection, name: str, issuer: str | None, subject: str | None
    ) -> User:
        """End a user's log-ins by a provider, or by all, and their sessions.

        Raises NotFound, also where they are tied to nothing such.
        """
        user = (await users.hold(connection, name)).user
        if not await users.untie(connection, user.id, issuer, subject):
            where = f"known so at {issuer}" if issuer else "known at any provider"
            raise NotFound(f"{name} is not {where}", remedy=f"fettle user untie {name} lists them")
        await log_ins.end_sessions(connection, user.id)
        return await users.find(connection, name)

    async def _invited(self, connection: Connection, user: User) -> Invitation:
        lasts = self.people.settings.link
        secret = await log_ins.make_link(connection, user.id, self.actor, self.now, lasts)
        return Invitation(user, f"{self.url}/welcome/{secret}", self.now + lasts)


async def first(connection: Connection, manager: Manager) -> Invitation | None:
    """Make the first user, where there is none, and a link that lets them in; else None."""
    async with connection.transaction():
        user = await users.create_first(connection, manager.actor, manager.now)
        if user is None:
            return None
        await access.write_audit(connection, manager.actor, "create user", user.name, None, {})
        return await manager.link(connection, user.name, reset_totp=False)


def _refuse_last(user: User, admins: int) -> None:
    if user.role is Role.ADMIN and user.disabled_at is None and admins <= 1:
        raise Refused(
            f"{user.name} is the last who can administer",
            remedy="make somebody else an admin first",
        )
