"""How large the tables are."""

from fettle.diagnosis.checks.database.table_sizes import Row, judge
from fettle.model.finding import Measurement
from fettle.model.quantity import Bytes
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

PAGE = 8192


def test_it_measures_and_finds_nothing() -> None:
    row = Row(tables=Bytes(3), indexes=Bytes(2), largest=Bytes(1))

    assert judge([row], NoLimits()) == [
        Measurement("tables_bytes", 3),
        Measurement("indexes_bytes", 2),
        Measurement("largest_table_bytes", 1),
    ]
    assert judge([], NoLimits()) == []


async def measured(database: FreshDatabase) -> dict[str, int | float]:
    outcome = await ask(database.url, "table_sizes")
    assert outcome.clean
    return {measurement.name: measurement.value for measurement in outcome.measurements}


async def test_what_is_added_is_measured(database: FreshDatabase) -> None:
    before = await measured(database)
    database.run(
        # A row fills a page, and is not compressed or moved out: 1,000 pages, and 10 more.
        "CREATE TABLE large (a int PRIMARY KEY, b text)",
        "ALTER TABLE large ALTER b SET STORAGE PLAIN",
        "INSERT INTO large SELECT n, repeat('x', 5000) FROM generate_series(1, 1000) AS n",
        "CREATE TABLE small (b text)",
        "ALTER TABLE small ALTER b SET STORAGE PLAIN",
        "INSERT INTO small SELECT repeat('x', 5000) FROM generate_series(1, 10)",
        "VACUUM large, small",
    )

    after = await measured(database)

    assert after["largest_table_bytes"] == 1000 * PAGE
    assert 1010 * PAGE <= after["tables_bytes"] - before["tables_bytes"] < 1050 * PAGE
    assert 0 < after["indexes_bytes"] - before["indexes_bytes"] < 50 * PAGE


async def test_what_was_moved_out_of_the_table_counts_as_well(database: FreshDatabase) -> None:
    before = await measured(database)
    database.run(
        "CREATE TABLE moved (a text)",
        "ALTER TABLE moved ALTER a SET STORAGE EXTERNAL",
        "INSERT INTO moved SELECT repeat('x', 100000) FROM generate_series(1, 100)",
        "VACUUM moved",
    )

    grown = (await measured(database))["tables_bytes"] - before["tables_bytes"]

    assert grown > 100 * 100_000
