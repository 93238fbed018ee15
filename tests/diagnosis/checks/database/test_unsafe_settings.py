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
