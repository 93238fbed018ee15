"""A story laid out in lines of a width, each a row of spans with a tone; pens give them colour.

Prose and tables fit the width. What is to be copied is never wrapped nor cut: a line that a
terminal wraps by itself is still one line when it is copied.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from itertools import zip_longest
from typing import NamedTuple

from fettle.frontends.report import cells
from fettle.frontends.report.blocks import (
    Block,
    Branch,
    Card,
    Code,
    Fold,
    Grid,
    Mark,
    Name,
    Pairs,
    Prose,
    Story,
    Tree,
)


class Span(NamedTuple):
    """A piece of a line; the tones of blocks, and badge, title, heading, rule, code and label."""

    text: str
    tone: str = ""


Line = list[Span]

_GAP = 2
_NARROWEST = 10
_LONG_WORD = 20
_CELL_LINES = 3
_STEP = "  "


def lines(story: Story, width: int) -> Iterator[Line]:
    """Yield the lines of a report."""
    yield from _head(story, width)
    for section in story.sections:
        yield []
        yield [Span(section.title.upper(), "heading")]
        previous: Block | None = None
        for block in section.blocks:
            if _apart(previous, block):
                yield []
            yield from _block(block, _STEP, width)
            previous = block


def plain(blocks: Sequence[Block], width: int) -> Iterator[Line]:
    """Yield the lines of blocks that stand by themselves, without a head."""
    previous: Block | None = None
    for block in blocks:
        if previous is not None and _apart(previous, block):
            yield []
        yield from _block(block, "", width)
        previous = block


def _head(story: Story, width: int) -> Iterator[Line]:
    badge = story.status.text.upper()
    room = width - len(badge) - 3
    first, *more = cells.wrap(story.target, room)
    gap = " " * max(1, width - cells.width(first) - len(badge) - 2)
    yield [Span(first, "title"), Span(gap), Span(f" {badge} ", f"badge {story.status.tone}")]
    yield from ([Span(line, "title")] for line in more)
    yield from ([Span(line, "dim")] for line in _dotted(story.facts, width))
    yield from _flow(story.tally, width)
    yield [Span("─" * width, "rule")]


def _flow(marks: Sequence[Mark], width: int) -> Iterator[Line]:
    """Put marks behind each other, as many on a line as fit."""
    line: Line = []
    for mark in marks:
        span = Span(mark.text, mark.tone)
        if line and sum(cells.width(s.text) for s in line) + len(span.text) + _GAP > width:
            yield line
            line = []
        line += [Span(" " * _GAP), span] if line else [span]
    if line:
        yield line


def _dotted(texts: Iterable[str], width: int) -> Iterator[str]:
    """Put texts behind each other with dots between, and break lines between them if possible."""
    line = ""
    for text in texts:
        joined = f"{line} · {text}" if line else text
        if line and cells.width(joined) > width:
            yield line
            joined = text
        *full, line = cells.wrap(joined, width)
        yield from full
    yield line


def _apart(previous: Block | None, block: Block) -> bool:
    """Whether an empty line stands between two blocks."""
    if previous is None:
        return False
    return isinstance(block, Card | Tree | Fold | Name) or isinstance(previous, Card)


@singledispatch
def _block(block: Block, indent: str, width: int) -> Iterator[Line]:  # noqa: ARG001
    """Yield the lines of one block."""
    raise TypeError(f"there is no way to lay out a {type(block).__name__}")


@_block.register
def _prose(prose: Prose, indent: str, width: int) -> Iterator[Line]:
    # A long lead ("Why it matters: ") is a part of the paragraph; a short one hangs before it.
    room = _room(indent, width)
    hanging = cells.width(prose.lead) if cells.width(prose.lead) <= 6 else 0
    text = prose.text if hanging else prose.lead + prose.text
    for number, line in enumerate(cells.wrap(text, room - hanging)):
        if hanging:
            lead = prose.lead if number == 0 else " " * hanging
            yield [Span(indent), Span(lead, prose.tone or "label"), Span(line, _reading(prose))]
        else:
            yield [Span(indent), Span(line, _reading(prose))]


def _room(indent: str, width: int) -> int:
    return max(width - len(indent), _NARROWEST)


def _reading(prose: Prose) -> str:
    return prose.tone if prose.tone == "dim" else ""


@_block.register
def _code(code: Code, indent: str, width: int) -> Iterator[Line]:  # noqa: ARG001 - any length
    for line in code.lines:
        yield [Span(indent + _STEP + _STEP), Span(line, f"code {code.kind}")]


@_block.register
def _name(name: Name, indent: str, width: int) -> Iterator[Line]:
    room = _room(indent, width)
    marks = "".join(f"  {mark.text}" for mark in name.marks)
    *first, last = cells.wrap(name.text, room - len(marks))
    yield from ([Span(indent), Span(line, "name")] for line in first)
    spans = [Span(f"  {mark.text}", mark.tone) for mark in name.marks]
    yield [Span(indent), Span(last, "name"), *spans]


@_block.register
def _card(card: Card, indent: str, width: int) -> Iterator[Line]:
    mark = card.mark.text.upper()
    hang = indent + " " * (len(mark) + 2)
    room = width - len(hang)
    first, *more = cells.wrap(card.title, max(room, _NARROWEST))
    gap = room - cells.width((more or [first])[-1]) - cells.width(card.aside)
    aside = [Span(" " * gap), Span(card.aside, "dim")] if gap >= _GAP else []
    head = [Span(indent), Span(mark, card.mark.tone), Span("  "), Span(first, "title")]
    yield head if more else [*head, *aside]
    for number, line in enumerate(more, 1):
        yield [Span(hang), Span(line, "title"), *(aside if number == len(more) else [])]
    if not aside:
        yield [Span(hang), Span(cells.cut(card.aside, room), "dim")]
    previous: Block | None = None
    for block in card.blocks:
        if _apart(previous, block):
            yield []
        yield from _block(block, indent + _STEP, width)
        previous = block


@_block.register
def _tree(tree: Tree, indent: str, width: int) -> Iterator[Line]:
    room = _room(indent, width)
    for number, line in enumerate(cells.wrap(tree.root, room)):
        yield [Span(indent), Span("" if number == 0 else _STEP), Span(line, "name")]
    for line in cells.wrap(tree.aside, room):
        yield [Span(indent), Span(line, "dim")]
    for number, branch in enumerate(tree.branches, 1):
        last = number == len(tree.branches)
        yield from ([Span(indent), *spans] for spans in _branch(branch, room - 13, last=last))
    if tree.more:
        yield [Span(indent), Span(tree.more, "dim")]


def _branch(branch: Branch, room: int, *, last: bool) -> Iterator[Line]:
    mark = Span(cells.padded(branch.mark.text, 9), branch.mark.tone)
    rest = Span(" " * 12 if last else "│" + " " * 11, "rule")
    lead = [Span("└─ " if last else "├─ ", "rule"), mark]
    for name in cells.wrap(branch.name, room):
        yield [*lead, Span(name, "name")]
        lead = [rest]
    yield from ([rest, Span(text, "dim")] for text in cells.wrap(branch.text, room))


@_block.register
def _pairs(pairs: Pairs, indent: str, width: int) -> Iterator[Line]:
    texts = (f"{label} {value}" for label, value in pairs.pairs)
    for line in _dotted(texts, _room(indent, width)):
        yield [Span(indent), Span(line, "dim")]


@_block.register
def _fold(fold: Fold, indent: str, width: int) -> Iterator[Line]:
    yield [Span(indent), Span(fold.title, "name")]
    for block in fold.blocks:
        yield from _block(block, indent + _STEP, width)


@_block.register
def _grid(grid: Grid, indent: str, width: int) -> Iterator[Line]:
    room = _room(indent, width)
    widths = fitting(grid, room)
    if widths is None:
        yield from _records(grid, indent, room)
    else:
        labels = tuple(column.label for column in grid.columns)
        yield from _row(grid, labels, widths, Span(indent, "label"))
        for row in grid.rows:
            yield from _row(grid, row, widths, Span(indent))
    if grid.more:
        yield [Span(indent), Span(grid.more, "dim")]


def fitting(grid: Grid, room: int) -> list[int] | None:
    """Return the columns' widths: the widest gives way; None when even so they do not fit."""
    table = [tuple(column.label for column in grid.columns), *grid.rows]
    widths = [max(cells.width(row[n]) for row in table) for n in range(len(grid.columns))]
    least = [min(width, _least(table, n)) for n, width in enumerate(widths)]
    room -= _GAP * (len(widths) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max(
            (n for n in range(len(widths)) if widths[n] > least[n]), key=lambda n: widths[n]
        )
        widths[widest] -= 1
    return widths


def _least(table: Sequence[Sequence[str]], column: int) -> int:
    """Return how narrow a column can be without breaking its words, but for very long ones."""
    words = (word for row in table for word in row[column].split())
    return min(max(map(cells.width, words), default=0), _LONG_WORD)


def _row(grid: Grid, row: Sequence[str], widths: Sequence[int], lead: Span) -> Iterator[Line]:
    wrapped = [
        _few(cells.wrap(text, width), width) for text, width in zip(row, widths, strict=True)
    ]
    for pieces in zip_longest(*wrapped, fillvalue=""):
        padded = [
            cells.padded(piece, width, right=column.right)
            for piece, width, column in zip(pieces, widths, grid.columns, strict=True)
        ]
        yield [Span(lead.text), Span((" " * _GAP).join(padded).rstrip(), lead.tone)]


def _few(wrapped: list[str], width: int) -> list[str]:
    if len(wrapped) <= _CELL_LINES:
        return wrapped
    return [*wrapped[: _CELL_LINES - 1], cells.cut(wrapped[_CELL_LINES - 1] + " …", width)]


def _records(grid: Grid, indent: str, room: int) -> Iterator[Line]:
    """Write each row below the other, a line for each of its columns: for narrow terminals."""
    widest = max(cells.width(column.label) for column in grid.columns)
    for row in grid.rows:
        lead = "• "
        for column, value in zip(grid.columns, row, strict=True):
            label = cells.padded(column.label, widest)
            texts = _few(cells.wrap(value, room - widest - 4), room - widest - 4)
            for text in texts:
                yield [Span(indent + lead), Span(label + "  ", "label"), Span(text)]
                lead, label = "  ", " " * widest
