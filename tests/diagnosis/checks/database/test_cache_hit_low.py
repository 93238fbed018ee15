"""The cache is too small for the work."""

import pytest

from fettle.diagnosis.checks.database.cache_hit_low import Limits, Row, judge
from fettle.model.finding import Finding, Measurement, Note
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask


@pytest.mark.parametrize(
    ("hits", "reads", "severity"),
    [
        (9_000, 1_000, None),
        (8_999, 1_001, Severity.MEDIUM),
        (0, 10_000, Severity.MEDIUM),
        (0, 9_999, None),  # too few to judge by
    ],
)
def test_only_what_happened_between_the_readings_counts(
    hits: int, reads: int, severity: Severity | None
) -> None:
    before = Row(hits=1_000_000_000, reads=1)  # a good life

    verdicts = judge([before, Row(before.hits + hits, before.reads + reads)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_too_little_traffic_is_a_note_and_the_lifetime_is_a_figure_only() -> None:
    verdicts = judge([Row(10, 90), Row(10, 90)], Limits())

    assert [type(verdict) for verdict in verdicts] == [Measurement, Note]
    assert verdicts[0] == Measurement("cache_hit_lifetime_ratio", 0.1)


async def test_a_quiet_database_is_clean_with_a_note(database: FreshDatabase) -> None:
    outcome = await ask(database.url, "cache_hit_low")

    assert outcome.clean
    assert len(outcome.notes) == 1
