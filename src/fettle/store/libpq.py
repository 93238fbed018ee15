"""Addresses of PostgreSQL: read as libpq reads them, and refused where it would be misled.

A password with an @, a / or a : that is not written as %40, %2F or %3A makes libpq take a part of
the password for a host, a port or a database; every message about that would show it.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import psycopg
from psycopg import conninfo

HOW_TO_WRITE = (
    "write it as postgresql://user:password@host:5432/database, with the characters @ : / of a "
    "password as %40 %3A %2F"
)

# The same cuts as in libpq's conninfo_uri_parse_options(); urllib's are others.
_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?:(?P<account>[^@/]*)@)?(?P<hosts>[^/?]*)"
    r"(?P<path>/[^?]*)?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_SECRETS = frozenset(
    (
        "password",
        "passfile",
        "sslkey",
        "sslpassword",
        "oauth_client_secret",
        "scram_client_key",
        "scram_server_key",
    )
)
# What Prisma, Rails, JDBC and others put behind the question mark for themselves.
_OF_DRIVERS = frozenset(
    (
        "adapter",
        "connection_limit",
        "currentSchema",
        "pgbouncer",
        "pool",
        "pool_size",
        "pool_timeout",
        "prepareThreshold",
        "prepared_statements",
        "schema",
        "socket_timeout",
        "ssl",
        "statement_cache_size",
    )
)


@dataclass(frozen=True)
class Url:
    """An address in the form of a URL, in the pieces it is written in."""

    scheme: str
    user: str
    password: str
    hosts: str
    database: str
    query: str

    def __str__(self) -> str:
        account = f"{self.user}:{self.password}" if self.password else self.user
        query = f"?{self.query}" if self.query else ""
        at = "@" if account else ""
        return f"{self.scheme}{account}{at}{self.hosts}{self.database}{query}"


def parts(address: str) -> dict[str, str]:
    """Return what an address says, by libpq's keywords. Raises ValueError, without repeating it."""
    try:
        given = conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:
        raise ValueError(_said(str(error))) from None
    said = {name: str(value) for name, value in given.items() if value is not None}
    hosts = said.get("host", "").split(",")
    if any("@" in host[1:] or ("/" in host[1:] and host[0] != "/") for host in hosts):
        raise ValueError("its host holds an @ or a /, as if it were a part of the password")
    if not all(port.isdecimal() or not port for port in said.get("port", "").split(",")):
        raise ValueError("its port is no number")
    if (url := split(address)) is not None and "@" in url.database:
        raise ValueError("its database holds an @, as if it were a part of the password")
    return said


def _said(message: str) -> str:
    """Return what libpq says; of an address that it quotes, password and all, nothing."""
    found = re.match(r'invalid (?:URI query parameter:|connection option) "(\w+)"', message)
    if found and found[1] in _OF_DRIVERS:  # any other word may be a part of the password
        return f"{found[1]} is a setting of some driver, not of PostgreSQL: leave it out"
    return re.sub(r'".*"', "…", message).strip() or "it is not one"


def split(address: str) -> Url | None:
    """Return the pieces of an address that is a URL, None for libpq's other form."""
    match = _URL.fullmatch(address)
    if match is None:
        return None
    user, _, password = (match["account"] or "").partition(":")
    return Url(
        match["scheme"],
        user,
        password,
        match["hosts"],
        match["path"] or "",
        match["query"] or "",
    )


def without_secrets(address: str) -> str:
    """Return an address that may be printed; it can be read (see `parts`)."""
    url = split(address)
    if url is None:
        said = parts(address)
        return conninfo.make_conninfo("", **{k: v for k, v in said.items() if k not in _SECRETS})
    kept = (
        pair
        for pair in url.query.split("&")
        if unquote(pair.partition("=")[0]).strip() not in _SECRETS
    )
    return str(Url(url.scheme, url.user, "", url.hosts, url.database, "&".join(kept)))
