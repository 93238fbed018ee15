"""How a database is exposed: who comes in from where, and what whoever is in may do."""

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from fettle.errors import CannotLook
from fettle.model.ports import Database
from fettle.model.quantity import say_count
from fettle.model.security import Look, Looked, Skipped, Weakness
from fettle.model.severity import Severity
from fettle.unit.rows import decode

AREA = "database"
_SUPERUSERS = 1
_MOST = 200

RowT = TypeVar("RowT")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Setting:
    """A setting of the server."""

    name: str
    value: str


@dataclass(frozen=True)
class Entrance:
    """A rule of pg_hba.conf."""

    line: int | None
    kind: str | None
    databases: str | None
    users: str | None
    address: str
    netmask: str
    method: str
    error: str


@dataclass(frozen=True)
class Role:
    """A role that can log in; `first` is the one that the server was made with."""

    role: str
    superuser: bool
    bypasses_rls: bool
    makes_roles: bool
    for_ever: bool
    asks: bool
    first: bool


@dataclass(frozen=True)
class Password:
    """How a role's password is kept."""

    role: str
    kept: str


@dataclass(frozen=True)
class Right:
    """What PUBLIC, or whoever is not logged in, may do with something."""

    subject: str
    rights: str


@dataclass(frozen=True)
class Privilege(Right):
    """What PUBLIC may do with a schema or a table; or a function that runs as its owner."""

    kind: str


async def look(name: str, database: Database) -> Look:
    """Ask each question, and judge what was told; what could not be asked is skipped."""
    settings: dict[str, str] = {}

    def of_set(rows: Sequence[Setting]) -> Iterator[Weakness]:
        settings.update((one.name, one.value) for one in rows)
        return of_settings(name, settings)

    within = f"in the database {database.server.database}"
    told = await _asked(name, database, _Question("settings", "settings", Setting, of_set))
    for question in (
        _Question(
            "entrance", "pg_hba.conf", Entrance, lambda rows: of_entrance(name, rows, settings)
        ),
        _Question("roles", "roles", Role, lambda rows: of_roles(name, rows)),
        _Question(
            "passwords",
            "how passwords are kept",
            Password,
            lambda rows: of_passwords(name, rows),
        ),
        _Question(
            "privileges",
            f"what PUBLIC may do {within}",
            Privilege,
            lambda rows: of_privileges(name, rows),
        ),
        _Question(
            "exposed", f"what anon may do {within}", Right, lambda rows: of_exposed(name, rows)
        ),
    ):
        told += await _asked(name, database, question)
    return told


@dataclass(frozen=True)
class _Question:
    """A file of SQL, what it is about, its rows, and what judges them."""

    file: str
    about: str
    row: type[Any]
    judge: Callable[[Sequence[Any]], Iterator[Weakness]]


async def _asked(name: str, database: Database, question: _Question) -> Look:
    try:
        rows = await _read(database, question.file, question.row)
    except CannotLook as error:
        subject = f"{name}: {question.about}"
        return Look(skipped=(Skipped(AREA, subject, error.reason, error.remedy),))
    return _look(name, question.about, list(question.judge(rows)))


async def _read(database: Database, file: str, row: type[RowT]) -> list[RowT]:
    return decode(await database.read(_statement(file)), row)


@cache
def _statement(file: str) -> str:
    return Path(__file__).with_name(f"{file}.sql").read_text(encoding="utf-8")


def _look(name: str, what: str, found: Sequence[Weakness]) -> Look:
    cut = (Skipped(AREA, f"{name}: {what}", f"more than {_MOST} were found: the rest is not told"),)
    looked = (Looked(AREA, name, what),)
    return Look(tuple(found[:_MOST]), looked, cut if len(found) > _MOST else ())


