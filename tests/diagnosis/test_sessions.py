"""Statements are shown without what users typed."""

import pytest

from fettle.diagnosis import sessions
from fettle.diagnosis.listings import read as listings
from fettle.targets.postgres import Patience, looking_at
from tests.conftest import FreshDatabase
from tests.sessions import application, waiting


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 'a''b', 1", "SELECT '…', 1"),
        (r"SELECT E'a\'b', 'c'", "SELECT '…', '…'"),
        ("SELECT $t1$a$b$t1$, $$c$$", "SELECT '…', '…'"),
        ("SELECT a$b$c FROM t", "SELECT a$b$c FROM t"),
        ("INSERT INTO t VALUES ('cut in the midd", "INSERT INTO t VALUES ('…'"),
        (r"INSERT INTO t VALUES (E'cut behind \ ".strip(), "INSERT INTO t VALUES ('…'"),
        ("DO $x$ BEGIN cut", "DO '…'"),
        ("SELECT 1 -- don't\nWHERE a = 'b'", "SELECT 1 -- don't\nWHERE a = '…'"),
        ("/* don't */ SELECT 'a'", "/* don't */ SELECT '…'"),
        ("""SELECT "it's" FROM t WHERE a = 'b'""", """SELECT "it's" FROM t WHERE a = '…'"""),
    ],
)
def test_the_texts_in_a_statement_are_not_told(statement: str, told: str) -> None:
    assert sessions.without_values(statement) == told


def test_a_long_statement_is_cut_to_one_line() -> None:
    told = sessions.shown("SELECT\n" + "a, " * 300)

    assert told.startswith("SELECT a, a,")
    assert len(told) == 501


async def test_the_listings_do_not_tell_them_either(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE t (a text)", "GRANT ALL ON t TO PUBLIC", "INSERT INTO t VALUES ('x')"
    )
    async with application(database) as app:
        await app.idle_in_transaction("root", "UPDATE t SET a = 'first secret'")
        await app.running("worker", "UPDATE t SET a = 'second secret'")
        await waiting(database, 1)
        async with looking_at(database.url, Patience()) as looking:
            listing = await listings.read(looking, "blocking_queries")

    ours = [row for row in listing.rows if app.role in row]
    assert ours[0][-2:] == ("UPDATE t SET a = '…'", "UPDATE t SET a = '…'")
