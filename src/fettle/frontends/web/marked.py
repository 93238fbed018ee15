"""Markdown as parts that a template shows: what people write in reviews, and no HTML of theirs.

It knows paragraphs, headings, lists (nested, with tasks), quotes, tables, code, rules; strong and
emphasised words, code, links to http and https, and issues as `#12`. Anything else is text. What
comes out are words and kinds, never HTML: the template escapes them, whoever wrote them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

_LONGEST = 20_000  # characters, and
_MOST = 2_000  # lines: more is cut, so that a page stays one that can be read
_DEEPEST = 5
_FENCE = re.compile(r"\s{0,3}(?P<mark>`{3,}|~{3,})")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)[\s#]*$")
_RULE = re.compile(r"\s{0,3}([-*_])(\s*\1){2,}\s*$")
_QUOTE = re.compile(r"\s{0,3}> ?")
_ITEM = re.compile(r"(?P<lead>\s*)(?:[-*+]|(?P<number>\d{1,9})[.)])(?:\s+|$)")
_TASK = re.compile(r"\[(?P<done>[ xX])\]\s+")
_TABLE = re.compile(r"\s{0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_CELL = re.compile(r"(?<!\\)\|")
# The marks of emphasis are sought no further than a sentence or two: nothing grows with a square.
_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`{1,3})(?P<code>[^`]{1,2000})(?P=ticks)"
    r"|\[(?P<said>[^\[\]]{1,300})\]\((?P<link>https?://[^\s()]{1,2000})\)"
    r"|<?(?P<url>https?://[^\s<>()]{1,2000}[^\s<>().,;:!?'\"*_])>?"
    r"|\*\*(?=\S)(?P<strong>.{1,300}?)(?<=\S)\*\*"
    r"|(?<!\w)(?P<mark>[*_])(?=[^\s*_])(?P<emphasis>.{1,300}?)(?<=\S)(?P=mark)(?!\w)"
    r"|(?<![\w&/])#(?P<issue>[1-9]\d{0,11})\b"
)


@dataclass(frozen=True)
class Span:
    """Words of one kind: where they lead to, and of those with a mark the words within."""

    kind: Literal["text", "strong", "emphasis", "code", "link"]
    text: str = ""
    spans: Sequence["Span"] = ()
    link: str = ""


@dataclass(frozen=True)
class Item:
    """One of a list; `done` is None where it is no task."""

    blocks: Sequence["Block"]
    done: bool | None = None


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading, code (`text`), a list (`items`), a quote (`blocks`), or a table.

    The first of a table's `rows` is its head; a list that is counted begins at `start`.
    """

    kind: Literal["paragraph", "heading", "code", "list", "quote", "table", "rule"]
    spans: Sequence[Span] = ()
    text: str = ""
    items: Sequence[Item] = ()
    blocks: Sequence["Block"] = ()
    rows: Sequence[Sequence[Sequence[Span]]] = ()
    start: int | None = None


Read = tuple[Block, int] | None
Reader = Callable[[Sequence[str], int], Read]


def blocks(text: str) -> list[Block]:
    """Return what a text says, part by part; a very long one is cut."""
    lines = text[:_LONGEST].expandtabs(4).splitlines()[:_MOST]
    found = list(_blocks(lines, 0))
    if len(text) > _LONGEST or len(lines) == _MOST:
        found.append(Block("paragraph", [Span("text", "… the rest stands in its Markdown")]))
    return found


def _blocks(lines: Sequence[str], depth: int) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        block, taken = _block(lines[at:], depth)
        at += taken
        if block is not None:
            yield block


def _block(lines: Sequence[str], depth: int) -> tuple[Block | None, int]:
    """Return the block that lines begin with, and how many lines it has."""
    if not lines[0].strip():
        return None, 1
    readers: Sequence[Reader] = (_code, _line, _table, _quote, _list)
    for read in readers if depth < _DEEPEST else readers[:3]:
        found = read(lines, depth)
        if found is not None:
            return found
    return _paragraph(lines, depth)


def _code(lines: Sequence[str], _: int) -> Read:
    fence = _FENCE.match(lines[0])
    if fence is None:
        return None
    mark = fence["mark"]
    inner = list(takewhile(lambda line: not line.strip().startswith(mark), lines[1:]))
    return Block("code", text="\n".join(inner)), min(len(inner) + 2, len(lines))


