"""A report of maintenance as GitHub-flavoured Markdown; its charts as a line of blocks and figures.

Whatever stands in it may come from outside, and is escaped as in report.markdown.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from fettle.frontends.report.markdown import escaped, paragraph
from fettle.frontends.report.plotted import Line, Plot, plot, said
from fettle.frontends.report.visible import visible
from fettle.model.report import Chart, Point, Report, Section

_BLOCKS = "▁▂▃▄▅▆▇█"
_LONG = 24  # blocks of a line
_NOTHING = "·"  # where nothing was measured


def write(report: Report) -> str:
    """Return the report."""
    parts = [
        f"# {_text(report.title)}",
        _text(report.summary),
        *(part for section in report.sections for part in _section(section)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {_text(section.title)}"
    yield from (_paragraph(one) for one in section.sentences)
    yield "\n".join(f"- {_paragraph(one)}" for one in section.items)
    if section.table is not None:
        columns = [_text(one) for one in section.table.columns]
        rows = [[_text(cell) for cell in row] for row in section.table.rows]
        yield _table(columns, rows)
    for chart in section.charts:
        yield from _chart(chart)


def _chart(chart: Chart) -> Iterator[str]:
    plotted = plot(chart)
    title = f"**{_text(chart.title)}**"
    if plotted is None:
        yield f"{title}: nothing was measured."
        return
    yield f"{title}, {said(plotted.since)} to {said(plotted.until)}"
    yield _table(
        ["Line", "Course", "first", "last", "least", "most"],
        [
            [_text(line.name), course(line, _scale(plotted.lines)), *map(_text, figures)]
            for line, figures in _told(plotted)
        ],
        right=4,
    )


def _told(plotted: Plot) -> Iterator[tuple[Line, Sequence[str]]]:
    for line in plotted.lines:
        one = line.figures
        yield line, (one.first, one.last, one.least, one.most)


def course(line: Line, scale: tuple[float, float], long: int = _LONG) -> str:
    """Return a line as blocks from the least to the most of its chart, each the middle there."""
    there: dict[int, list[float]] = {}
    for at, value in _points(line):
        there.setdefault(min(int(at * long), long - 1), []).append(value)
    return "".join(
        _block(median(there[place]), *scale) if place in there else _NOTHING
        for place in range(long)
    )


def _scale(lines: Sequence[Line]) -> tuple[float, float]:
    values = [value for line in lines for _, value in _points(line)]
    return min(values), max(values)


def _points(line: Line) -> Sequence[Point]:
    return [point for piece in line.pieces for point in piece]


def _block(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5
    return _BLOCKS[min(int(share * len(_BLOCKS)), len(_BLOCKS) - 1)]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: int = 0) -> str:
    left = len(columns) - right
    lines = [
        columns,
        ["---" if place < left else "---:" for place in range(len(columns))],
        *rows,
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str) -> str:
    return escaped(visible(text))


def _paragraph(text: str) -> str:
    return paragraph(_text(text))
