"""How much of what is in use a source has looked at: nothing is up to date that was not."""

from collections.abc import Sequence
from datetime import datetime

from fettle.model.update import Passed, SourceResult, SourceState


def looked(
    source: str,
    at: datetime,
    looked_at: int,
    passed: Sequence[Passed] = (),
    *,
    told_by: str = "",
    told_at: datetime | None = None,
) -> SourceResult:
    """Return how a look went: failed where nothing could be looked at that was to be."""
    total = looked_at + len(passed)
    if looked_at or not passed:
        return SourceResult(
            source, SourceState.OK, at, looked_at, total, tuple(passed),
            told_at=told_at, told_by=told_by,
        )  # fmt: skip
    first = passed[0]
    return SourceResult(
        source, SourceState.FAILED, at, 0, total, tuple(passed), first.reason, first.remedy,
        told_at, told_by,
    )  # fmt: skip


def skipped(source: str, at: datetime, reason: str, remedy: str | None = None) -> SourceResult:
    """Return that a source lacks what it needs."""
    return SourceResult(source, SourceState.SKIPPED, at, reason=reason, remedy=remedy)


def nothing_there(source: str, at: datetime, reason: str) -> SourceResult:
    """Return that there is nothing of a source's kind: all of it has been looked at."""
    return SourceResult(source, SourceState.OK, at, reason=reason)
