"""Style sheets: who names them, their font faces and what they import, and where that stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fettle.model.root_address import path_of
from fettle.optimisation.markup import Markup, Tag

# Comments and texts are stepped over: what looks like a rule in them is none.
_PIECE = re.compile(
    r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\(\s*[^"')]*\)|[{};]|@[\w-]+|[^/"'{};@u]+|.""",
    re.DOTALL | re.IGNORECASE,
)
_SOURCE = re.compile(
    r"""url\(\s*(?P<quote>["']?)(?P<address>[^"')]+)(?P=quote)\s*\)"""
    r"""(?:\s*format\(\s*["']?(?P<format>[\w-]+)["']?\s*\))?""",
    re.IGNORECASE,
)
_DISPLAY = re.compile(r"(?<![\w-])font-display\s*:\s*([\w-]+)", re.IGNORECASE)
_SRC = re.compile(r"(?<![\w-])src\s*:\s*", re.IGNORECASE)
_IMPORT = re.compile(
    r"""@import\s+(?:url\(\s*)?["']?(?P<address>[^"')\s;]+)["']?\s*\)?(?P<when>[^;]*);""",
    re.IGNORECASE,
)
_SOME_ONLY = {"media", "disabled", "title"}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Source:
    """One file that a face names: its address, what it says that it is, and where that begins."""

    address: str
    format: str
    start: int


@dataclass(frozen=True)
class Import:
    """What a style sheet takes in: its address, on which condition, and where it says so."""

    address: str
    when: str
    start: int
    end: int


@dataclass(frozen=True)
class Face:
    """An @font-face: where what is in it stands, its sources in their order, how it is shown."""

    start: int
    end: int
    sources: tuple[Source, ...]
    display: str | None


def faces(text: str) -> Iterator[Face]:
    """Yield the font faces of a style sheet."""
    opened: int | None = None
    waiting = False
    for piece in _PIECE.finditer(text):
        said = piece[0].lower()
        if said == "@font-face":
            waiting = True
        elif said == "{" and waiting:
            opened, waiting = piece.end(), False
        elif said == "}" and opened is not None:
            yield _face(text, opened, piece.start())
            opened = None
        elif said in ("}", ";"):
            waiting = False


def linked(read: Markup, page: str) -> Iterator[tuple[Tag, str]]:
    """Yield the tags of a page that name style sheets, each with its path."""
    for tag in read.named("link"):
        if "stylesheet" in tag.get("rel").lower().split():
            path = path_of(tag.get("href"), page)
            if path is not None:
                yield tag, path


def for_some(tag: Tag) -> bool:
    """Whether a page may have a style sheet for some screens or people only."""
    return bool(_SOME_ONLY & set(tag.attributes))


def imported(text: str) -> list[Import]:
    """Return what a style sheet imports, in its order; comments are stepped over."""
    plain = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    return [
        Import(found["address"], found["when"].strip(), found.start(), found.end())
        for found in _IMPORT.finditer(plain)
    ]


def without(text: str, imports: int) -> str:
    """Return a style sheet without so many of its imports, the first ones."""
    for one in reversed(imported(text)[:imports]):
        end = one.end + 1 if text[one.end : one.end + 1] == "\n" else one.end
        text = text[: one.start] + text[end:]
    return text


def addresses(text: str) -> list[str]:
    """Return every address that a style sheet names."""
    return [found["address"].strip() for found in _SOURCE.finditer(text)]


def _face(text: str, start: int, end: int) -> Face:
    inside = text[start:end]
    sources = [
        Source(found["address"].strip(), (found["format"] or "").lower(), start + found.start())
        for found in _SOURCE.finditer(inside)
    ]
    display = _DISPLAY.search(inside)
    return Face(start, end, tuple(sources), display[1].lower() if display else None)


def last_src(text: str, face: Face) -> int | None:
    """Return where the sources of a face begin that count, the last ones that are given."""
    found = list(_SRC.finditer(text, face.start, face.end))
    return found[-1].end() if found else None