def _line(lines: Sequence[str], _: int) -> Read:
    """Read what is a line by itself: a heading, or a rule."""
    if heading := _HEADING.match(lines[0]):
        return Block("heading", spans(heading["text"])), 1
    return (Block("rule"), 1) if _RULE.match(lines[0]) else None


def _quote(lines: Sequence[str], depth: int) -> Read:
    quoted = list(takewhile(_QUOTE.match, lines))
    inner = [_QUOTE.sub("", line, count=1) for line in quoted]
    return (Block("quote", blocks=list(_blocks(inner, depth + 1))), len(quoted)) if inner else None


def _table(lines: Sequence[str], _: int) -> Read:
    if not _is_table(lines):
        return None
    rows = list(takewhile(lambda line: "|" in line, lines))
    return Block("table", rows=[_cells(row) for row in (rows[0], *rows[2:])]), len(rows)


def _is_table(lines: Sequence[str]) -> bool:
    return "|" in lines[0] and len(lines) > 1 and "|" in lines[1] and bool(_TABLE.match(lines[1]))


def _cells(row: str) -> list[list[Span]]:
    return [spans(cell.strip()) for cell in _CELL.split(row.strip().removeprefix("|"))][
        : -1 if row.rstrip().endswith("|") else None
    ]


def _paragraph(lines: Sequence[str], depth: int) -> tuple[Block, int]:
    taken = [lines[0].strip()]
    for line in lines[1:]:
        if not line.strip() or _begins(line, depth):
            break
        taken.append(line.strip())
    return Block("paragraph", spans("\n".join(taken))), len(taken)


def _begins(line: str, depth: int) -> bool:
    """Whether a line begins something else than the paragraph that it follows."""
    if _FENCE.match(line) or _HEADING.match(line) or _RULE.match(line):
        return True
    return depth < _DEEPEST and bool(_QUOTE.match(line) or _ITEM.match(line))


def _list(lines: Sequence[str], depth: int) -> Read:
    first = _ITEM.match(lines[0])
    if first is None:
        return None
    items: list[list[str]] = []
    taken = 0
    for line in lines:
        found = _ITEM.match(line)
        deep = len(line) - len(line.lstrip()) >= len(first["lead"]) + 2
        if found and not deep and bool(found["number"]) == bool(first["number"]):
            items.append([line[found.end() :]])
        elif not _goes_on(line, lines[taken - 1] if taken else "", deep=deep):
            break
        else:
            items[-1].append(line)
        taken += 1
    start = int(first["number"]) if first["number"] else None
    return Block("list", items=[_item(one, depth) for one in items], start=start), taken


def _goes_on(line: str, before: str, *, deep: bool) -> bool:
    """Whether a line belongs to the item before it."""
    if not line.strip() or deep:
        return True
    return bool(before.strip()) and not _begins(line, 0)


def _item(lines: Sequence[str], depth: int) -> Item:
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    cut = min(indents, default=0)
    inner = [lines[0], *(line[cut:] for line in lines[1:])]
    task = _TASK.match(inner[0])
    if task is None:
        return Item(list(_blocks(inner, depth + 1)))
    inner[0] = inner[0][task.end() :]
    return Item(list(_blocks(inner, depth + 1)), task["done"] != " ")


def spans(text: str, depth: int = 0) -> list[Span]:
    """Return the words of a line, kind by kind."""
    found: list[Span] = []
    plain, at = "", 0
    for match in _INLINE.finditer(text):
        plain += text[at : match.start()]
        at = match.end()
        if match["escaped"]:
            plain += match["escaped"]
            continue
        if plain:
            found.append(Span("text", plain))
            plain = ""
        found.append(_span(match, depth))
    plain += text[at:]
    return [*found, Span("text", plain)] if plain else found


def _span(match: re.Match[str], depth: int) -> Span:
    if match["code"]:
        return Span("code", match["code"].strip())
    if match["link"]:
        return Span("link", spans=[Span("text", match["said"])], link=match["link"])
    if match["url"]:
        return Span("link", spans=[Span("text", match["url"])], link=match["url"])
    if match["issue"]:
        number = match["issue"]
        return Span("link", spans=[Span("text", f"#{number}")], link=f"/issues/{number}")
    words = match["strong"] or match["emphasis"]
    within = spans(words, depth + 1) if depth < _DEEPEST else [Span("text", words)]
    return Span("strong" if match["strong"] else "emphasis", spans=within)
