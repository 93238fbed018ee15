"""The CDN answers too little by itself."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.infrastructure.cdn_hit_rate_low import Limits, judge
from fettle.model.readings import Caching
from fettle.model.severity import Severity
from tests.diagnosis.checks.judged import finding, notes, severities

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hits", "misses", "found"),
    [(800, 200, []), (799, 201, [Severity.MEDIUM]), (0, 999, []), (0, 0, [])],
)
def test_the_rate_counts_from_a_thousand_requests_on(
    hits: int, misses: int, found: list[Severity]
) -> None:
    verdicts = judge([Caching("cdn", hits, misses, HOUR)], Limits())
    assert severities(verdicts) == found
    assert bool(notes(verdicts)) == (hits + misses < 1_000)


def test_a_sample_and_what_may_not_be_cached_are_said() -> None:
    row = Caching("cdn", 500, 1_500, HOUR, sampled=True, bypassed=9_000)
    assert finding(judge([row], Limits())).description == (
        "25 % of 2,000 requests in 1 h were answered by the cache (from a sample); 9,000 more may "
        "not be cached"
    )
