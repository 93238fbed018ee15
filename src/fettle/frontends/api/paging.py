"""What the routes of lists and of numbered things share: their parameters."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _given(value: object) -> object:
    """Return what was given; a parameter without a value is none."""
    return None if value == "" else value


def _apart(values: object) -> object:
    """Return several values apart: `?status=new,triaged&status=fixing` are three."""
    if not isinstance(values, list):
        return values
    return [part for value in values for part in str(value).split(",") if part]


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("no calendar has that moment") from None


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Several = BeforeValidator(_apart)
Optional = BeforeValidator(_given)

Id = Annotated[int, Field(ge=1, lt=2**63)]
Cursor = Annotated[
    Id | None, Optional, Query(description="where the page before ended: its `next`")
]
Limit = Annotated[int, Query(ge=1, le=200, description="how many items a page has at most")]
Number = Annotated[int, Path(ge=1, lt=2**63, description="the number of an issue")]


def next_after(last: int | None) -> str | None:
    """Return the cursor of the next page; None at the end."""
    return None if last is None else str(last)


def in_cursor(moment: datetime) -> str:
    """Return a moment as cursors have it: in microseconds."""
    return str((moment - _EPOCH) // timedelta(microseconds=1))


def of_cursor(text: str) -> datetime:
    """Return the moment that a cursor has, as at most 16 digits."""
    return _EPOCH + timedelta(microseconds=int(text))
