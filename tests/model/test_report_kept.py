"""A report is read from JSON as it was kept."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from pydantic import TypeAdapter

from fettle.frontends.report.report_document import ReportDocument
from fettle.model.report import Chart, Curve, Report, Section
from fettle.model.report_kept import kept, read
from tests.model.reporting import REPORTS

DOCUMENT = TypeAdapter(ReportDocument)


@given(REPORTS)
def test_what_is_kept_is_read_as_it_was(report: Report) -> None:
    assert read(json.loads(json.dumps(kept(report)))) == report


@given(REPORTS)
def test_what_is_kept_is_as_the_schema_says(report: Report) -> None:
    DOCUMENT.validate_json(json.dumps(kept(report)), strict=True)


def test_what_is_no_number_is_left_out_for_no_json_holds_it() -> None:
    points = ((1.0, math.nan), (2.0, math.inf), (3.0, 4.0))
    report = Report("r", "", (Section("s", charts=(Chart("c", "s", (Curve("x", points),)),)),))

    written = json.dumps(kept(report), allow_nan=False)

    assert read(json.loads(written)).sections[0].charts[0].curves[0].points == ((3.0, 4.0),)


SECTION: dict[str, Any] = {
    "title": "a",
    "sentences": [],
    "items": [],
    "table": None,
    "charts": [],
}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"schema": "fettle.report/2", "title": "a", "summary": "", "sections": []},
        {"schema": "fettle.report/1", "title": 1, "summary": "", "sections": []},
        {"schema": "fettle.report/1", "title": "a", "summary": "", "sections": [{}]},
        {"schema": "fettle.report/1", "title": "a", "summary": "", "sections": ["x"]},
        *(
            {
                "schema": "fettle.report/1",
                "title": "a",
                "summary": "",
                "sections": [{**SECTION, **wrong}],
            }
            for wrong in (
                {"sentences": "no list"},
                {"items": [3]},
                {"table": {"columns": ["a", "b"], "rows": [["only one"]]}},
                {"charts": [{"title": "c", "unit": "s", "curves": [{"name": "x"}]}]},
                {
                    "charts": [
                        {"title": "c", "unit": "s", "curves": [{"name": "x", "points": [[1]]}]}
                    ]
                },
                {
                    "charts": [
                        {"title": "c", "unit": "s", "curves": [{"name": "x", "points": [[1, "2"]]}]}
                    ]
                },
            )
        ),
    ],
)
def test_what_is_no_report_is_said_to_be_none(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no fettle\.report/1"):
        read(document)
