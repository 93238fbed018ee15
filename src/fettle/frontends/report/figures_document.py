"""The shape of figures over a time, as the API and `fettle figures` give them; and as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.model.figures import Figures, Times
from fettle.review.figures import Every, Grouped, Part, Report, Stretch

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TimesDocument(TypedDict):
    """How long something took, in seconds; null where it took place in no issue."""

    number: int
    """In how many issues it took place."""
    median_s: float | None
    p90_s: float | None
    mean_s: float | None


class FiguresDocument(TypedDict):
    """The figures of some issues; a share of none is null."""

    issues: int
    mttd: TimesDocument
    """From when it started to when it was detected."""
    mtta: TimesDocument
    """From when it was detected to when somebody took it."""
    mttm: TimesDocument
    """From when it started to when it was mitigated."""
    mttr: TimesDocument
    """From when it started to when it was resolved."""
    breach_rate: float | None
    """Issues of which a promise was broken ÷ all."""
    noise_ratio: float | None
    """Issues declined as false positive, or over without anybody's act ÷ all."""
    recurrence_rate: float | None
    """Issues that are the return of what was fixed ÷ all."""


class StretchDocument(TypedDict):
    """The figures of a week or a month; the first and the last can be cut."""

    start: str
    end: str
    figures: FiguresDocument


class GroupDocument(TypedDict):
    """The figures of a team, a service or a class; null is what has none."""

    name: str | None
    figures: FiguresDocument
    series: list[StretchDocument]


FiguresReport = TypedDict(
    "FiguresReport",
    {
        "schema": Literal["fettle.figures/1"],
        "from": str,
        "to": str,
        "by": Literal["team", "service", "class"] | None,
        "every": Literal["week", "month"],
        "total": FiguresDocument,
        "series": list[StretchDocument],
        "groups": list[GroupDocument],
    },
)
FiguresReport.__doc__ = (
    """Figures of issues that were opened in a time; weeks and months are of UTC."""
)


def of_report(
    report: Report, start: datetime, end: datetime, by: Part | None, every: Every
) -> FiguresReport:
    """Return the figures of a time."""
    return {
        "schema": "fettle.figures/1",
        "from": said(start),
        "to": said(end),
        "by": None if by is None else by.value,
        "every": every.value,
        "total": _figures(report.total),
        "series": [_stretch(one) for one in report.series],
        "groups": [_group(one) for one in report.groups],
    }


def as_csv(document: FiguresReport) -> str:
    """Return figures as CSV: a line for all, one for each group, and for each part of each.

    A name that a spreadsheet would take for a formula is written with a quote before it.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["group", "from", "to", *_columns(document["total"])])
    whole = (document["from"], document["to"])
    lines.writerow(["", *whole, *_cells(document["total"])])
    for part in document["series"]:
        lines.writerow(["", part["start"], part["end"], *_cells(part["figures"])])
    for group in document["groups"]:
        name = _harmless(group["name"] or "(none)")
        lines.writerow([name, *whole, *_cells(group["figures"])])
        for part in group["series"]:
            lines.writerow([name, part["start"], part["end"], *_cells(part["figures"])])
    return text.getvalue()


def _harmless(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA) else name


def _columns(figures: FiguresDocument) -> Iterator[str]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from (f"{name}_{part}" for part in value)
        else:
            yield name


def _cells(figures: FiguresDocument) -> Iterator[object]:
    for value in figures.values():
        if isinstance(value, dict):
            yield from value.values()
        else:
            yield value


def _group(one: Grouped) -> GroupDocument:
    return {
        "name": one.name,
        "figures": _figures(one.figures),
        "series": [_stretch(part) for part in one.series],
    }


def _stretch(one: Stretch) -> StretchDocument:
    return {"start": said(one.start), "end": said(one.end), "figures": _figures(one.figures)}


def _figures(one: Figures) -> FiguresDocument:
    return {
        "issues": one.issues,
        "mttd": _times(one.detect),
        "mtta": _times(one.acknowledge),
        "mttm": _times(one.mitigate),
        "mttr": _times(one.resolve),
        "breach_rate": _share(one.breach_rate),
        "noise_ratio": _share(one.noise_ratio),
        "recurrence_rate": _share(one.recurrence_rate),
    }


def _times(one: Times) -> TimesDocument:
    return {
        "number": one.number,
        "median_s": _seconds(one.median),
        "p90_s": _seconds(one.p90),
        "mean_s": _seconds(one.mean),
    }


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else round(duration.total_seconds(), 3)


def _share(ratio: float | None) -> float | None:
    return None if ratio is None else round(float(ratio), 4)
