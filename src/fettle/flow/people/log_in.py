"""Log in: by password, by a code beside it, by a one-time link, by who one is elsewhere.

1. An attempt is counted before it is looked at, in the store: so a limit holds however many come at
   once, and over all servers. What was right counts no more, and a log-in takes away what else was
   counted of its name from its client.
2. Whatever is wrong, the answer and the work are the same: nobody learns which names there are.
3. Who logs in gets a session of their own: what the browser had before is worth nothing.
4. A user is held before what lets them in is changed, as whoever ends it holds them first: two who
   came the other way round would wait for each other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from fettle.errors import NotAllowed, NotIdentified, Refused, TooMuch
from fettle.flow.people import devices, second_factor
from fettle.flow.people.people import People
from fettle.model.sign_on import Identity
from fettle.model.user import Quota, Secrets, Session, User, named
from fettle.store import access, log_ins, users
from fettle.store.log_ins import SessionOf
from fettle.store.pool import Pool
from fettle.store.statements import Connection

# A person mistypes a few times. Who guesses from one place, at many names or at one, gets nowhere;
# who guesses from many places finds a code of six digits in a year or so, and no password.
_OF_BOTH = Quota(of_name=True, of_client=True, most=5, within=timedelta(minutes=15))
QUOTAS = (
    _OF_BOTH,
    Quota(of_name=False, of_client=True, most=30, within=timedelta(minutes=15)),
    Quota(of_name=True, of_client=False, most=20, within=timedelta(hours=1)),
)
# Who has logged in before in this browser is kept out by nobody's guesses elsewhere.
OF_KNOWN = (_OF_BOTH,)
_CODES = "code"  # what attempts at codes are kept under, apart from those at names
_IPV6_NETWORK = 64  # what one customer has


@dataclass(frozen=True)
class Entry:
    """Who is let in, how (`password`, `link`, `oidc:NAME`), and by what proof of a password."""

    user: User
    how: str
    proof: str | None = None


@dataclass(frozen=True)
class Browser:
    """Where a log-in comes from: an address, what the browser calls itself, and the request.

    `device` is what it carries as one in which somebody has logged in (devices).
    """

    client: str
    agent: str
    request: str
    device: str = ""

    @property
    def place(self) -> str:
        """What attempts are counted by: an address, or the network of one customer."""
        try:
            address = ip_address(self.client)
        except ValueError:
            return self.client
        if isinstance(address, IPv6Address):
            return str(ip_network((address, _IPV6_NETWORK), strict=False))
        return str(address)


async def count(
    people: People, pool: Pool, name: str, browser: Browser, now: datetime, what: str = "name"
) -> int:
    """Count an attempt at a name, and return its id; raises TooMuch when there were too many."""
    key, device = _key(people, name, what), devices.id_of(people.sealing, browser.device, name)
    quotas = QUOTAS if device is None else OF_KNOWN
    async with pool.connection() as connection:
        counted = await log_ins.attempt(connection, key, _place(people, name, browser), quotas, now)
    if isinstance(counted, int):
        return counted
    minutes = max(1, round(counted.total_seconds() / 60))
    raise TooMuch(
        "there were too many attempts to log in",
        retry_after_s=int(counted.total_seconds()) + 1,
        remedy=f"wait {minutes} min; a one-time link lets you in at once",
    )


async def by_password(
    people: People, pool: Pool, given: tuple[str, str], browser: Browser, now: datetime
) -> tuple[User, str]:
    """Return whose name and password it is, with the proof; raises NotIdentified and TooMuch."""
    name, password = given
    attempt = await count(people, pool, name, browser, now)
    found = await _found(pool, name)
    known = found is not None and found.user.disabled_at is None
    hash_ = found.password if found is not None and known else None
    if not await people.passwords.fits(password, hash_) or found is None or hash_ is None:
        raise NotIdentified("the name or the password is wrong")
    renewed = None
    if people.passwords.is_outdated(hash_):
        renewed = hash_ = await people.passwords.hashed(password)
    async with pool.connection() as connection:
        await log_ins.withdraw(connection, attempt)
        if renewed is not None:
            await users.set_password(connection, found.user.id, renewed)
    return found.user, _proof(people, hash_)


async def by_code(
    people: People, pool: Pool, given: tuple[str, str], browser: Browser, now: datetime
) -> User:
    """Return a user whose second factor has said a code; raises NotIdentified and TooMuch."""
    name, code = given
    # who comes here has proved a password, or has a link: guesses at the name alone keep nobody out
    attempt = await count(people, pool, name, browser, now, _CODES)
    async with pool.connection() as connection, connection.transaction():
        found = await users.secrets_of(connection, name)
        if found is None or found.user.disabled_at is not None:
            raise NotIdentified("the user cannot log in any more")
        if not await _taken(people, connection, found, code, now):
            raise NotIdentified("the code is wrong, or was used before")
        await log_ins.withdraw(connection, attempt)
    return found.user


async def _taken(
    people: People, connection: Connection, found: Secrets, code: str, now: datetime
) -> bool:
    """Whether it is a code of the user's second factor, or one that stands in for it."""
    user = found.user.id
    secret = people.sealing.open(totp_of(user), found.totp) if found.totp else None
    if secret is None:
        return False
    step = second_factor.fitting(secret, code, now)
    if step is not None:
        return await users.take_step(connection, user, step)
    return await users.take_code(connection, user, second_factor.hashed(code), now)


