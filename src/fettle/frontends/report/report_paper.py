"""A report of maintenance on paper: drawn with fpdf2, which only report_pdf imports this for.

Everything is drawn by the same few acts, one below the other; what does not fit goes on a page of
its own. Charts are drawn from the same places as on pages (report.plotted).
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from fettle.frontends.report.cells import cut, width
from fettle.frontends.report.fonts import Fonts
from fettle.frontends.report.plotted import Plot, plot, said
from fettle.frontends.report.visible import visible
from fettle.model.report import Chart, Report, Section, Table

_MARGIN, _HIGH, _LEFT = 18.0, 52.0, 22.0  # millimetres; a chart's height, the room at its left
_LONGEST_CELL, _LONGEST_TEXT = 300, 4_000  # characters; a row is no higher than a page
_MOST_COLUMNS = 8  # beside one another; of more, the others stand below
_MOST_ROWS = 1_000  # of a table, which are some forty pages
_NARROW, _WIDE = 14, 42  # what a column's width is reckoned with, at least and at most
_JOINERS = "\u200c\u200d"  # nobody sees them; few fonts have them
# Dark enough on white, each with its dashes: they are told apart without colours too.
_LINES = (
    ((29, 81, 150), (0.0, 0.0)),
    ((138, 75, 0), (2.0, 1.0)),
    ((18, 101, 60), (0.7, 1.0)),
    ((168, 32, 26), (3.0, 1.0)),
    ((86, 96, 115), (0.4, 1.6)),
)
_INK, _SOFT, _GRID = (28, 35, 48), (86, 96, 115), (217, 222, 231)

# What our own sentences hold that Western Europe's letters lack.
_PLAINER = {"–": "-", "—": "-", "…": "...", "“": '"', "”": '"', "→": "->", "≥": ">="}

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of each table of each font


def drawn(report: Report, made_at: datetime, fonts: Fonts | None) -> bytes:
    """Return the report on A4."""
    paper = _Paper(fonts)
    paper.set_title(paper.shown(report.title))
    paper.set_lang("en")
    paper.set_creation_date(made_at.astimezone(UTC))
    paper.add_page()
    paper.heading(report.title, 16)
    paper.words(f"Written {said(made_at.astimezone(UTC))}", colour=_SOFT)
    paper.words(report.summary)
    for section in report.sections:
        _section(paper, section)
    return bytes(paper.output() or b"")


def _section(paper: "_Paper", section: Section) -> None:
    paper.start_section(paper.shown(section.title) or "–")
    paper.heading(section.title, 12)
    for sentence in section.sentences:
        paper.words(sentence)
    for item in section.items:
        paper.words(f"– {item}")
    if section.table is not None:
        paper.grid(section.table)
    for chart in section.charts:
        _chart(paper, chart)


def _chart(paper: "_Paper", chart: Chart) -> None:
    plotted = plot(chart)
    if plotted is None:
        paper.words(f"{chart.title}: nothing was measured.", colour=_SOFT)
        return
    paper.picture(plotted)
    for place, line in enumerate(plotted.lines):
        told = line.figures
        paper.key(
            place,
            f"{line.name}: first {told.first}, last {told.last}, "
            f"least {told.least}, most {told.most}",
        )
    paper.ln(3)


class _Paper(FPDF):
    """Pages that are filled from the top."""

    def __init__(self, fonts: Fonts | None) -> None:
        super().__init__(format="A4")
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN)
        self._letters: set[int] | None = None
        self._family = "helvetica"
        if fonts is not None:
            self._take(fonts)
        self.set_font(self._family, size=10)
        self.set_text_color(*_INK)

    def _take(self, fonts: Fonts) -> None:
        self._family = "text"
        self.add_font("text", "", fonts.plain)
        self.add_font("text", "B", fonts.bold)
        others = [f"other{number}" for number in range(len(fonts.others))]
        for name, path in zip(others, fonts.others, strict=True):
            self.add_font(name, "", path)
        self.set_fallback_fonts(others, exact_match=False)
        self.set_text_shaping(True)  # what is written from right to left, and letters that join
        taken = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        self._letters = {letter for font in taken for letter in font.cmap}

    def footer(self) -> None:
        """Write the number of a page below it."""
        self.set_y(-12)
        self.set_font(self._family, size=8)
        self.set_text_color(*_SOFT)
        self.cell(0, 5, str(self.page_no()), align="C")
        self.set_text_color(*_INK)

    def shown(self, text: str, longest: int = _LONGEST_TEXT) -> str:
        """Return a text that can be drawn: what no font has is spelled out."""
        told = "".join(self._drawable(letter) for letter in visible(text[: longest + 1]))
        if width(told) <= longest:
            return told
        return cut(told, longest).removesuffix("…") + self._drawable("…")

    def _drawable(self, letter: str) -> str:
        code = ord(letter)
        if letter in _JOINERS:
            return ""
        known = code < 0x100 if self._letters is None else code in self._letters
        if known:
            return letter
        if self._letters is None and letter in _PLAINER:
            return _PLAINER[letter]
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    def heading(self, text: str, size: int) -> None:
        """Write a heading, with what follows on its page."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(2)
        self.set_font(self._family, "B", size)
        self._below(size * 0.5, text)
        self.set_font(self._family, size=10)

    def words(self, text: str, colour: tuple[int, int, int] = _INK) -> None:
        """Write a paragraph."""
        self.set_text_color(*colour)
        self._below(5, text)
        self.set_text_color(*_INK)
        self.ln(1)

    def _below(self, high: float, text: str) -> None:
        self.multi_cell(0, high, self.shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def grid(self, told: Table) -> None:
        """Write a table; its heads stand on each page that it goes on on.

        Of one with more columns than fit the others stand below, each row by its first cell.
        """
        for columns in _side_by_side(len(told.columns)):
            rows = [
                [self.shown(row[place], _LONGEST_CELL) for place in columns]
                for row in (told.columns, *told.rows[:_MOST_ROWS])
            ]
            self._grid(rows)
        if len(told.rows) > _MOST_ROWS:
            self.words(f"{len(told.rows) - _MOST_ROWS:,} more rows are not printed.", colour=_SOFT)

    def _grid(self, rows: Sequence[Sequence[str]]) -> None:
        self.set_font(self._family, size=8)
        self.set_draw_color(*_GRID)
        with self.table(
            col_widths=_shares(rows),
            text_align="LEFT",
            line_height=4.2,
            borders_layout="HORIZONTAL_LINES",
            padding=(0.6, 1, 0.6, 1),
        ) as table:
            for row in rows:
                drawn_row = table.row()
                for text in row:
                    drawn_row.cell(text)
        self.set_font(self._family, size=10)
        self.ln(3)

    def key(self, place: int, text: str) -> None:
        """Write what a line of a chart is, behind a piece of it."""
        self.set_font(self._family, size=8)
        if self.will_page_break(5):
            self.add_page()
        across, down = self.l_margin, self.get_y() + 2.2
        self._pen(place)
        self.line(across, down, across + 8, down)
        self._pen(None)
        self.set_x(across + 10)
        self._below(4.4, text)
        self.set_font(self._family, size=10)

    def _pen(self, place: int | None) -> None:
        """Draw as the line of that place in a chart is drawn, or finely again."""
        colour, dashes = (_GRID, (0.0, 0.0)) if place is None else _LINES[place % len(_LINES)]
        self.set_draw_color(*colour)
        self.set_line_width(0.2 if place is None else 0.4)
        self.set_dash_pattern(*dashes)

    def picture(self, plotted: Plot) -> None:
        """Draw a chart."""
        if self.will_page_break(_HIGH + 30):
            self.add_page()
        self.set_font(self._family, "B", 9)
        self._below(5, plotted.title)
        self.set_font(self._family, size=7)
        self.set_text_color(*_SOFT)
        room = _Room(self.l_margin + _LEFT, self.get_y() + 2, self.epw - _LEFT, _HIGH - 8)
        self._axes(plotted, room)
        for place, line in enumerate(plotted.lines):
            self._line(line.pieces, room, place)
        self._pen(None)
        self.set_y(room.top + room.high + 8)
        self.set_text_color(*_INK)
        self.set_font(self._family, size=10)

    def _axes(self, plotted: Plot, room: "_Room") -> None:
        self._pen(None)
        for tick in plotted.up:
            x, y = room.at((0, tick.at))
            self.line(x, y, x + room.wide, y)
            text = self.shown(tick.text, 20)
            self.text(x - 2 - self.get_string_width(text), y + 1, text)
        for tick in plotted.across:
            x, y = room.at((tick.at, 0))
            self.line(x, y, x, y + 1)
            text = self.shown(tick.text, 20)
            self.text(x - self.get_string_width(text) / 2, y + 4, text)

    def _line(
        self, pieces: Sequence[Sequence[tuple[float, float]]], room: "_Room", place: int
    ) -> None:
        self._pen(place)
        for piece in pieces:
            points = [room.at(point) for point in piece]
            if len(points) == 1:
                with self.local_context(fill_color=_LINES[place % len(_LINES)][0]):
                    self.circle(*points[0], 0.5, style="F")
            else:
                self.polyline(points)


@dataclass(frozen=True)
class _Room:
    """Where a drawing stands on its page, in millimetres."""

    left: float
    top: float
    wide: float
    high: float

    def at(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return where a point of the drawing is on the page."""
        return self.left + point[0] * self.wide, self.top + (1 - point[1]) * self.high


def _side_by_side(number: int) -> Iterator[Sequence[int]]:
    """Yield which of so many columns stand beside one another: the first one each time."""
    if number:
        yield range(min(number, _MOST_COLUMNS))
    for begin in range(_MOST_COLUMNS, number, _MOST_COLUMNS - 1):
        yield [0, *range(begin, min(begin + _MOST_COLUMNS - 1, number))]


def _shares(rows: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Return how wide columns are, by what stands in them: none is starved by a long one."""
    return tuple(
        float(max(_NARROW, min(_WIDE, 2 + max(width(cell) for cell in column))))
        for column in zip(*rows, strict=True)
    )
