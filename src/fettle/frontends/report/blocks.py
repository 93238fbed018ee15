"""What a report for people is made of, before it is drawn: the same for every format.

Every text in a block is harmless to look at (see visible.py); a format still escapes what is
markup to it. A tone is a severity's name, or one of: ok, unknown, accepted, new, worse, gone,
name, dim.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Prose:
    """A paragraph; `lead` stands before its first line, and the others line up behind it."""

    text: str
    tone: str = ""
    lead: str = ""


@dataclass(frozen=True)
class Code:
    """Lines to copy, as they are: SQL, or a shell's command line."""

    lines: tuple[str, ...]
    kind: Literal["sql", "shell"]


@dataclass(frozen=True)
class Mark:
    """A word that stands out: a severity, or what changed."""

    text: str
    tone: str


@dataclass(frozen=True)
class Name:
    """The name of what is in a bad state; other blocks point to its anchor."""

    text: str
    marks: tuple[Mark, ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Column:
    """A table's column; `right` puts numbers below each other."""

    label: str
    right: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; `more` says what was left out."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str = ""


@dataclass(frozen=True)
class Pairs:
    """Names with their values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Branch:
    """Something that a root explains; it points to an anchor."""

    mark: Mark
    name: str
    text: str
    anchor: str


@dataclass(frozen=True)
class Tree:
    """A root and what it explains; `more` says what was left out."""

    root: str
    aside: str
    branches: tuple[Branch, ...]
    more: str = ""


@dataclass(frozen=True)
class Card:
    """Findings of one kind, or a recommendation: a mark, a title, a word aside, and the content."""

    mark: Mark
    title: str
    aside: str
    blocks: tuple["Block", ...]


@dataclass(frozen=True)
class Fold:
    """What is folded away where a format can."""

    title: str
    blocks: tuple["Block", ...]


Block = Prose | Code | Name | Grid | Pairs | Tree | Card | Fold


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Story:
    """The report of one target: the head, and its sections."""

    target: str
    status: Mark
    facts: tuple[str, ...]
    tally: tuple[Mark, ...]
    sections: tuple[Section, ...]
