"""A report of maintenance as PDF."""

import itertools
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from fettle.errors import CannotLook
from fettle.frontends.report import fonts, report_pdf
from fettle.model.report import Chart, Curve, Report, Section, Table
from tests.model.reporting import REPORTS

NOW = datetime(2026, 11, 29, 5, 30, tzinfo=UTC)
LINE = Curve("p95", tuple((1_795_996_800.0 + hour * 3600, 1.0 + hour) for hour in range(24)))


def report(*texts: str) -> Report:
    table = Table(("Figure", "Now"), tuple((text, "2 s") for text in texts))
    section = Section("What got slower", texts, texts, table, (Chart("p95", "s", (LINE,)),))
    return Report("The week of shop", "2 figures got worse.", (section,))


def read(pdf: bytes, folder: Path) -> str:
    (folder / "report.pdf").write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", "report.pdf", "-"], cwd=folder, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_all_of_a_report_is_on_paper(tmp_path: Path) -> None:
    told = read(report_pdf.write(report("/checkout"), NOW, fonts.of_machine()), tmp_path)

    for text in ("The week of shop", "29 Nov 2026, 05:30 UTC", "2 figures got worse.", "/checkout"):
        assert text in told
    assert "p95: first 1 s, last 24 s, least 1 s, most 24 s" in told  # of the chart
    assert "25 s" in told  # on its axis


def test_names_of_other_scripts_are_written_in_them(tmp_path: Path) -> None:
    told = read(report_pdf.write(report("заказы Ελλάδα café"), NOW, fonts.of_machine()), tmp_path)

    assert "заказы Ελλάδα café" in told


@pytest.mark.parametrize("found", [None, fonts.of_machine()], ids=["no font", "DejaVu"])
def test_what_no_font_has_is_spelled_out_and_nothing_is_lost(
    found: fonts.Fonts | None, tmp_path: Path
) -> None:
    told = read(
        report_pdf.write(report("数据", "→ 👩\u200d🚀", "a\x1b\u202eb"), NOW, found), tmp_path
    )

    assert "\\u6570\\u636e" in told
    assert "\\U0001f680" in told
    assert "a\\x1b\\u202eb" in told


def test_a_long_report_goes_on_on_further_pages(tmp_path: Path) -> None:
    long = report(*(f"table_{number} " + "x" * (number % 500) for number in range(120)))

    told = read(report_pdf.write(long, NOW, fonts.of_machine()), tmp_path)

    assert told.count("\f") > 3
    assert "table_119" in told
    assert told.count("Figure") == told.count("Now") > 1  # the heads stand on each page


CELLS = ("x" * 1000, "word " * 200, "数" * 500, "W")


@pytest.mark.parametrize(
    ("columns", "cell"), [*itertools.product((1, 8, 9), CELLS), (40, CELLS[0])]
)
def test_a_table_of_any_width_is_written(columns: int, cell: str, tmp_path: Path) -> None:
    names = tuple(f"c{number}" for number in range(columns))
    table = Table(names, (("W", *[cell] * (columns - 1)), (cell,) * columns))
    wide = Report("r", "s", (Section("t", table=table),))

    for found in (None, fonts.of_machine()):
        told = read(report_pdf.write(wide, NOW, found), tmp_path).split()
        assert set(names) <= set(told)


def test_what_is_not_printed_of_a_long_table_is_counted(tmp_path: Path) -> None:
    rows = tuple((f"row {number}",) for number in range(1_250))
    long = Report("r", "s", (Section("t", table=Table(("Row",), rows)),))

    told = read(report_pdf.write(long, NOW, None), tmp_path)

    assert "row 999" in told
    assert "row 1000" not in told
    assert "250 more rows are not printed." in told


@settings(max_examples=20, deadline=None)
@given(REPORTS)
def test_any_report_is_written(one: Report) -> None:
    assert report_pdf.write(one, NOW, None).startswith(b"%PDF")
    assert report_pdf.write(one, NOW, fonts.of_machine()).startswith(b"%PDF")


def test_an_empty_report_is_a_page(tmp_path: Path) -> None:
    empty = Report("", "", (Section("", table=Table((), ())),))

    assert read(report_pdf.write(empty, NOW, None), tmp_path).count("\f") == 1


def test_the_same_report_is_the_same_file() -> None:
    written = {report_pdf.write(report("a"), NOW, fonts.of_machine()) for _ in range(2)}

    assert len(written) == 1


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fpdf", None)

    with pytest.raises(CannotLook) as refused:
        report_pdf.write(report("a"), NOW, None)

    assert refused.value.remedy
    assert "pip install 'fettle-ops[pdf]'" in refused.value.remedy


def test_a_machine_without_fonts_has_none(tmp_path: Path) -> None:
    assert fonts.of_machine(tmp_path) is None


def test_a_font_of_east_asia_is_asked_for_what_the_other_lacks(tmp_path: Path) -> None:
    plain = tmp_path / "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    east = tmp_path / "usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
    for file in (plain, east):
        file.parent.mkdir(parents=True)
        file.touch()

    assert fonts.of_machine(tmp_path) == fonts.Fonts(plain, plain, (east,))
