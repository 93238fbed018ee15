"""A report of maintenance as the API gives it: as it is kept (model.report_kept)."""

from typing import Literal

from typing_extensions import TypedDict


class CurveDocument(TypedDict):
    """A line of a chart, in the order of time."""

    name: str
    points: list[list[float]]
    """Seconds since 1970, and the value then."""


class ChartDocument(TypedDict):
    """Figures over time."""

    title: str
    unit: str
    """`s`, `bytes`, `ratio`, or what is counted."""
    curves: list[CurveDocument]


class TableDocument(TypedDict):
    """Rows under named columns, each with as many cells."""

    columns: list[str]
    rows: list[list[str]]


class ReportSectionDocument(TypedDict):
    """A part of a report."""

    title: str
    sentences: list[str]
    items: list[str]
    table: TableDocument | None
    charts: list[ChartDocument]


class ReportDocument(TypedDict):
    """What a run of a task is remembered by; all text in it is plain."""

    schema: Literal["fettle.report/1"]
    title: str
    summary: str
    sections: list[ReportSectionDocument]
