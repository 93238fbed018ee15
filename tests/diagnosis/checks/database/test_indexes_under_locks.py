"""The checks of indexes and constraints answer while a table is locked."""

import psycopg
import pytest

from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

CHECKS = (
    "foreign_key_not_validated",
    "foreign_key_unindexed",
    "index_duplicate",
    "index_invalid",
    "index_redundant",
    "index_unused",
    "primary_key_missing",
)
TROUBLE = (
    "CREATE TABLE parent (id int PRIMARY KEY)",
    "CREATE TABLE t (a int REFERENCES parent, b int, c int NOT NULL CHECK (c > 0))",
    "CREATE INDEX t_b ON t (b)",
    "CREATE INDEX t_b1 ON t (b)",
    "CREATE INDEX t_b_c ON t (b, c)",
    "CREATE INDEX t_failed ON t (c)",
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_failed'::regclass",
    "ALTER TABLE t ADD CONSTRAINT small CHECK (c < 9) NOT VALID",
    "INSERT INTO t VALUES (NULL, 1, 1)",
)


@pytest.mark.parametrize("check", CHECKS)
async def test_a_table_that_is_locked_is_judged_all_the_same(
    database: FreshDatabase, check: str
) -> None:
    database.run(*TROUBLE)
    limits = {"min_size": "0", "min_window": "0s"} if check == "index_unused" else {}
    with psycopg.connect(database.url) as altering:
        altering.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")

        outcome = await ask(database.url, check, **limits)

    assert outcome.unknown == ()
    assert outcome.findings
