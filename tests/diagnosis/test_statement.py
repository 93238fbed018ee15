"""A statement becomes the SELECT that finds the same rows, or is left alone."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.diagnosis.statement import Unplanned, as_select, tokens
from tests.conftest import FreshDatabase

PIECES = (
    "select",
    "'",
    '"',
    "$$",
    "$1",
    ";",
    "/*",
    "*/",
    "--",
    "\n",
    "(",
    ")",
    " for update",
    "\\",
)


@pytest.mark.parametrize(
    ("statement", "select"),
    [
        ("select * from t where a = $1", "select * from t where a = $1"),
        ("/* app:1 */ SELECT 1 -- why\n;", "SELECT 1"),
        ("-- name: One :one\nselect $1 from t", "select $1 from t"),
        ("(select 1) union (select $1)", "( select 1 ) union ( select $1 )"),
        ('select "odd; ""name" from t', 'select "odd; ""name" from t'),
        # what finds the rows, and nothing else
        ("update t set a = $1 where b = $2 returning a", "SELECT * FROM t WHERE b = $1"),
        (
            "UPDATE only t x SET a = (select $1 from u) IS DISTINCT FROM b FROM v WHERE x.b = $4",
            "SELECT * FROM only t x , v WHERE x . b = $1",
        ),
        ("update t set a = $1", "SELECT * FROM t"),
        (
            "delete from t using u where t.a = u.a and u.b = $1 returning t.*",
            "SELECT * FROM t , u WHERE t . a = u . a and u . b = $1",
        ),
        # without its locks
        ("select * from t where a = $1 for update", "select * from t where a = $1"),
        ("select 1 from t for no key update of t skip locked limit $1", "select 1 from t limit $1"),
        (
            "update t set a = $1 where b = (select b from t limit 1 for update skip locked)",
            "SELECT * FROM t WHERE b = ( select b from t limit 1 )",
        ),
        ("select substring(a from $1 for $2)", "select substring ( a from $1 for $2 )"),
        # what normalising broke
        ("select now() - interval $1", "select now ( ) - $1 :: interval"),
        ("select extract($1 from a)", "select date_part ( $1 :: text , a )"),
        ("select 1 where a in ($1 /*, ... */)", "select 1 where a in ( $1 , $1 )"),
    ],
)
def test_what_finds_the_rows_is_kept(statement: str, select: str) -> None:
    assert as_select(statement) == select


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("select 1; drop table t", "more than one statement"),
        ("select 1 /* /* nested */ ; drop table t */", "not SQL"),
        ("select 'open", "not SQL"),
        ("insert into t select * from u", "found by an index"),
        ("merge into t using u on true when matched then delete", "found by an index"),
        ("explain analyze delete from t", "found by an index"),
        ("create table t as select 1", "found by an index"),
        ("<insufficient privilege>", "found by an index"),
        ("with gone as (delete from t returning *) select * from gone", "writes"),
        ("with some as (select 1) delete from t", "writes"),
        ("select * from (with g as (update t set a = 1 returning *) select * from g) x", "writes"),
        ("", "found by an index"),
    ],
)
def test_what_is_not_understood_is_left_alone(statement: str, why: str) -> None:
    left = as_select(statement)

    assert isinstance(left, Unplanned)
    assert why in left.why


def test_an_outer_limit_is_what_a_call_returns() -> None:
    statement = "select * from (select 1 limit $1) t where a = $2 limit $3 offset $4"

    assert as_select(statement, rows=9.6) == (
        "select * from ( select 1 limit $1 ) t where a = $2 limit 10 offset $3"
    )
    assert as_select("select 1 limit $1", rows=0.0) == "select 1 limit 1"
    assert as_select("select 1 limit $1") == "select 1 limit $1"


@given(st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map(" ".join))
def test_no_text_is_too_odd(text: str) -> None:
    select = as_select(text)

    if isinstance(select, str):
        assert ";" not in [token.text for token in tokens(select)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT E'a\\'b;c', 'it''s; so', $tag$ ; $tag$, U&'d\\0061;', 1.5e3, .5 FROM t",
        'SELECT t."a;""b", t.a[1], (t.a)[1:2], -t.b::int, t.b@-1 FROM t',
        "UPDATE t SET b = DEFAULT WHERE t.a && '{1}' OR t.b <> ALL ('{1,2}')",
        "DELETE FROM t AS x WHERE x.b BETWEEN 1 AND 2 AND EXISTS (SELECT FROM t FOR SHARE)",
        "TABLE t ORDER BY b DESC NULLS LAST FETCH FIRST 3 ROWS ONLY",
        "VALUES (1, ';'), (2, $q$'$q$)",
        "WITH RECURSIVE r (n) AS (VALUES (1) UNION SELECT n + 1 FROM r WHERE n < 3) TABLE r",
    ],
)
def test_the_server_understands_what_is_made_of_it(
    pg18_database: FreshDatabase, statement: str
) -> None:
    pg18_database.run('CREATE TABLE t (a int[], b int, "a;""b" text)')
    select = as_select(statement.replace("@-", "-"))

    assert isinstance(select, str)
    with psycopg.connect(pg18_database.url) as connection:
        connection.execute(f"EXPLAIN {select}".encode())
