"""Figures as people read them in a terminal; from the document of the API.

A figure of too few issues is not told; what stands there then is explained once, below.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from fettle.frontends.report import figures_told
from fettle.frontends.report.blocks import Block, Column, Grid, Prose
from fettle.frontends.report.visible import visible
from fettle.model.quantity import say_count, say_duration, say_share
from fettle.review.figures import MEDIAN_FROM, P90_FROM, SHARE_FROM

if TYPE_CHECKING:
    from fettle.frontends.report.figures_document import (
        FiguresDocument,
        FiguresReport,
        TimesDocument,
    )

_LABELS = ("issues", "MTTD", "MTTA", "MTTM", "MTTR", "broken", "noise", "came back")
_TOO_FEW = "too few"
_WHY = (
    f"{_TOO_FEW}: a median is told from {MEDIAN_FROM} issues on, a p90 from {P90_FROM}, a share "
    f"from {SHARE_FROM}; json and csv hold all"
)


def tell(document: "FiguresReport") -> Iterator[Block]:
    """Tell figures: of the whole time, part by part, and group by group."""
    span = f"{document['from'][:10]} to {document['to'][:10]}"
    yield Prose(f"{span}: {say_count(document['total']['issues'], 'issue')}; median (p90)")
    parts = [(one["start"][:10], one["figures"]) for one in document["series"]]
    grids = [_grid(document["every"], [*parts, ("all", document["total"])])]
    if document["groups"]:
        groups = [(visible(one["name"] or "none"), one["figures"]) for one in document["groups"]]
        grids.append(_grid(document["by"] or "", groups))
    yield from grids
    if any(_TOO_FEW in cell for grid in grids for row in grid.rows for cell in row[1:]):
        yield Prose(_WHY)


def _grid(first: str, rows: "list[tuple[str, FiguresDocument]]") -> Grid:
    columns = (Column(first), *(Column(label, right=True) for label in _LABELS))
    return Grid(columns, tuple((name, *_cells(figures)) for name, figures in rows))


def _cells(figures: "FiguresDocument") -> tuple[str, ...]:
    return (
        str(figures["issues"]),
        _times(figures["mttd"]),
        _times(figures["mtta"]),
        _times(figures["mttm"]),
        _times(figures["mttr"]),
        _share(figures["breach_rate"], figures["issues"]),
        _share(figures["noise_ratio"], figures["issues"]),
        _share(figures["recurrence_rate"], figures["issues"]),
    )


def _times(one: "TimesDocument") -> str:
    if not one["number"]:
        return "–"
    median, p90 = figures_told.median(one), figures_told.p90(one)
    if median is None:
        return _TOO_FEW
    return f"{_lasted(median)} ({_TOO_FEW if p90 is None else _lasted(p90)})"


def _lasted(seconds: float) -> str:
    return say_duration(timedelta(seconds=seconds))


def _share(value: float | None, issues: int) -> str:
    if value is None:
        return "–"
    told = figures_told.share(value, issues)
    return _TOO_FEW if told is None else say_share(told)
