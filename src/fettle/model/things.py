"""How findings name what they are about and what they blame, so that causes can tie them together.

The same thing is always named by the same function; the words are what a person reads.
"""

from collections.abc import Sequence

# What vacuum cannot remove beyond: one thing, whoever pins it.
VACUUM_HORIZON = "the vacuum horizon"


def session(pid: int) -> str:
    """Name a session by its process."""
    return f"pid {pid}"


def table(relation: str) -> str:
    """Name a table."""
    return f"table {relation}"


def index(relation: str) -> str:
    """Name an index."""
    return f"index {relation}"


def sequence(relation: str) -> str:
    """Name a sequence."""
    return f"sequence {relation}"


def missing_index(table: str, columns: Sequence[str]) -> str:
    """Name an index that is not there, by the columns it would have."""
    return f"no index on {table} ({', '.join(columns)})"


def autovacuum_of(table: str) -> str:
    """Name autovacuum's work on one table."""
    return f"autovacuum of {table}"


def slot(name: str) -> str:
    """Name a replication slot."""
    return f"replication slot {name}"


def prepared(gid: str) -> str:
    """Name a prepared transaction."""
    return f"prepared transaction {gid}"


def session_name(user: str | None, database: str | None, application: str | None) -> str:
    """Return what stays the same of a session when it reconnects: a finding's subject."""
    place = f"{user or '?'}@{database or '?'}"
    return f"{place} ({application})" if application else place
