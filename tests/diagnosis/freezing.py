"""Make everything that a database brings along young, so that what a test leaves is the oldest."""

import psycopg

from tests.conftest import FreshDatabase

_CATALOGS = """
select string_agg(format('%I.%I', n.nspname, c.relname), ', ')
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('pg_catalog', 'information_schema')
"""


def freeze_catalogs(database: FreshDatabase) -> None:
    """Freeze every table but the test's own."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute(_CATALOGS).fetchone()
        assert row is not None
        connection.execute(f"VACUUM (FREEZE) {row[0]}".encode())
