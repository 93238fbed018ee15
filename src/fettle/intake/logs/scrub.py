"""Takes out of a line what looks like a secret, before any of it is kept.

It knows shapes, not meanings. Every part of a pattern is bounded, and lines are: a hostile one
takes as long as it is long.
"""

import re

_NAMED = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|authorization|credentials?|session(?:[-_]?id)?|cookie"
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://[^\s/@:\"']{0,100}:)[^\s\"'<>@]{1,200}@"), r"\1…@"),
    (re.compile(r"(?i)\b(bearer|basic)\s{1,5}[\w.~+/=-]{8,4000}"), r"\1 …"),
    (
        re.compile(
            rf"(?i)((?:{_NAMED})[\"']?\s{{0,3}}[:=]\s{{0,3}})"
            r"(\"[^\"]{0,500}\"?|'[^']{0,500}'?|(?!(?:bearer|basic)\s)[^\s\"',;&]{1,500})"
        ),
        r"\1…",
    ),
    (re.compile(r"\beyJ[\w-]{5,2000}\.[\w-]{5,4000}(?:\.[\w-]{0,2000})?"), "…"),
    (
        re.compile(
            r"\b(?:fettle_[a-z]|sk|pk|rk|whsec|gh[opsu]|github_pat|glpat|xox[abprs]|AKIA|ASIA|AIza"
            r"|npm|pypi)[-_][\w-]{12,500}|\b(?:AKIA|ASIA)[A-Z0-9]{12,20}\b"
        ),
        "…",
    ),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "…@…"),
    (re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])"), "…"),
)
# What none of the shapes is without; most lines have nothing of it.
_MAY = re.compile(
    rf"(?i)@|{_NAMED}|bearer|basic\s|eyJ|fettle_|[sprw][kh][-_]|whsec|gh[opsu][-_]|github_pat|glpat"
    r"|xox|AKIA|ASIA|AIza|npm|pypi|\d(?:[ -]?\d){12}"
)


def scrubbed(line: str) -> str:
    """Return a line without what looks like a secret, or like a person's address."""
    if not _MAY.search(line):
        return line
    for shape, instead in _SHAPES:
        line = shape.sub(instead, line)
    return line
