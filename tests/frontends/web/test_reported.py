"""A report of maintenance on a page: drawn by the server, and readable without seeing it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

from hypothesis import given

from fettle.frontends import web
from fettle.frontends.web.reported import HIGH, WIDE, drawn
from fettle.frontends.web.templates import templates
from fettle.model.report import Chart, Curve, Report, Section, Table
from tests.model.reporting import REPORTS

MONDAY = 1_795_996_800.0


def page(report: Report) -> str:
    parts = templates().get_template("report_parts.html").make_module({"now": None})
    return str(parts.report(drawn(report)))  # type: ignore[attr-defined]


def curve(name: str, *values: float) -> Curve:
    return Curve(name, tuple((MONDAY + hour * 3600, one) for hour, one in enumerate(values)))


class Elements(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, cast("dict[str, str]", dict(attrs))))

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_a_chart_says_in_words_and_in_a_table_what_it_shows() -> None:
    chart = Chart("How long", "s", (curve("p95", 2, 9, 1, 3), curve("p50", 1, 1, 1, 1)))
    html = page(Report("r", "s", (Section("t", charts=(chart,)),)))
    picture = next(one for one in Elements(html).named("svg") if one.get("role") == "img")

    assert picture["aria-label"] == (
        "How long, 30 Nov 2026, 00:00 UTC to 30 Nov 2026, 03:00 UTC. "
        "p95: first 2 s, last 3 s, least 1 s, most 9 s; "
        "p50: first 1 s, last 1 s, least 1 s, most 1 s."
    )
    for cell in ("2 s", "3 s", "1 s", "9 s"):
        assert f'<td class="numbers">{cell}</td>' in html


def test_lines_are_told_apart_by_more_than_their_colour() -> None:
    sheet = (Path(web.__path__[0]) / "static" / "fettle.css").read_text()
    rules = dict(re.findall(r"\.line-(\d) \{ ([^}]*) \}", sheet))
    dashes = {re.sub(r".*color: [^;]*;", "", rule) for rule in rules.values()}

    assert len(dashes) == len(rules) == 5


def test_a_chart_without_figures_is_said_to_have_none() -> None:
    html = page(Report("r", "s", (Section("t", charts=(Chart("disk", "bytes", ()),)),)))

    assert "disk</bdi>: nothing was measured." in html
    assert "<svg" not in html


def test_text_from_outside_is_text() -> None:
    evil = '"><script>alert(1)</script>'
    chart = Chart(evil, evil, (curve(evil, 1, 2),))
    section = Section(evil, (evil,), (evil,), Table((evil,), ((evil,),)), (chart,))

    elements = Elements(page(Report(evil, evil, (section,))))

    assert not elements.named("script")


@given(REPORTS)
def test_any_report_is_drawn_within_its_picture(report: Report) -> None:
    for section in drawn(report).sections:
        for drawing in section.drawings:
            for line in drawing.lines:
                places = line.path.replace("M", " ").replace("L", " ").split()
                assert all(-1 <= float(one) <= max(WIDE, HIGH) + 1 for one in places)
    assert "None" not in page(Report("r", "s", ()))
    page(report)
