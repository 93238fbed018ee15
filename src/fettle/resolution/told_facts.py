"""The facts that stand in the text of an error: codes that drivers and systems write into it."""

import re
from collections.abc import Iterator

from fettle.model.known_error import ErrorFacts

READ_AT_MOST = 8_000
# Blanks are bounded: what tries them all in several places of one pattern takes minutes.

_SQLSTATE = re.compile(
    r"(?:sql_?state|pgcode|code|error|errorcode)[\"']?\s{0,3}[:=(\[]?\s{0,3}[\"'(\[]?([0-9A-Z]{5})\b"
    r"|\((?:sqlstate:? )?([0-9A-Z]{5})\)",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?:http/[\d.]+\"?|https?|status(?:[ _-]?code)?|statuscode|response|code|returned|answered|"
    r"responded with|received|got|error)[\"']?\s{0,3}(?:code|status)?\s{0,3}[:=]?\s{0,3}[\"'(]?"
    r"([1-5]\d\d)\b(?![.\d])"
    r"|^\W{0,20}([45]\d\d)(?= [A-Za-z{-]|:|$)",
    re.IGNORECASE | re.MULTILINE,
)
# A small number is a system's only where that is said; larger ones are databases'.
_NUMBER = re.compile(
    r"(?:errno|os error)[\"']?\s{0,3}[:=]?\s{0,3}[\"'(\[]?(\d{1,5})\b"
    r"|\((\d{1,3}): [A-Z]"
    r"|(?:error code|error|errcode|number|msg)[\"']?\s{0,3}[:=]?\s{0,3}[\"'(\[]?(\d{3,5})\b"
    r"|(?<=: )([13]\d{3}) (?-i:(?=[A-Z][a-z]))",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b(E[A-Z]{3,}(?:_[A-Z]+)*|[A-Z]{2,}(?:_[A-Z0-9]+)+|P[12]\d{3}|PGRST\d{3})\b")


def facts_in(text: str) -> Iterator[ErrorFacts]:
    """Yield each fact that a text tells; one of a kind that stands in several places once each."""
    text = text[:READ_AT_MOST]
    for match in _SQLSTATE.finditer(text):
        state = (match[1] or match[2]).upper()
        if any(letter.isdigit() for letter in state):
            yield ErrorFacts(sqlstate=state)
    for match in _STATUS.finditer(text):
        yield ErrorFacts(status=int(match[1] or match[2]))
    for match in _NUMBER.finditer(text):
        yield ErrorFacts(errno=next(filter(None, match.groups())))
    for match in _NAME.finditer(text):
        yield ErrorFacts(errno=match[1])
