"""A report of maintenance as pages show it: its charts drawn, by the server, without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.frontends.report.plotted import Plot, Tick, plot
from fettle.model.report import Chart, Report, Table

WIDE, HIGH = 640, 220
# Room for the figures at the left, and for the dates below.
_LEFT, _RIGHT, _TOP, _BELOW = 72, 8, 10, 24


@dataclass(frozen=True)
class DrawnLine:
    """A line of a drawing, and what it shows in words; `place` says which colour and dashes."""

    name: str
    place: int
    path: str
    dots: Sequence[tuple[float, float]]
    first: str
    last: str
    least: str
    most: str


@dataclass(frozen=True)
class Mark:
    """Where a tick is, in the drawing, and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """A chart as SVG; `says` is all of it for who does not see it."""

    title: str
    says: str
    lines: Sequence[DrawnLine]
    across: Sequence[Mark]
    up: Sequence[Mark]
    left: int = _LEFT
    right: int = WIDE - _RIGHT
    top: int = _TOP
    bottom: int = HIGH - _BELOW
    wide: int = WIDE
    high: int = HIGH


@dataclass(frozen=True)
class DrawnSection:
    """A part of a report; `empty` are the titles of charts without a point."""

    title: str
    sentences: Sequence[str]
    items: Sequence[str]
    table: Table | None
    drawings: Sequence[Drawing]
    empty: Sequence[str]


@dataclass(frozen=True)
class DrawnReport:
    """A report, to be given to the macro `report` of report_parts.html."""

    title: str
    summary: str
    sections: Sequence[DrawnSection]


def drawn(report: Report) -> DrawnReport:
    """Return a report with its charts drawn."""
    sections = []
    for one in report.sections:
        plots = [(chart, plot(chart)) for chart in one.charts]
        sections.append(
            DrawnSection(
                one.title,
                one.sentences,
                one.items,
                one.table,
                [_drawing(chart, plotted) for chart, plotted in plots if plotted is not None],
                [chart.title for chart, plotted in plots if plotted is None],
            )
        )
    return DrawnReport(report.title, report.summary, sections)


def _drawing(chart: Chart, plotted: Plot) -> Drawing:
    lines = [
        DrawnLine(
            one.name,
            place % 5,
            "".join(_path(piece) for piece in one.pieces if len(piece) > 1),
            [_at(piece[0]) for piece in one.pieces if len(piece) == 1],
            one.figures.first,
            one.figures.last,
            one.figures.least,
            one.figures.most,
        )
        for place, one in enumerate(plotted.lines)
    ]
    return Drawing(
        chart.title,
        plotted.says,
        lines,
        [Mark(_across(tick), tick.text) for tick in plotted.across],
        [Mark(_at((0, tick.at))[1], tick.text) for tick in plotted.up],
    )


def _across(tick: Tick) -> float:
    return _at((tick.at, 0))[0]


def _at(point: tuple[float, float]) -> tuple[float, float]:
    """Return where a point is in the drawing."""
    across, up = point
    x = _LEFT + across * (WIDE - _LEFT - _RIGHT)
    y = HIGH - _BELOW - up * (HIGH - _TOP - _BELOW)
    return round(x, 1), round(y, 1)


def _path(piece: Sequence[tuple[float, float]]) -> str:
    points = (f"{x:g} {y:g}" for x, y in map(_at, piece))
    return "M" + "L".join(points)
