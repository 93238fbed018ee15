"""Which issues are reviewed, and until when.

A p1 within three days and a p2 within five business days, because memory fades and what caused it
is still there; a p3 when it came back, or when a person noticed it before any alert did: then what
was mended, or what watches, is not good enough. A p4 never has to be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fettle.model.calendar import Calendar, Span
from fettle.model.classification import Hours, Priority
from fettle.model.issue import Issue

_P1 = Span(days=3)
_LATER = Span(days=5)


@dataclass(frozen=True)
class Due:
    """Why a review is asked for, and until when."""

    why: str
    at: datetime


def due(
    issue: Issue,
    resolved_at: datetime,
    calendars: Mapping[Hours, Calendar],
    *,
    came_back: bool,
    found_by_person: bool,
) -> Due | None:
    """Return until when a resolved issue is reviewed, None when it need not be."""
    priority = issue.classification.priority
    match priority:
        case Priority.P1:
            return Due("it was a p1", _after(resolved_at, _P1, calendars[Hours.AROUND_THE_CLOCK]))
        case Priority.P2:
            return Due("it was a p2", _after(resolved_at, _LATER, calendars[Hours.BUSINESS]))
        case Priority.P3 if came_back:
            why = "it came back after it was fixed"
        case Priority.P3 if found_by_person:
            why = "a person noticed it before any alert did"
        case _:
            return None
    return Due(why, _after(resolved_at, _LATER, calendars[Hours.BUSINESS]))


def _after(moment: datetime, span: Span, calendar: Calendar) -> datetime:
    return calendar.add(moment, calendar.length(span))
