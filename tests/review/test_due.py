"""Which issues are reviewed, and until when."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fettle.model.calendar import AroundTheClock, BusinessHours, Calendar
from fettle.model.classification import Hours, Priority
from fettle.review.due import due
from tests.review.telling import an_issue

CALENDARS: Mapping[Hours, Calendar] = {
    Hours.AROUND_THE_CLOCK: AroundTheClock(),
    Hours.BUSINESS: BusinessHours(ZoneInfo("UTC")),
}
FRIDAY = datetime(2026, 11, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("priority", "came_back", "by_person", "expected"),
    [
        (Priority.P1, False, False, datetime(2026, 11, 9, 12, tzinfo=UTC)),
        (Priority.P2, False, False, datetime(2026, 11, 13, 12, tzinfo=UTC)),
        (Priority.P3, True, False, datetime(2026, 11, 13, 12, tzinfo=UTC)),
        (Priority.P3, False, True, datetime(2026, 11, 13, 12, tzinfo=UTC)),
        (Priority.P3, False, False, None),
        (Priority.P4, True, True, None),
    ],
)
def test_a_review_is_due_by_priority_and_by_what_went_wrong(
    priority: Priority, came_back: bool, by_person: bool, expected: datetime | None
) -> None:
    found = due(
        an_issue(priority), FRIDAY, CALENDARS, came_back=came_back, found_by_person=by_person
    )
    assert (found and found.at) == expected


def test_it_says_why() -> None:
    found = due(an_issue(Priority.P3), FRIDAY, CALENDARS, came_back=True, found_by_person=True)
    assert found is not None
    assert found.why == "it came back after it was fixed"
