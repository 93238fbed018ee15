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


def pool(name: str) -> str:
    """Name a pool of connections, threads or workers."""
    return f"pool {name}"


def queue(name: str) -> str:
    """Name a queue."""
    return f"queue {name}"


def slot(name: str) -> str:
    """Name a replication slot."""
    return f"replication slot {name}"


def prepared(gid: str) -> str:
    """Name a prepared transaction."""
    return f"prepared transaction {gid}"


def service(name: str) -> str:
    """Name a thing the business runs, by its name in the catalogue or what its source calls it."""
    return f"service {name}"


def dependency(name: str) -> str:
    """Name a service that somebody else runs."""
    return f"dependency {name}"


def database(name: str) -> str:
    """Name a whole database, as against the tables and sessions in it."""
    return f"database {name}"


def host(name: str) -> str:
    """Name a machine, or what stands for one: a container, an instance."""
    return f"host {name}"


def domain(host: str) -> str:
    """Name what a host is called, which somebody must be able to look up."""
    return f"name {host}"


def certificate(host: str) -> str:
    """Name the certificate that a host shows."""
    return f"certificate of {host}"


def file_system(mount: str) -> str:
    """Name a file system, by where it is mounted."""
    return f"file system {mount}"


def disk(name: str) -> str:
    """Name a disk."""
    return f"disk {name}"


def cdn(name: str) -> str:
    """Name what answers in front of a service, out of its cache."""
    return f"CDN {name}"


def function(name: str) -> str:
    """Name a function at the edge."""
    return f"edge function {name}"


def session_name(user: str | None, database: str | None, application: str | None) -> str:
    """Return what stays the same of a session when it reconnects: a finding's subject."""
    place = f"{user or '?'}@{database or '?'}"
    return f"{place} ({application})" if application else place
