"""Figures as people read them in a terminal; from the document of the API."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from fettle.frontends.report.blocks import Block, Column, Grid, Prose
from fettle.frontends.report.visible import visible
from fettle.model.quantity import say_count, say_duration

if TYPE_CHECKING:
    from fettle.frontends.report.figures_document import (
        FiguresDocument,
        FiguresReport,
        TimesDocument,
    )

_LABELS = ("issues", "MTTD", "MTTA", "MTTM", "MTTR", "broken", "noise", "came back")


def tell(document: "FiguresReport") -> Iterator[Block]:
    """Tell figures: of the whole time, part by part, and group by group."""
    span = f"{document['from'][:10]} to {document['to'][:10]}"
    yield Prose(f"{span}: {say_count(document['total']['issues'], 'issue')}; median (p90)")
    parts = [(one["start"][:10], one["figures"]) for one in document["series"]]
    yield _grid(document["every"], [*parts, ("all", document["total"])])
    if document["groups"]:
        groups = [(visible(one["name"] or "none"), one["figures"]) for one in document["groups"]]
        yield _grid(document["by"] or "", groups)


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
        _share(figures["breach_rate"]),
        _share(figures["noise_ratio"]),
        _share(figures["recurrence_rate"]),
    )


def _times(one: "TimesDocument") -> str:
    if one["median_s"] is None or one["p90_s"] is None:
        return "–"
    median, p90 = (say_duration(timedelta(seconds=s)) for s in (one["median_s"], one["p90_s"]))
    return f"{median} ({p90})"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