def _network(address: str, netmask: str = "") -> _Network | None:
    """Return the network of a rule; None for a name, and for what is a word of PostgreSQL's."""
    try:
        if not netmask:
            return ipaddress.ip_network(address, strict=False)
        bits = f"{int(ipaddress.ip_address(netmask)):b}".count("1")  # as IPv6 has it, too
        return ipaddress.ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        return None


def _is_local(address: str, netmask: str = "") -> bool:
    """Whether an address is this machine's own."""
    network = _network(address, netmask)
    return address in ("samehost", "localhost") if network is None else network.is_loopback


def _is_anywhere(rule: Entrance) -> bool:
    network = _network(rule.address, rule.netmask)
    return rule.address == "all" if network is None else network.prefixlen == 0


def _listens_outside(settings: dict[str, str]) -> bool:
    """Whether the server is reached from elsewhere; it is, where that is not known."""
    told = settings.get("listen_addresses", "*")
    each = [one.strip() for one in told.split(",") if one.strip()]
    return not all(map(_is_local, each))


def of_settings(name: str, settings: dict[str, str]) -> Iterator[Weakness]:
    """Judge the server's settings."""
    outside = _listens_outside(settings)
    if outside and settings.get("ssl") == "off":
        yield Weakness(
            AREA,
            name,
            Severity.HIGH,
            f"it listens on {settings.get('listen_addresses', 'some address')} without TLS",
            "ssl = on with a certificate, and hostssl in pg_hba.conf",
        )
    version = settings.get("ssl_min_protocol_version", "TLSv1.2")
    if settings.get("ssl") == "on" and version in ("", "TLSv1", "TLSv1.1"):
        yield Weakness(
            AREA,
            name,
            Severity.MEDIUM,
            f"it agrees on {version or 'any version'} of TLS, which is no longer safe",
            "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'; SELECT pg_reload_conf();",
        )
    if settings.get("password_encryption") in ("md5", "on"):
        yield Weakness(
            AREA,
            name,
            Severity.MEDIUM,
            "new passwords are kept as MD5",
            "ALTER SYSTEM SET password_encryption = 'scram-sha-256'; SELECT pg_reload_conf();",
        )


def of_entrance(
    name: str, rules: Sequence[Entrance], settings: dict[str, str]
) -> Iterator[Weakness]:
    """Judge who is let in by what proof."""
    outside = _listens_outside(settings)
    for rule in rules:
        where = f"line {rule.line} of pg_hba.conf"
        if rule.error:
            yield Weakness(
                AREA, name, Severity.MEDIUM, f"{where} is not understood: {rule.error}", "mend it"
            )
            continue
        found = _of_rule(rule, outside=outside)
        if found is not None:
            severity, says, closes = found
            yield Weakness(AREA, name, severity, f"{where}: {says}", closes)


def _of_rule(rule: Entrance, *, outside: bool) -> tuple[Severity, str, str] | None:
    away = rule.kind != "local" and not _is_local(rule.address, rule.netmask)
    whom = f"{rule.users or 'all'} into {rule.databases or 'all'}"
    from_ = f"{rule.address} {rule.netmask}".strip() if rule.kind != "local" else "this machine"
    scram = "scram-sha-256 in its place"
    if rule.method == "trust":
        severity = Severity.MEDIUM if not away else Severity.HIGH
        severity = Severity.CRITICAL if away and outside else severity
        return severity, f"whoever comes from {from_} is let in as {whom} without proof", scram
    if rule.method == "password" and rule.kind != "hostssl" and away:
        return Severity.HIGH, f"passwords of {whom} are sent as they are from {from_}", scram
    if rule.method == "md5" and away:
        return Severity.LOW, f"{whom} may be proved by MD5 from {from_}", scram
    if rule.method == "ident" and away:
        return Severity.HIGH, f"the machine of {from_} says who somebody is ({whom})", scram
    plain = rule.kind in ("host", "hostnossl") and rule.method != "reject"
    if plain and outside and _is_anywhere(rule):
        says = f"{whom} may come from anywhere without TLS"
        return Severity.MEDIUM, says, "hostssl, and the networks that are meant"
    return None


