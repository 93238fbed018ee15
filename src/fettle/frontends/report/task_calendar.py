"""Planned occurrences as iCalendar (RFC 5545), for the calendars that people look at."""

from collections.abc import Iterable
from datetime import UTC, datetime

from fettle.frontends.report.moments import said
from fettle.maintenance.expected import Expected
from fettle.model.task import OccurrenceState


def written(planned: Iterable[Expected], now: datetime) -> bytes:
    """Return a calendar; its events keep their identity from one look to the next.

    What is skipped stays in it, cancelled and with the reason: who has seen it planned is told.
    """
    # Only who asks for a calendar waits for what writes one.
    from icalendar import Calendar, Event  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("prodid", "-//Fettle//Maintenance//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Maintenance")
    calendar.add("refresh-interval;value=duration", "PT1H")
    for found in planned:
        one = found.occurrence
        event = Event()
        event.add("uid", f"{one.local:%Y%m%dT%H%M%S}-{one.task.id}@fettle")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", one.start)
        event.add("dtend", one.end)
        event.add("summary", one.task.name)
        event.add("description", "\n".join(_described(found)))
        event.add("categories", [one.task.category.value])
        skipped = one.state is OccurrenceState.SKIPPED
        event.add("status", "CANCELLED" if skipped else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _described(found: Expected) -> Iterable[str]:
    one = found.occurrence
    if one.task.description:
        yield one.task.description
    if one.reason is not None:
        yield f"Skipped: {one.reason}"
        return
    if one.cutoff < one.end:
        yield f"Begins before {said(one.cutoff)}"
    if found.waits_for:
        after = "not before its cutoff" if found.begins is None else f"at {said(found.begins)}"
        yield f"Expected to begin {after}, after {', '.join(found.waits_for)}"
    if one.task.procedure.requires_downtime:
        yield "Needs downtime"
