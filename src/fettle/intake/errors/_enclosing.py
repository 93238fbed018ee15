"""Which function a place in JavaScript or TypeScript stands in, told from how people indent.

What declares a function stands before what is in it, and is indented less. That is no parsing:
where it is not so, there is no name, and the name that the map or the stack has is taken.
"""

import re
from collections.abc import Sequence

_MOST_LINES = 2_000  # looked at, upwards
_LONGEST = 500  # a line that nobody wrote by hand
_WORD = r"[A-Za-z_$][\w$]*"
_ARROW = rf"(?:async\s+)?(?:function\b|(?:\([^;]*\)|{_WORD})[^;=()]*=>)"
_DECLARED = re.compile(rf"\bfunction\s*\*?\s*({_WORD})\s*[(<]")
_BOUND = re.compile(rf"\b({_WORD})\s*(?::[^=;]{{1,100}})?[:=]\s*{_ARROW}")
_METHOD = re.compile(
    r"^\s*(?:(?:public|private|protected|static|async|get|set|override)\s+)*\*?\s*"
    rf"(#?{_WORD})\s*(?:<[^>]{{0,100}}>)?\([^;]*(?:\{{|\(|,)\s*$|"
    rf"^\s*(?:static\s+)?(?:async\s+)?(#?{_WORD})\s*\([^;]*\)\s*(?::[^{{;]{{1,100}})?\{{"
)
_CLASS = re.compile(rf"\bclass\s+({_WORD})")
_NO_METHOD = frozenset(
    ("if", "for", "while", "switch", "catch", "with", "function", "return", "await", "new", "else")
)


def function_around(lines: Sequence[str], line: int, column: int) -> str | None:
    """Return the name of the function that a place is in, `Class.name` for a method; all from 0."""
    method = None
    for text in _outwards(lines, line, column):
        if method is not None:
            if found := _CLASS.search(text):
                return f"{found[1]}.{method}"
            continue
        if found := _DECLARED.search(text) or _BOUND.search(text):
            return found[1]
        found = _METHOD.match(text)
        name = found and (found[1] or found[2])
        if name and name not in _NO_METHOD:
            method = name
    return method


def _outwards(lines: Sequence[str], line: int, column: int) -> "list[str]":
    """Return the lines that open what a place is in, the nearest first."""
    here = lines[line]
    found = [here[:column]] if len(here) <= _LONGEST else []
    limit = _indent(here)
    for text in reversed(lines[max(0, line - _MOST_LINES) : line]):
        if limit == 0:
            break
        if not text.strip() or len(text) > _LONGEST or _indent(text) >= limit:
            continue
        limit = _indent(text)
        found.append(text)
    return found


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
