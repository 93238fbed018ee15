"""What a line of source spells of the message that it raises, and what it fills in.

`raise LookupError(f"no user {name}")` says that what follows "no user " is a value, however it
looks: no message alone can tell that.
"""

import re

from fettle.intake.errors.masks import MASK

_LETTER = re.compile(r"[^\W\d_]")
_LITERAL = re.compile(r"\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.)*+)'|`((?:[^`\\]|\\.)*+)`")
_HOLE = re.compile(r"[#$]?\{[^{}]*+\}|%(?:\(\w++\))?[\-#0+]*+\d*+(?:\.\d++)?[a-zA-Z]")
# What names another error in a line of source: its words are not one of our values.
_ANOTHER = re.compile(
    r"\b(?:e|ex|exc|exception|err|errs|error|errors|cause|reason|message|msg|details?|why|problems?|"
    r"failure|description|text|stderr|stdout|output)\b(?!\s*[:(])",
    re.IGNORECASE,
)
_FEWEST_LETTERS = 6
_LONGEST_VALUE, _MOST_WORDS = 120, 12


def as_spelled(text: str, source: str) -> str:
    """Return a text with masks where the line that raised it fills values in.

    Where the line spells no text like it, or fills in what another error said, the text comes
    back as it was.
    """
    literals = [next(filter(None, found.groups()), "") for found in _LITERAL.finditer(source)]
    literals = [literal for literal in literals if " " in literal.strip()]
    best: tuple[int, str] = (0, text)
    for literal in literals:
        parts = [part for part in _HOLE.split(literal) if part]
        letters = sum(len(_LETTER.findall(part)) for part in parts)
        if letters < max(_FEWEST_LETTERS, best[0] + 1):
            continue
        if (filled := _filled(text, parts, another=_fills_another(literal, source))) is not None:
            best = (letters, filled)
    return best[1]


def _fills_another(literal: str, source: str) -> bool:
    holes = " ".join(_HOLE.findall(literal))
    return _ANOTHER.search(holes + " " + _LITERAL.sub(" ", source)) is not None


def _filled(text: str, parts: list[str], *, another: bool) -> str | None:
    pieces: list[str] = []
    at = 0
    for part in parts:
        if (found := text.find(part, at)) < 0:
            return None
        pieces += [_value(text[at:found], another=another), part]
        at = found + len(part)
    return "".join([*pieces, _value(text[at:], another=another)])


def _value(text: str, *, another: bool) -> str:
    short = len(text) <= _LONGEST_VALUE and len(text.split()) <= _MOST_WORDS
    return MASK if text.strip() and short and not another else text
