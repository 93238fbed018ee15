"""A report as JSON, as it is kept and given out: `fettle.report/1`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fettle.model.report import Chart, Curve, Point, Report, Section, Table
from fettle.model.run import Json

SCHEMA = "fettle.report/1"


def kept(report: Report) -> Mapping[str, Json]:
    """Return a report as JSON; a point that is no number, which JSON cannot say, is left out."""
    return {
        "schema": SCHEMA,
        "title": report.title,
        "summary": report.summary,
        "sections": [_section(one) for one in report.sections],
    }


def read(document: Mapping[str, Any]) -> Report:
    """Return the report that was kept; raises ValueError for what is none."""
    if document.get("schema") != SCHEMA:
        raise ValueError(f"it is no {SCHEMA}")
    try:
        sections = tuple(_read_section(one) for one in document["sections"])
        return Report(_text(document["title"]), _text(document["summary"]), sections)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"it is no {SCHEMA}: {error}") from None


def _section(section: Section) -> Json:
    table = section.table
    return {
        "title": section.title,
        "sentences": section.sentences,
        "items": section.items,
        "table": None if table is None else {"columns": table.columns, "rows": table.rows},
        "charts": [
            {
                "title": chart.title,
                "unit": chart.unit,
                "curves": [
                    {"name": curve.name, "points": _finite(curve.points)} for curve in chart.curves
                ],
            }
            for chart in section.charts
        ],
    }


def _finite(points: Sequence[Point]) -> Sequence[Sequence[float]]:
    return [pair for pair in points if math.isfinite(pair[0]) and math.isfinite(pair[1])]


def _read_section(one: Mapping[str, Any]) -> Section:
    table = one["table"]
    return Section(
        _text(one["title"]),
        _texts(one["sentences"]),
        _texts(one["items"]),
        None if table is None else _read_table(table),
        tuple(_read_chart(chart) for chart in one["charts"]),
    )


def _read_table(table: Mapping[str, Any]) -> Table:
    columns = _texts(table["columns"])
    rows = tuple(_texts(row) for row in table["rows"])
    if any(len(row) != len(columns) for row in rows):
        raise TypeError("a row has not as many cells as there are columns")
    return Table(columns, rows)


def _read_chart(chart: Mapping[str, Any]) -> Chart:
    curves = (
        Curve(_text(curve["name"]), tuple(_point(pair) for pair in curve["points"]))
        for curve in chart["curves"]
    )
    return Chart(_text(chart["title"]), _text(chart["unit"]), tuple(curves))


def _point(pair: Sequence[Any]) -> Point:
    if len(pair) != 2 or not all(_is_number(one) for one in pair):
        raise TypeError("a point is not two numbers")
    return float(pair[0]), float(pair[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("what is to be a text is none")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError("what is to be a list is none")
    return tuple(_text(one) for one in cast("Sequence[object]", values))
