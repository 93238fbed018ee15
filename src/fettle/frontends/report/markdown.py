"""A Diagnosis as GitHub-flavoured Markdown, for issues, pull requests and wikis.

Whatever comes from outside is escaped, and pings nobody: no mention, no reference to an issue, no
link of its own.
"""

import re
from collections.abc import Iterator, Sequence
from functools import singledispatch

from fettle.frontends.report.blocks import (
    Block,
    Card,
    Code,
    Fold,
    Grid,
    Name,
    Pairs,
    Prose,
    Section,
    Story,
    Tree,
)
from fettle.frontends.report.story import PAGE, WHOLE, story
from fettle.model.diagnosis import Diagnosis

_MARKUP = re.compile(r"[\\`*_\[\]|~$]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# GitHub makes a person, an issue or a link of these; an empty comment in between hinders it.
_PINGS = re.compile(r"(?<![^\W_])@(?=\w)|(?<!&)#(?=\d)|\bGH-(?=\d)|\bwww(?=\.)|\b\w+:(?=//)")
# What would begin a list, a heading or a rule at the start of a paragraph.
_STARTS = re.compile(r"^(?:[#+=-]|\d{1,9}[.)](?=\s|$))")
_ITEMS = ("→", "?", "–", "·", "✓")


def write(diagnoses: Sequence[Diagnosis], verbose: bool) -> str:
    """Return the report."""
    extent = WHOLE if verbose else PAGE
    return "\n".join(of_story(story(diagnosis, extent)) for diagnosis in diagnoses)


def of_story(told: Story) -> str:
    """Return a report."""
    head = [
        f"# {code(told.target)}: {told.status.text}",
        escaped(" · ".join(told.facts)),
        ", ".join(f"**{mark.text}**" for mark in told.tally),
    ]
    parts = [*head, *(part for section in told.sections for part in _section(section))]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Return a text as Markdown that shows just this text."""
    marked = _MARKUP.sub(lambda match: "\\" + match[0], text)
    marked = re.sub("[&<>]", lambda match: _ENTITIES[match[0]], marked)
    return _PINGS.sub(lambda match: match[0] + "<!-- -->", marked)


def paragraph(markdown: str) -> str:
    """Return escaped text as a paragraph: it begins no list, heading or rule."""
    return _STARTS.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", markdown.lstrip())


def code(text: str) -> str:
    """Return a name as a code span."""
    ticks = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    yield from _joined(section.blocks)


def _joined(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield from _block(block)


@singledispatch
def _block(block: Block) -> Iterator[str]:
    """Yield the paragraphs of one block."""
    raise TypeError(f"there is no way to write a {type(block).__name__}")


@_block.register
def _prose(prose: Prose) -> Iterator[str]:
    lead = prose.lead.strip()
    text = escaped(prose.text)
    if lead in _ITEMS:
        yield f"- {text}"
    elif re.fullmatch(r"\d+\.", lead):
        yield f"{lead} {text}"
    elif lead:
        yield f"**{escaped(lead)}** {text}"
    else:
        yield paragraph(text)


@_block.register
def _code(lines: Code) -> Iterator[str]:
    fence = "`" * max(3, _longest_run("\n".join(lines.lines)) + 1)
    yield "\n".join([f"{fence}{'sql' if lines.kind == 'sql' else 'sh'}", *lines.lines, fence])


@_block.register
def _name(name: Name) -> Iterator[str]:
    marks = "".join(f" ({mark.text})" for mark in name.marks)
    yield f"#### {code(name.text)}{marks}"


@_block.register
def _grid(grid: Grid) -> Iterator[str]:
    rows = [
        [escaped(column.label) for column in grid.columns],
        ["---:" if column.right else "---" for column in grid.columns],
        *([escaped(text) for text in row] for row in grid.rows),
    ]
    yield "\n".join(f"| {' | '.join(row)} |" for row in rows)
    if grid.more:
        yield grid.more


@_block.register
def _pairs(pairs: Pairs) -> Iterator[str]:
    yield " · ".join(f"{escaped(label)} **{escaped(text)}**" for label, text in pairs.pairs)


@_block.register
def _tree(tree: Tree) -> Iterator[str]:
    yield f"**{escaped(tree.root)}** — {escaped(tree.aside)}"
    lines = [
        f"- {branch.mark.text} {code(branch.name)}: {escaped(branch.text)}"
        for branch in tree.branches
    ]
    if lines:
        yield "\n".join(lines)
    if tree.more:
        yield tree.more


@_block.register
def _card(card: Card) -> Iterator[str]:
    yield f"### {card.mark.text}: {escaped(card.title)} ({escaped(card.aside)})"
    yield from _joined(card.blocks)


@_block.register
def _fold(fold: Fold) -> Iterator[str]:
    yield f"<details><summary>{escaped(fold.title)}</summary>"
    yield from _joined(fold.blocks)
    yield "</details>"
