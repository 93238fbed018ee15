"""A setting is unsafe."""

import pytest

from fettle.diagnosis.checks.database.unsafe_settings import Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("fsync", "on", None),
        ("fsync", "off", Severity.CRITICAL),
        ("full_page_writes", "off", Severity.CRITICAL),
        ("zero_damaged_pages", "on", Severity.CRITICAL),
        ("ignore_checksum_failure", "on", Severity.HIGH),
        ("track_counts", "off", Severity.HIGH),
        ("idle_in_transaction_session_timeout", "0", Severity.INFO),
        ("idle_in_transaction_session_timeout", "60000", None),
    ],
)
def test_what_can_destroy_data_is_critical(
    name: str, value: str, severity: Severity | None
) -> None:
    verdicts = judge([Row(name, value, "default", "shop")], NoLimits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


async def test_the_statement_that_cures_it_does(database: FreshDatabase) -> None:
    before = await ask(database.url, "unsafe_settings")
    (found,) = before.findings
    database.run(*found.recommendations)

    after = await ask(database.url, "unsafe_settings")

    assert found.subject == "idle_in_transaction_session_timeout"
    assert after.clean


@pytest.mark.parametrize(
    ("row", "cures"),
    [
        (
            Row("fsync", "off", "configuration file", "shop"),
            ("ALTER SYSTEM SET fsync = on;", "SELECT pg_reload_conf();"),
        ),
        (
            Row("zero_damaged_pages", "on", "configuration file", "shop"),
            ("ALTER SYSTEM SET zero_damaged_pages = off;", "SELECT pg_reload_conf();"),
        ),
        (
            Row("fsync", "off", "command line", "shop"),
            ("Start the server without the option that sets fsync = off",),
        ),
        (
            Row("track_counts", "off", "configuration file", "shop", provider="rds"),
            ("In the provider's settings of the server: track_counts = on",),
        ),
        (
            Row("zero_damaged_pages", "on", "catalogue", "shop", place='ROLE "odd one"'),
            ('ALTER ROLE "odd one" RESET zero_damaged_pages;',),
        ),
    ],
)
def test_the_cure_is_where_the_value_comes_from(row: Row, cures: tuple[str, ...]) -> None:
    (found,) = judge([row], NoLimits())

    assert isinstance(found, Finding)
    assert found.recommendations == cures


async def test_what_is_set_for_one_role_or_database_is_found_and_cured(
    database: FreshDatabase,
) -> None:
    role = f"{database.name}_odd"
    database.run(
        f"CREATE ROLE {role}",
        f"ALTER ROLE {role} IN DATABASE {database.name} SET zero_damaged_pages = on",
        f"ALTER DATABASE {database.name} SET ignore_checksum_failure = 'true'",
        f"ALTER ROLE {role} SET track_counts = on",
        f"ALTER DATABASE {database.name} SET idle_in_transaction_session_timeout = '1min'",
    )
    before = await ask(database.url, "unsafe_settings")
    for found in before.findings:
        database.run(*found.recommendations)
    after = await ask(database.url, "unsafe_settings")
    database.run(f"DROP ROLE {role}")

    assert {found.subject: found.severity for found in before.findings} == {
        f"zero_damaged_pages for ROLE {role} IN DATABASE {database.name}": Severity.CRITICAL,
        f"ignore_checksum_failure for DATABASE {database.name}": Severity.HIGH,
    }
    assert after.clean
