"""A service fails more often than its objective allows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.objective_burning import Limits, judge
from fettle.model.finding import Finding, Note
from fettle.model.quantity import Ratio
from fettle.model.readings import Burn
from fettle.model.severity import Severity

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def burn(
    long: timedelta, rate_long: float | None, rate_short: float | None, requests: float = 1000
) -> Burn:
    return Burn("shop", Ratio(0.999), long, long / 12, rate_long, rate_short, requests)


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        (burn(HOUR, 14.4, 20), None),
        (burn(HOUR, 14.5, 20), Severity.CRITICAL),
        (burn(HOUR, 14.5, 14.4), None),  # it has burnt, and does no more
        (burn(6 * HOUR, 6.1, 6.1), Severity.HIGH),
        (burn(6 * HOUR, 6, 6), None),
        (burn(3 * DAY, 1.1, 1.1), Severity.MEDIUM),
        (burn(3 * DAY, 1.0, 5), None),
        (burn(HOUR, 100, 100, requests=99), None),
        (burn(HOUR, None, None, requests=0), None),
    ],
)
def test_each_pair_of_windows_has_its_own_rate(row: Burn, severity: Severity | None) -> None:
    assert [one.severity for one in judge([row], Limits()) if isinstance(one, Finding)] == (
        [] if severity is None else [severity]
    )


@pytest.mark.parametrize(
    ("objective", "failed", "severity"),
    [(0.9, 1.0, Severity.CRITICAL), (0.9, 0.85, None), (0.8, 1.0, Severity.CRITICAL)],
)
def test_an_outage_burns_however_much_may_fail(
    objective: float, failed: float, severity: Severity | None
) -> None:
    """All of it is ten times what an objective of 90 % allows, and never 14.4 times."""
    rate = failed / (1 - objective)
    row = replace(burn(HOUR, rate, rate), objective=Ratio(objective))

    found = [one.severity for one in judge([row], Limits()) if isinstance(one, Finding)]
    assert found == ([] if severity is None else [severity])


def test_the_worst_window_alone_is_told() -> None:
    rows = [burn(3 * DAY, 20, 20), burn(HOUR, 20, 20), burn(6 * HOUR, 20, 20)]

    (found,) = [one for one in judge(rows, Limits()) if isinstance(one, Finding)]

    assert found.severity is Severity.CRITICAL
    assert "20.0 times what its objective of 99.900 % allows" in found.description
    assert "lasts 1 d 12 h" in found.description


@pytest.mark.parametrize("row", [burn(HOUR, 100, 100, 99), burn(HOUR, None, None, 0)])
def test_too_little_is_noted(row: Burn) -> None:
    assert any(isinstance(one, Note) for one in judge([row], Limits()))


def test_of_what_nobody_asks_now_is_not_said_that_it_is_too_little() -> None:
    (told,) = judge([burn(HOUR, 20, None, 5_000)], Limits())
    assert isinstance(told, Note)
    assert told.text.startswith("shop: nothing was asked of it within the last 5 min, so")
