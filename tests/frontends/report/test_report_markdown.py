"""A report of maintenance in Markdown."""

import re

from hypothesis import given
from markdown_it import MarkdownIt

from fettle.frontends.report import report_markdown
from fettle.model.report import Chart, Curve, Report, Section, Table
from tests.model.reporting import REPORTS

READER = MarkdownIt("commonmark").enable("table")
HOUR = 3600.0
MONDAY = 1_795_996_800.0


def line(*values: float) -> Curve:
    return Curve("p95", tuple((MONDAY + place * HOUR, one) for place, one in enumerate(values)))


def test_all_of_a_report_is_written() -> None:
    report = Report(
        "The week of shop",
        "2 figures got worse.",
        (
            Section(
                "What got slower",
                ("Compared with 4 weeks.",),
                ("/checkout since Tuesday", "1) first"),
                Table(("Figure", "Now"), (("p95", "2 s"), ("a|b", "<b>"))),
                (Chart("p95", "s", (line(1, 2, 3, 4),)), Chart("disk", "bytes", ())),
            ),
        ),
    )

    assert report_markdown.write(report) == (
        "# The week of shop\n\n"
        "2 figures got worse.\n\n"
        "## What got slower\n\n"
        "Compared with 4 weeks.\n\n"
        "- /checkout since Tuesday\n- 1\\) first\n\n"
        "| Figure | Now |\n| --- | --- |\n| p95 | 2 s |\n| a\\|b | &lt;b&gt; |\n\n"
        "**p95**, 30 Nov 2026, 00:00 UTC to 30 Nov 2026, 03:00 UTC\n\n"
        "| Line | Course | first | last | least | most |\n"
        "| --- | --- | ---: | ---: | ---: | ---: |\n"
        "| p95 | ▁·······▃·······▆······█ | 1 s | 4 s | 1 s | 4 s |\n\n"
        "**disk**: nothing was measured.\n"
    )


def test_lines_of_a_chart_are_drawn_on_one_scale() -> None:
    chart = Chart("p95", "s", (line(*[8.0] * 9), line(*[1.0] * 9)))
    report = Report("r", "", (Section("s", charts=(chart,)),))

    written = report_markdown.write(report)

    assert "█" in written
    assert "▁" in written


@given(REPORTS)
def test_what_stands_in_a_report_makes_no_markup(report: Report) -> None:
    for token in READER.parse(report_markdown.write(report)):
        for part in [token, *(token.children or ())]:
            assert part.type not in ("link_open", "image", "em_open", "hr", "code_block", "fence")
            if part.type.startswith("html"):
                assert set(re.findall(r"<[^>]*>", part.content)) <= {"<!-- -->"}


@given(REPORTS)
def test_a_table_keeps_its_columns_whatever_is_in_a_cell(report: Report) -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", report_markdown.write(report), re.MULTILINE)

    for table in tables:
        columns = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in table.splitlines()}
        assert len(columns) == 1
