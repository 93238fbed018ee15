"""Transaction ids are running out."""

import pytest

from fettle.diagnosis.checks.database.transaction_id_wraparound import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.diagnosis.freezing import freeze_catalogs

USE_UP_2000 = "DO $$ BEGIN FOR n IN 1 .. 2000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$"


@pytest.mark.parametrize(
    ("age", "severity"),
    [
        (0, None),
        (499_999_999, None),
        (500_000_000, Severity.HIGH),
        (999_999_999, Severity.HIGH),
        (1_000_000_000, Severity.CRITICAL),
        (2_147_483_647, Severity.CRITICAL),
    ],
)
def test_the_age_of_the_oldest_id_decides(age: int, severity: Severity | None) -> None:
    verdicts = judge([Row("shop.orders", is_table=True, age=age, size=Bytes(0))], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_a_table_is_frozen_by_a_statement_and_another_database_by_its_own_tool() -> None:
    age = Limits().high
    table, other = judge(
        [
            Row("shop.orders", is_table=True, age=age, size=Bytes(0)),
            Row("database other", is_table=False, age=age, size=Bytes(0)),
        ],
        Limits(),
    )

    assert isinstance(table, Finding)
    assert isinstance(other, Finding)
    assert table.recommendations == ("VACUUM (FREEZE) shop.orders;",)
    assert table.fixes == ("vacuum_table",)
    assert other.recommendations == ("vacuumdb --freeze --dbname=other",)
    assert other.fixes == ()


async def found(database: FreshDatabase) -> dict[str, Severity]:
    outcome = await ask(database.url, "transaction_id_wraparound", high=2000)
    assert not outcome.unknown
    return {finding.subject: finding.severity for finding in outcome.findings}


async def test_what_is_old_is_found_here_and_in_other_databases(
    database: FreshDatabase,
) -> None:
    database.run('CREATE TABLE "Old" (a int)', USE_UP_2000, "CREATE TABLE young (a int)")
    freeze_catalogs(database)

    subjects = await found(database)

    tables = {subject for subject in subjects if not subject.startswith("database ")}
    assert tables == {'public."Old"'}
    assert "database postgres" in subjects
    assert f"database {database.name}" not in subjects


async def test_the_statement_that_is_recommended_cures_it(database: FreshDatabase) -> None:
    database.run('CREATE TABLE "Old" (a int)', USE_UP_2000)
    freeze_catalogs(database)
    outcome = await ask(database.url, "transaction_id_wraparound", high=2000)
    (cure,) = next(
        finding.recommendations for finding in outcome.findings if "Old" in finding.subject
    )

    database.run(cure)

    assert 'public."Old"' not in await found(database)


async def test_a_table_is_as_old_as_its_toast(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE half (a text)",
        "CREATE TABLE whole (a text)",
        USE_UP_2000,
        "VACUUM (FREEZE) whole",
        # What VACUUM does to a table whose TOAST it has to pass by.
        "UPDATE pg_class SET relfrozenxid = whole.relfrozenxid FROM pg_class AS whole"
        " WHERE pg_class.relname = 'half' AND whole.relname = 'whole'",
    )
    freeze_catalogs(database)

    subjects = await found(database)

    assert "public.half" in subjects
    assert "public.whole" not in subjects


async def test_ids_that_are_young_are_clean(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)")

    assert (await ask(database.url, "transaction_id_wraparound")).clean
