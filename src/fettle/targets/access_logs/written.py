"""Formats as a web server's configuration writes them: nginx's log_format, Apache's LogFormat."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fettle.errors import BadSettings
from fettle.targets.access_logs.formats import Text

_NGINX = re.compile(r"\$\{?(\w+)\}?")
_APACHE = re.compile(r"%[<>!,\d]*(?:\{([^}]*)\})?(\^?[a-zA-Z]{1,3}|%)")
_COMMON_TIME = r"[^\]\"\n]{20,32}"
_REQUEST = r"[A-Z]+ [^\s\"?\n]*[^\"\n]*|[^\"\n]*"
_NUMBER = r"[\d.]+|-"


@dataclass(frozen=True)
class _Meaning:
    """What a variable stands for: a part of a row, how it is spelt, and its parts of a second."""

    part: str
    pattern: str
    parts: float = 1.0


_VARIABLES = {
    "time_local": _Meaning("when", _COMMON_TIME),
    "time_iso8601": _Meaning("when", r"[\dT:+Z-]{20,32}"),
    "msec": _Meaning("when", r"[\d.]+"),
    "request": _Meaning("request", _REQUEST),
    "request_method": _Meaning("method", r"[A-Z]+"),
    "request_uri": _Meaning("target", r"[^\s\"\n]*"),
    "uri": _Meaning("target", r"[^\s\"\n]*"),
    "status": _Meaning("status", r"\d{3}"),
    "request_time": _Meaning("took", _NUMBER),
}
_DIRECTIVES = {
    "t": _Meaning("when", r"\[[^\]\n]{20,32}\]"),
    "r": _Meaning("request", _REQUEST),
    "m": _Meaning("method", r"[A-Z]+"),
    "U": _Meaning("target", r"[^\s\"\n]*"),
    "s": _Meaning("status", r"\d{3}"),
    "D": _Meaning("took", _NUMBER, 1e6),
    "T": _Meaning("took", _NUMBER),
    "{ms}T": _Meaning("took", _NUMBER, 1e3),
    "{us}T": _Meaning("took", _NUMBER, 1e6),
}


@dataclass(frozen=True)
class _Piece:
    """A variable with its meaning, and what stands between it and the next."""

    meaning: _Meaning | None
    after: str


@dataclass(frozen=True)
class _Written(Text):
    """A format that was told; its expression's groups have names."""

    def rows(self, block: bytes) -> list[tuple[object, object, object, object]]:
        """See formats.Format.rows."""
        return [_row(match) for match in self.fast.finditer(block)]

    def row(self, line: bytes) -> tuple[object, object, object, object] | None:
        """See formats.Format.row."""
        match = self.patient.match(line)
        return None if match is None else _row(match)


def _row(match: "re.Match[bytes]") -> tuple[object, object, object, object]:
    told = match.groupdict(b"")
    if "request" in told:
        request = b" ".join(told["request"].split(b" ")[:2])
    else:
        request = told["method"] + b" " + told["target"]
    took = told.get("took", b"")
    when = told["when"].strip(b"[]")
    return when, request.partition(b"?")[0], told["status"], b"" if took == b"-" else took


def written(text: str) -> Text:
    """Return the format that a configuration's text means.

    Raises BadSettings where it leaves out what is needed: the time, the status and the request.
    """
    start, pieces = _pieces(text)
    parts, seen, durations = [f"^{re.escape(start)}"], set(), 1.0
    for piece in pieces:
        meaning = piece.meaning
        if meaning is not None and meaning.part not in seen:
            seen.add(meaning.part)
            durations = meaning.parts if meaning.part == "took" else durations
            parts.append(f"(?P<{meaning.part}>{meaning.pattern})")
        else:
            parts.append(_anything(piece.after))
        parts.append(re.escape(piece.after))
    _refuse_short({"when", "status"} - seen, seen)
    expression = re.compile("".join((*parts, "$")).encode(), re.MULTILINE)
    return _Written("the format that is set", expression, expression, durations, "took" in seen)


def _refuse_short(missing: set[str], seen: set[str]) -> None:
    if not missing and ("request" in seen or {"method", "target"} <= seen):
        return
    raise BadSettings(
        "an access log's format needs a time, a status and a request",
        remedy='copy it from the web server, like \'$remote_addr - [$time_local] "$request" '
        "$status $request_time' or '%h %l %u %t \"%r\" %>s %b %D'",
    )


def _anything(after: str) -> str:
    """Return what matches any value in front of that text."""
    return f"[^{re.escape(after[0])}\\n]*" if after else r"[^\n]*"


def _pieces(text: str) -> tuple[str, list[_Piece]]:
    """Return the text before the first variable, and the variables."""
    found = list(_found(text))
    if not found:
        return text, []
    ends = [start for start, _, _ in found[1:]] + [len(text)]
    pieces = [
        _Piece(meaning, text[end:until])
        for (_, end, meaning), until in zip(found, ends, strict=True)
    ]
    return text[: found[0][0]], pieces


def _found(text: str) -> Iterator[tuple[int, int, _Meaning | None]]:
    if "$" in text:
        for match in _NGINX.finditer(text):
            yield match.start(), match.end(), _VARIABLES.get(match[1])
        return
    for match in _APACHE.finditer(text):
        name = f"{{{match[1]}}}{match[2]}" if match[1] else match[2]
        yield match.start(), match.end(), _DIRECTIVES.get(name)
