"""Of two groups that are one bug, the one goes on by which nothing that people know is lost."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fettle.intake.errors.one_bug import Half, goes_on
from fettle.model.error_event import ErrorEvent, ErrorLevel
from fettle.model.error_group import ErrorGroup, GroupState, Muting, Resolution, ResolvedBy

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RELEASES = ("1.0", "1.1", "1.2")


def half(state: str = "ongoing", hours: int = 0, *, issue: bool = False, **more: str) -> Half:
    """Return a group whose only event came so many hours after noon, with its release.

    It was decided about at noon, or `at` so many hours later.
    """
    seen = NOON + hours * HOUR
    decided = NOON + int(more.get("at", "0")) * HOUR
    by = ResolvedBy(more.get("by", "now"))
    release = more.get("release")
    group = ErrorGroup(
        id=1,
        project=UUID(int=1),
        title="",
        culprit="",
        level=ErrorLevel.ERROR,
        state=GroupState(state),
        events=1,
        first_seen=seen,
        last_seen=seen,
        resolution=Resolution(decided, by, "ada", "1.1") if state == "resolved" else None,
        muting=Muting(decided, "ada", decided + 9 * HOUR) if state == "muted" else None,
    )
    event = ErrorEvent(UUID(int=hours + 9), seen, "javascript", release=release)
    return Half(group, event, has_issue=issue)


GOES_ON = [
    ("the older one", half(hours=1), half(hours=2)),
    ("one whose issue is worked on", half(hours=2, issue=True), half(hours=1)),
    ("one that is muted", half("muted"), half("new", 1)),
    ("no longer than it was to be muted", half("new", 12), half("muted")),
    ("one that is resolved, when the other came before", half("resolved", at="2"), half("new", 1)),
    ("one that goes on, when it came after", half("new", 3), half("resolved", at="2")),
    (
        "one that is to be gone in the next release, when the other is of those before",
        half("resolved", by="next-release"),
        half("new", 5, release="1.1"),
    ),
    (
        "one of a newer release",
        half("new", 5, release="1.2"),
        half("resolved", by="next-release"),
    ),
    ("one that waits for a deploy", half("resolved", by="deploy"), half("escalating", 5)),
    ("the one that was decided about last", half("muted", at="2"), half("resolved", at="1")),
]


@pytest.mark.parametrize(("_", "one", "other"), GOES_ON, ids=[name for name, _, _ in GOES_ON])
def test_which_goes_on(_: str, one: Half, other: Half) -> None:
    assert goes_on(one, other, RELEASES) is one.group
    assert goes_on(other, one, RELEASES) is one.group
