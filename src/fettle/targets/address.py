"""Addresses of databases: read like psql reads them, and shown without their passwords."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import conninfo as pg

from fettle.errors import WrongUsage

FROM_ENVIRONMENT = "(libpq)"  # the name of the target that libpq's environment means

_SECRETS = ("password", "passfile", "sslkey", "sslpassword")


def conninfo(url: str, **defaults: str | int) -> str:
    """Return libpq's form of an address; `defaults` hold where the address says nothing.

    An empty address means libpq's environment and service files. Raises WrongUsage when it cannot
    be read.
    """
    given = _parsed(url)
    merged = {**defaults, **given}
    # Fettle is known by its name: its own sessions are left out of what it counts.
    merged |= {key: value for key, value in defaults.items() if key == "application_name"}
    return pg.make_conninfo("", **merged)


def shown(url: str) -> str:
    """Return an address as it may be printed: without any secret."""
    parsed = _parsed(url)
    if "://" not in url:
        kept = {key: value for key, value in parsed.items() if key not in _SECRETS}
        return pg.make_conninfo("", **kept) if kept else FROM_ENVIRONMENT
    parts = urlsplit(url)
    account, at, place = parts.netloc.rpartition("@")
    user = account.partition(":")[0]
    query = "&".join(
        pair for pair in parts.query.split("&") if pair.partition("=")[0] not in _SECRETS
    )
    return urlunsplit((parts.scheme, f"{user}{at}{place}", parts.path, query, ""))


def with_database(url: str, database: str) -> str:
    """Return the address of another database of the same server, in the same form."""
    if "://" not in url:
        return pg.make_conninfo("", **{**_parsed(url), "dbname": database})
    parts = urlsplit(url)
    query = "&".join(pair for pair in parts.query.split("&") if not pair.startswith("dbname="))
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(database, safe='')}", query, ""))


def _parsed(url: str) -> dict[str, str | int]:
    try:
        return {key: value for key, value in pg.conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError as error:
        # libpq quotes the whole address in its message, password and all.
        reason = re.sub(r'".*"', "…", str(error)).strip()
        raise WrongUsage(
            f"the address of the database cannot be read: {reason or 'it is not one'}",
            remedy="write it like postgresql://user@host:5432/database",
        ) from None
