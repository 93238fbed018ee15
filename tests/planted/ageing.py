"""Make a server's oldest transaction ids truly old: hundreds of millions of ids are skipped.

What was there before is as old afterwards as if the ids had been handed out; what is to be young
again is frozen. The server must be told to leave that alone (`autovacuum_freeze_max_age`), and
must have pg_resetwal, which npm's packages lack.
"""

import psycopg

from tests.servers import Server

# Both begin a segment of their logs, so that no page of the skipped ids is ever looked for.
_NEXT_TRANSACTION = 572 * 1_048_576
_NEXT_MULTIXACT = 9_156 * 65_536

_CATALOGS = """
select string_agg(format('%I.%I', n.nspname, c.relname), ', ')
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname in ('pg_catalog', 'information_schema')
"""


def can_age(server: Server) -> bool:
    """Whether the server's ids can be skipped without an autovacuum coming to freeze them."""
    with psycopg.connect(server.url()) as connection:
        allowed = connection.execute(
            "select min(setting::bigint) >= 1000000000 from pg_settings"
            " where name in ('autovacuum_freeze_max_age', 'autovacuum_multixact_freeze_max_age')"
        ).fetchone()
    return allowed == (True,) and (server.programs / "pg_resetwal").exists()


def age(server: Server) -> None:
    """Skip 600 million transaction ids and as many multixact ids; freeze every catalog."""
    server.control("-m", "fast", "stop")
    server.tool("pg_resetwal", "-x", str(_NEXT_TRANSACTION), "-m", f"{_NEXT_MULTIXACT},1")
    server.control("start")
    server.run("alter database template0 allow_connections true")
    with psycopg.connect(server.url()) as connection:
        names = [name for (name,) in connection.execute("select datname from pg_database")]
    for name in names:
        with psycopg.connect(server.url(name), autocommit=True) as connection:
            row = connection.execute(_CATALOGS).fetchone()
            assert row is not None
            connection.execute(f"vacuum (freeze) {row[0]}".encode())
    server.run("alter database template0 allow_connections false")
