"""File descriptors run out."""

import pytest

from fettle.diagnosis.checks.infrastructure.file_descriptors_low import Limits, judge
from fettle.model.finding import Finding
from fettle.model.readings import Descriptors
from fettle.model.severity import Severity


@pytest.mark.parametrize(
    ("used", "severity"),
    [(79, None), (80, Severity.MEDIUM), (94.9, Severity.MEDIUM), (95, Severity.HIGH)],
)
def test_it_is_graded_by_the_share_that_is_open(used: float, severity: Severity | None) -> None:
    verdicts = judge([Descriptors("shop", used, 100)], Limits())

    assert [one.severity for one in verdicts if isinstance(one, Finding)] == (
        [] if severity is None else [severity]
    )
