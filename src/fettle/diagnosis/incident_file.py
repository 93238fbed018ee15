"""An incident as somebody writes it down in JSON; what cannot be meant is refused, with its place.

`{"dependencies": [["web", "db"]], "series": {"web": {"latency_p95": [[unix_s, value], …]}},
"normal": [t0, t1], "incident": [t2, t3], "reported": "web"}`
"""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated

from pydantic import BaseModel, StringConstraints, ValidationError

from fettle.errors import BadPayload
from fettle.model.incident import Change, Incident, Span

# The last moment of the year 9999: what is later was meant in other units.
_LAST = 253_402_300_799
_SHAPE = (
    'write {"dependencies": [["web", "db"]], '
    '"series": {"web": {"latency_p95": [[1790000000, 0.2]]}}, "normal": [1789990000, 1789999000], '
    '"incident": [1790000000, 1790003600], "reported": "web"}'
)
_SHOWN = 60

Moment = float
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class ChangeGiven(BaseModel):
    """Something that was done to a subject."""

    subject: Name
    at: Moment
    what: Name


class IncidentGiven(BaseModel):
    """What is known of an incident; the first of a pair of `dependencies` calls the second.

    Keys it does not know are left alone.
    """

    dependencies: list[tuple[Name, Name]] = []
    series: dict[Name, dict[Name, list[tuple[Moment, float | None]]]]
    normal: tuple[Moment, Moment] | None = None
    incident: tuple[Moment, Moment]
    reported: Name
    metric: Name | None = None
    changes: list[ChangeGiven] = []


def read(text: bytes) -> Incident:
    """Read an incident; raises BadPayload, which says where, what is there and what would do."""
    try:
        given = IncidentGiven.model_validate_json(text.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise BadPayload(_refused(error), remedy=_SHAPE) from None
    incident = Incident(
        calls=given.dependencies,
        series={
            subject: {
                metric: [(at, value) for at, value in points if value is not None]
                for metric, points in figures.items()
            }
            for subject, figures in given.series.items()
        },
        incident=_span("incident", given.incident),
        reported=given.reported,
        normal=_span("normal", given.normal) if given.normal else None,
        metric=given.metric,
        changes=[Change(one.subject, one.at, one.what) for one in given.changes],
    )
    _check(incident)
    return incident


def _span(place: str, given: tuple[float, float]) -> Span:
    for number, at in enumerate(given):
        _moment(f"{place}.{number}", at)
    start, end = given
    if start > end:
        raise BadPayload(
            f"{place}: {start:.15g} is after {end:.15g}",
            remedy="write its start first, then its end",
        )
    return Span(start, end)


def _moment(place: str, at: float) -> None:
    if not 0 <= at <= _LAST:
        raise BadPayload(
            f"{place}: {at:.15g} is no moment in seconds since 1970",
            remedy="divide milliseconds by 1000",
        )


def _check(incident: Incident) -> None:
    """Refuse names that nothing else knows, and moments in other units."""
    called = [name for pair in incident.calls for name in pair]
    _known("reported", incident.reported, [*incident.series, *called])
    if incident.metric is not None:
        _known("metric", incident.metric, incident.series.get(incident.reported, {}))
    for subject, figures in incident.series.items():
        for metric, points in figures.items():
            for number, (at, _) in enumerate(points):
                if not 0 <= at <= _LAST:
                    _moment(f"series.{subject}.{metric}.{number}.0", at)


def _known(place: str, name: str, names: Iterable[str]) -> None:
    known = list(dict.fromkeys(names))
    if name in known:
        return
    near = get_close_matches(name, known, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise BadPayload(
        f"{place}: nothing is known of {name[:_SHOWN]!r}{meant}",
        remedy=f"one of {', '.join(known[:10])}" if known else "give series of it",
    )


def _refused(error: ValidationError) -> str:
    """Return the first of what is wrong: its place, what stands there, and why it cannot be."""
    problems = error.errors(include_url=False, include_context=False)
    first = problems[0]
    place = ".".join(str(part) for part in first["loc"])
    why = first["msg"][:1].lower() + first["msg"][1:]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if not place:
        return f"it is no incident: {why}{more}"
    if first["type"] == "missing":
        return f"{place}: {why}{more}"
    return f"{place}: {_shown(first['input'])}: {why}{more}"


def _shown(value: object) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
