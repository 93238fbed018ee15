"""Addresses of databases: read like psql reads them, and shown without their passwords."""

from dataclasses import replace
from urllib.parse import quote, unquote

from psycopg import conninfo as pg

from fettle.errors import WrongUsage
from fettle.store import libpq

FROM_ENVIRONMENT = "(libpq)"  # the name of the target that libpq's environment means


def conninfo(url: str, **defaults: str | int) -> str:
    """Return libpq's form of an address; `defaults` hold where the address says nothing.

    An empty address means libpq's environment and service files. Raises WrongUsage when it cannot
    be read.
    """
    given = _parsed(url)
    merged = {**defaults, **given}
    # Fettle is known by its name: its own sessions are left out of what it counts.
    merged |= {key: value for key, value in defaults.items() if key == "application_name"}
    # What it asks and is told is UTF-8, whatever the database and the environment are.
    return pg.make_conninfo("", **{**merged, "client_encoding": "UTF8"})


def shown(url: str) -> str:
    """Return an address as it may be printed: without any secret."""
    _parsed(url)
    return libpq.without_secrets(url) or FROM_ENVIRONMENT


def hosts(url: str) -> int:
    """Return how many hosts an address names; at least 1."""
    said = _parsed(url)
    return (said.get("hostaddr") or said.get("host") or "").count(",") + 1


def user(url: str) -> str | None:
    """Return the user that an address names, None where the environment does."""
    return _parsed(url).get("user")


def with_database(url: str, database: str) -> str:
    """Return the address of another database of the same server, in the same form."""
    pieces = libpq.split(url)
    if pieces is None:
        return pg.make_conninfo("", **{**_parsed(url), "dbname": database})
    kept = (
        pair
        for pair in pieces.query.split("&")
        if unquote(pair.partition("=")[0]).strip() != "dbname"
    )
    return str(replace(pieces, database=f"/{quote(database, safe='')}", query="&".join(kept)))


def _parsed(url: str) -> dict[str, str]:
    try:
        return libpq.parts(url)
    except ValueError as error:
        raise WrongUsage(
            f"the address of the database cannot be read: {error}", remedy=libpq.HOW_TO_WRITE
        ) from None