async def begin(
    people: People,
    connection: Connection,
    entry: Entry,
    browser: Browser,
    now: datetime,
    before: Session | None = None,
) -> str:
    """Begin a session; return what its cookie holds. The caller is in a transaction.

    The one that the browser had `before` ends.

    Raises NotIdentified for who was disabled meanwhile, or whose password was changed.
    """
    held = await users.hold(connection, entry.user.name)
    proved = entry.proof is None or entry.proof == _proof(people, held.password)
    if held.user.disabled_at is not None or not proved:
        raise NotIdentified("the user cannot log in any more, or not by what was typed")
    user = held.user
    if before is not None:
        await log_ins.end_session(connection, before.user_id, before.id)
    for what in ("name", _CODES):
        key, place = _key(people, user.name, what), _place(people, user.name, browser)
        await log_ins.forgive(connection, key, place)
    await access.write_audit(connection, user.actor, "log in", entry.how, browser.request, {})
    return await log_ins.begin_session(
        connection,
        SessionOf(user.id, entry.how, browser.client, browser.agent),
        now,
        people.settings.longest,
    )


async def renew(
    people: People, connection: Connection, session: Session, browser: Browser, now: datetime
) -> str:
    """End all sessions of who has changed how they log in, but go on in this browser.

    Returns what its cookie holds from now on. The caller is in a transaction.
    """
    await log_ins.end_sessions(connection, session.user_id)
    of = SessionOf(session.user_id, session.how, browser.client, browser.agent)
    return await log_ins.begin_session(connection, of, now, people.settings.longest)


async def by_identity(connection: Connection, who: Identity, request: str, now: datetime) -> User:
    """Return the user whom a provider names, made where they are new and may be.

    The caller is in a transaction. Raises NotAllowed.
    """
    name = await users.known_as(connection, who.issuer, who.subject)
    user = None if name is None else (await users.hold(connection, name)).user
    if user is None or not await users.seen_as(connection, user.id, who.issuer, who.subject, now):
        return await _welcomed(connection, who, now)
    if user.disabled_at is not None:
        raise NotAllowed("the user cannot log in any more", remedy="ask an admin")
    if who.decides and who.role is None:
        raise NotAllowed("who provides your log-in has given you no role here")
    if who.decides and who.role is not None and who.role != user.role:
        await users.set_role(connection, user.id, who.role)
        await log_ins.end_sessions(connection, user.id)
        detail = {"from": str(user.role), "to": str(who.role)}
        await access.write_audit(connection, who.issuer, "role", user.name, request, detail)
    return await users.find(connection, user.name)


async def _welcomed(connection: Connection, who: Identity, now: datetime) -> User:
    """Make a user of who was never here."""
    remedy = "ask an admin for a one-time link: it lets you choose how to log in"
    if who.role is None:
        raise NotAllowed("nobody here is known by that log-in", remedy=remedy)
    try:
        name = named(who.name or "")
    except ValueError:
        raise NotAllowed("the log-in does not say what to call you here", remedy=remedy) from None
    try:
        user = await users.create(connection, name, who.role, who.issuer, now)
    except Refused:
        raise NotAllowed(
            f"a user called {name} is here already, who does not log in that way", remedy=remedy
        ) from None
    await users.know_as(connection, user.id, who.issuer, who.subject, now)
    return await users.find(connection, name)


async def tie(
    connection: Connection, user: User, who: Identity, request: str, now: datetime
) -> None:
    """Let a user log in as who they are elsewhere; raises Refused."""
    await users.hold(connection, user.name)
    await users.know_as(connection, user.id, who.issuer, who.subject, now)
    await access.write_audit(connection, user.actor, "log in as", who.issuer, request, {})


async def by_link(connection: Connection, secret: str, now: datetime) -> User:
    """Use a one-time link up, and return whose it was; raises NotIdentified.

    The caller is in a transaction: what goes wrong later leaves it as it was.
    """
    user = await of_link(connection, secret, now)
    await users.hold(connection, user.name)
    if await log_ins.take_link(connection, secret, now) is None:
        raise _no_link()
    return await users.find(connection, user.name)


async def of_link(connection: Connection, secret: str, now: datetime) -> User:
    """Return whose link it is, and leave it as it is; raises NotIdentified."""
    name = await log_ins.link_of(connection, secret, now)
    if name is None:
        raise _no_link()
    return await users.find(connection, name)


def _no_link() -> NotIdentified:
    return NotIdentified(
        "the link is none of ours, was used, or has ended",
        remedy="fettle user link NAME makes another, and so does an admin on the page of users",
    )


async def set_password(connection: Connection, user: User, hash_: str, browser: Browser) -> None:
    """Give a user a password, by its hash; every browser that was logged in as them is not."""
    await users.set_password(connection, user.id, hash_)
    await log_ins.end_sessions(connection, user.id)
    await access.write_audit(connection, user.actor, "set password", user.name, browser.request, {})


def totp_of(user: UUID) -> str:
    """Return what the secret of a user's second factor is sealed for."""
    return f"totp:{user}"


def _proof(people: People, hash_: str | None) -> str:
    """Return what says that a password was right, without saying the password."""
    return people.sealing.keyed("password", hash_ or "").hex()


async def _found(pool: Pool, name: str) -> Secrets | None:
    try:
        plain = named(name)
    except ValueError:
        plain = ""  # nobody's; it is looked for all the same
    async with pool.connection() as connection:
        return await users.secrets_of(connection, plain)


def _key(people: People, name: str, what: str) -> bytes:
    return people.sealing.keyed(what, name.strip().lower()[:1000])


def _place(people: People, name: str, browser: Browser) -> str:
    """Return what attempts at a name are counted by: a browser that is known, or its network."""
    device = devices.id_of(people.sealing, browser.device, name)
    return browser.place if device is None else f"browser {device}"
