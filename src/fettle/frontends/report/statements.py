"""Find in a sentence what a person would copy: SQL statements and command lines.

Checks recommend in sentences like `Drop it: DROP INDEX CONCURRENTLY shop.orders_note_idx;`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["prose", "sql", "shell"]

_VERBS = (
    "ALTER|ANALYZE|BEGIN|CALL|CHECKPOINT|CLUSTER|COMMENT|COMMIT|CREATE|DELETE|DROP|EXPLAIN|GRANT"
    "|INSERT|LOCK|REFRESH|REINDEX|RESET|REVOKE|ROLLBACK|SELECT|SET|SHOW|UPDATE|VACUUM|WITH"
)
# A statement begins the text, a line, or follows the colon (or the full stop) of a sentence.
_START = re.compile(
    rf"(?:(?<=^)|(?<=[:.,;)—] )|(?<=\n))(?:(?:{_VERBS})(?=[\s(;])|(?:fettle|pg_repack) (?=[a-z-]))"
)
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(?P<dollar>\$\w*\$)|--[^\n]*|(?P<end>;(?:[ ]*--[^\n]*)?)|.""",
    re.DOTALL,
)
# Without a semicolon only what is a statement beyond doubt, to the end of its line.
_UNENDED = re.compile(r"(?:GRANT|ALTER|CREATE|REVOKE|DROP) ")


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: prose, or what can be copied."""

    kind: Kind
    text: str


def parts(text: str) -> Iterator[Part]:
    """Yield the pieces of a sentence in order."""
    told = 0
    while start := _START.search(text, told):
        shell = start[0].endswith(("fettle ", "pg_repack "))
        end = _line_end(text, start.start()) if shell else _end(text, start.start())
        if end is None:
            break
        yield from _prose(text[told : start.start()])
        yield Part("shell" if shell else "sql", text[start.start() : end].strip())
        told = end
    yield from _prose(text[told:])


def _end(text: str, start: int) -> int | None:
    """Return where a statement ends: behind the semicolon that nothing quotes, and its comment."""
    position = start
    while token := _TOKEN.match(text, position):
        if token["end"]:
            return token.end()
        closing = text.find(token["dollar"], token.end()) if token["dollar"] else -1
        position = token.end() if closing < 0 else closing + len(token["dollar"])
    return _line_end(text, start) if _UNENDED.match(text, start) else None


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _prose(text: str) -> Iterator[Part]:
    stripped = text.strip().lstrip(",;").strip()
    if stripped not in ("", "."):
        yield Part("prose", stripped)
