"""What PostgreSQL's errors mean for a person: the reason, and what to do about it."""

import re
from collections.abc import Iterable
from datetime import timedelta

import psycopg
from psycopg import errors as pg

from fettle.errors import CannotLook, Unreachable
from fettle.model.quantity import say_duration
from fettle.model.sql import identifier
from fettle.targets import address

# libpq gives no SQLSTATE for a failed connection, only the text; the server's own words are
# always shown beside what we make of them, since lc_messages may be in another language.
_AT_THE_DOOR = (
    (
        r"could not translate host name|Name or service not known|resolve",
        "the host's name is unknown",
        "check the host in the address, and the resolver of this machine",
    ),
    (
        r"Connection refused|No such file or directory",
        "nobody listens there",
        "check host and port, that the server runs, and its listen_addresses",
    ),
    (
        r"timeout expired|timed out|TimeoutError",
        "it did not answer in time",
        "check host and port, and the firewall between here and there",
    ),
    (
        r"no password supplied",
        "the server wants a password and none was given",
        "put it in PGPASSWORD, in ~/.pgpass or in the address",
    ),
    (
        r"password authentication failed|authentication failed",
        "the server refused the user or the password",
        "check both; the role needs LOGIN",
    ),
    (
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        "the server lets nobody in from here",
        "add a line for this host, user and database to its pg_hba.conf, or use sslmode=require",
    ),
    (
        r"bouncer config error|no such database",
        "the pooler there does not know this database",
        "name it in the pooler's settings, or give the server's direct address",
    ),
    (r'database ".*" does not exist', "there is no such database", "list them with psql -l"),
    (r'role ".*" does not exist', "there is no such role", "check the user in the address"),
    (
        r"permission denied for database \"(?P<database>.*?)\" DETAIL|does not have CONNECT",
        "the role may not connect to this database",
        "GRANT CONNECT ON DATABASE {database} TO {user};",
    ),
    (
        r"certificate|SSL|TLS",
        "the encrypted connection could not be made",
        "check sslmode, sslrootcert and the server's certificate",
    ),
    (
        r"too many (clients|connections)|remaining connection slots|MaxClients",
        "the server has no connection left",
        "free one, or connect as a role with pg_use_reserved_connections",
    ),
    (
        r"starting up|shutting down|in recovery mode|not yet accepting",
        "the server is starting, stopping or recovering",
        "try again when it is up",
    ),
    (
        r"not currently accepting connections",
        "the database takes no connections",
        "ALTER DATABASE … ALLOW_CONNECTIONS true",
    ),
)


def unreachable(error: Exception, url: str) -> Unreachable:
    """Return what a failed connection means."""
    said = " ".join(str(error).split()) or type(error).__name__
    place = address.shown(url)
    for pattern, reason, remedy in _AT_THE_DOOR:
        if found := re.search(pattern, said, re.IGNORECASE):
            named = {"user": address.user(url), **found.groupdict()}
            filled = remedy.format(**{name: identifier(one or "…") for name, one in named.items()})
            return Unreachable(f"cannot connect to {place}: {reason} ({said})", remedy=filled)
    return Unreachable(f"cannot connect to {place}: {said}", remedy="try the same with psql")


def cannot_look(
    error: psycopg.Error, statement: timedelta, lock: timedelta, role: str
) -> CannotLook:
    """Return what an error means that came instead of an answer to this role (quoted)."""
    match error:
        case pg.LockNotAvailable():
            return CannotLook(
                f"it stood in a queue for a lock for {say_duration(lock)}",
                remedy="end the transaction that holds the lock, or look again later",
            )
        case pg.QueryCanceled():
            return CannotLook(
                f"the server needed more than {say_duration(statement)} for it",
                remedy="look again with a longer --timeout",
            )
        case pg.OperationalError() if error.sqlstate is None:
            return CannotLook(
                f"the connection was lost: {sentence(error)}", remedy="look again when it is back"
            )
    return CannotLook(sentence(error), remedy=remedy(error, role))


def sentence(error: psycopg.Error) -> str:
    """Return the server's words, on one line, with the error's code."""
    said = error.diag.message_primary or " ".join(str(error).split())
    return f"{said} ({error.sqlstate})" if error.sqlstate else said


def remedy(error: psycopg.Error, role: str) -> str | None:
    """Return what to do about an error that a role got, where the error alone tells."""
    hint = error.diag.message_hint
    if isinstance(error, pg.InsufficientPrivilege):
        return hint or f"GRANT pg_monitor TO {role};"
    return hint


def of_extension(schemas: Iterable[str], role: str) -> str:
    """Return what lets a role read the views of extensions; pg_monitor opens no schema."""
    usage = (f"GRANT USAGE ON SCHEMA {identifier(one)} TO {role};" for one in schemas)
    return " ".join(usage)