def of_roles(name: str, roles: Sequence[Role]) -> Iterator[Weakness]:
    """Judge roles that can log in."""
    for severity, says, closes in (*_superusers(roles), *_strong(roles)):
        yield Weakness(AREA, name, severity, says, closes)


def _superusers(roles: Sequence[Role]) -> Iterator[tuple[Severity, str, str]]:
    each = [one.role for one in roles if one.superuser]
    beside = [one.role for one in roles if one.superuser and not one.first]
    if len(each) > _SUPERUSERS:
        says = f"{len(each)} superusers can log in: {', '.join(each[:10])}"
        closes = f"ALTER ROLE {beside[0]} NOSUPERUSER; and the rights that it needs"
        yield Severity.MEDIUM, says, closes
    for one in roles:
        if one.asks and one.superuser:
            says = f"Fettle itself looks as the superuser {one.role}"
            yield Severity.LOW, says, "a role with pg_monitor, which only looks"


def _strong(roles: Sequence[Role]) -> Iterator[tuple[Severity, str, str]]:
    for one in roles:
        if one.bypasses_rls and not one.superuser:
            says = f"{one.role} can log in and sees every row, whatever policies say"
            yield Severity.LOW, says, f"ALTER ROLE {one.role} NOBYPASSRLS; unless it makes copies"
        if one.makes_roles and not one.superuser:
            says = f"{one.role} can log in and make roles"
            yield Severity.LOW, says, f"ALTER ROLE {one.role} NOCREATEROLE; unless it is for that"
    for_ever = [one.role for one in roles if one.for_ever]
    if for_ever:
        count = say_count(len(for_ever), "role")
        says = f"passwords of {count} never end: {', '.join(for_ever[:5])}"
        yield Severity.INFO, says, "ALTER ROLE … VALID UNTIL '…', where people log in by it"


def of_passwords(name: str, passwords: Sequence[Password]) -> Iterator[Weakness]:
    """Judge how passwords are kept."""
    md5 = [one.role for one in passwords if one.kept == "md5"]
    if md5:
        yield Weakness(
            AREA,
            name,
            Severity.MEDIUM,
            f"passwords of {', '.join(md5[:10])} are kept as MD5",
            "set them again once password_encryption is scram-sha-256",
        )


def of_privileges(name: str, rights: Sequence[Privilege]) -> Iterator[Weakness]:
    """Judge what everybody who can connect may do."""
    for one in rights:
        if one.kind == "schema":
            yield Weakness(
                AREA,
                name,
                Severity.MEDIUM,
                f"everybody may create objects in the schema {one.subject}, which others may call",
                f"REVOKE CREATE ON SCHEMA {one.subject} FROM PUBLIC;",
            )
        elif one.kind == "table":
            writes = set(one.rights.split(", ")) - {"SELECT"}
            yield Weakness(
                AREA,
                name,
                Severity.HIGH if writes else Severity.MEDIUM,
                f"everybody may {one.rights} on {one.subject}",
                f"REVOKE ALL ON {one.subject} FROM PUBLIC;",
            )
        else:
            called = " and everybody may call it" if one.rights else ""
            yield Weakness(
                AREA,
                name,
                Severity.HIGH if one.rights else Severity.LOW,
                f"{one.subject} runs as its owner and finds names where its caller says{called}",
                f"ALTER ROUTINE {one.subject} SET search_path = pg_catalog, pg_temp;",
            )


def of_exposed(name: str, exposed: Sequence[Right]) -> Iterator[Weakness]:
    """Judge tables that whoever is not logged in reaches over Supabase's API."""
    for one in exposed:
        yield Weakness(
            AREA,
            name,
            Severity.CRITICAL,
            f"whoever is not logged in (anon) may {one.rights} every row of {one.subject}",
            f"ALTER TABLE {one.subject} ENABLE ROW LEVEL SECURITY; and policies for what is meant",
        )
