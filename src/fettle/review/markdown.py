"""A review as one Markdown text, and back: `## ` begins a section, whose title names it.

What came from outside is data there as well: it is written so that it is shown and marks up
nothing.
"""

import re
from collections.abc import Iterator, Mapping

from fettle.errors import WrongUsage
from fettle.model.review import SECTIONS, Sections

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!]|&(?=#?\w+;))")
# Before the mark of a list, or of a rule, at the beginning of a line.
_BEGINS = re.compile(r"^(\d*)(?=[.)](?:\s|$)|[+-](?:[\s-]|$))")
_SPACE = re.compile(r"\s+")
_LONGEST = 500
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_TITLES: Mapping[str, str] = {title.casefold(): name for name, title in SECTIONS.items()}


def shown(text: str) -> str:
    """Return a text from outside as a part of a line that marks up nothing."""
    line = _SPACE.sub(" ", text).strip()
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1] + "…"
    return _BEGINS.sub(r"\1\\", _MARKS.sub(r"\\\1", line))


def written(heading: str, sections: Sections) -> str:
    """Return a review as Markdown; sections that are not given are empty."""
    parts = [f"# {heading}\n"]
    for name, title in SECTIONS.items():
        text = sections.get(name, "").strip()
        parts.append(f"## {title}\n\n{text}\n" if text else f"## {title}\n")
    return "\n".join(parts)


def read(text: str) -> dict[str, str]:
    """Return the sections of a Markdown text, by their names; raises WrongUsage.

    What stands before the first section is not read: it is the title.
    """
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line, fenced in _lines(text):
        if fenced or not line.startswith("## "):
            if lines is not None:
                lines.append(line)
            continue
        name = _name(line.removeprefix("## ").strip())
        if name in found:
            raise WrongUsage(f"two sections are called {SECTIONS[name]}")
        lines = found[name] = []
    if not found:
        raise WrongUsage(
            "the text has no section", remedy=f"write the title of each like: ## {_first()}"
        )
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether each stands in a block of code."""
    fence: str | None = None
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence is None and mark:
            fence = mark[1]
            yield line, True
        elif fence is not None:
            ends = mark is not None and mark[1].startswith(fence) and line.strip() == mark[1]
            yield line, True
            fence = None if ends else fence
        else:
            yield line, False


def _name(title: str) -> str:
    name = _TITLES.get(title.casefold())
    if name is None:
        raise WrongUsage(
            f"a review has no section {title[:100]!r}",
            remedy=f"one of {', '.join(SECTIONS.values())}",
        )
    return name


def _first() -> str:
    return next(iter(SECTIONS.values()))
