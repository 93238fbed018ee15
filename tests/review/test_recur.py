"""What came back is told from what is new, and from what merely goes on."""

from datetime import timedelta

import pytest

from fettle.review.recur import Earlier, Likeness, came_back
from tests.review.telling import an_issue, at

DAY = timedelta(days=1)
NEW = an_issue(opened_at=at(0))


def earlier(number: int, likeness: Likeness, **changes: object) -> Earlier:
    given = {"mended": True, "resolved_at": at(-60), **changes}
    return Earlier(number, likeness, **given)  # type: ignore[arg-type] # fields, by name


def test_the_surest_likeness_counts_and_then_the_latest() -> None:
    found = came_back(
        NEW,
        (
            earlier(5, Likeness.CLASS),
            earlier(2, Likeness.ALERT),
            earlier(3, Likeness.ALERT),
            earlier(4, Likeness.GROUP),
        ),
        DAY,
    )
    assert found is not None
    assert (found.number, found.why) == (3, "the same alert")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mended": False}, "it ended by itself"),
        ({"resolved_at": None}, "it was never resolved"),
        ({"resolved_at": at(-1441)}, "it was longer ago"),
        ({"resolved_at": at(1)}, "it was over only later"),
    ],
)
def test_what_was_not_fixed_shortly_before_does_not_come_back(
    changes: dict[str, object], why: str
) -> None:
    assert came_back(NEW, (earlier(1, Likeness.ALERT, **changes),), DAY) is None, why


def test_the_last_moment_counts() -> None:
    assert came_back(NEW, (earlier(1, Likeness.GROUP, resolved_at=at(-1440)),), DAY) is not None
