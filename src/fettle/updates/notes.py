"""What of a changelog is about an update: the sections of the versions that it brings, pure.

A changelog is prose: Markdown or reStructuredText, the newest version first or last, its headings
as their author likes them (`## [1.2.3] - 2026-01-01`, `v1.2.3 / 2026-01-01` with a line below).
Where no heading names a version that the update brings, nothing is told rather than something else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.errors import UnreadableVersion
from fettle.model.update import Ecosystem
from fettle.updates.versions import Versions, versions_of

LONGEST = 6_000
_MOST_LINES = 20_000
_LONGEST_HEADING = 160
_HASHES = re.compile(r"(#{1,6})\s+(\S.*)")
_UNDERLINE = re.compile(r"([=\-~^\"'*+#.:_`])\1{2,}\s*")
_WORD = re.compile(r"[^\s\[\]()<>,;:*`@=]+")
_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4}")
_NUMBERED = re.compile(r"v?\d+(?:\.\d+)+\S*", re.IGNORECASE)
_ALONE = re.compile(r"(?:version|release|v)?\.?\s*(\d+)", re.IGNORECASE)

_DEBIAN = re.compile(r"\S+ \((?P<version>\S+)\) .*;")


@dataclass(frozen=True)
class _Heading:
    """A line that heads what follows: at which line it is, how deep, and which version it names."""

    line: int
    depth: int
    version: str | None


def notes_between(text: str, ecosystem: Ecosystem, current: str, offered: str) -> str:
    """Return the sections of the versions after the one in use, up to the one on offer.

    They stay in the order of the changelog; what is too long is cut at the end of a line, and says
    so. Empty where no section is about such a version.
    """
    lines = text.splitlines()[:_MOST_LINES]
    rules = versions_of(ecosystem)
    headings = list(_headings(lines, rules))
    parts = []
    for place, one in enumerate(headings):
        if one.version is not None and _is_between(rules, one.version, current, offered):
            parts.append("\n".join(lines[one.line : _end(headings, place, len(lines))]).strip())
    return _cut("\n\n".join(parts))


def machine_notes_between(text: str, current: str, offered: str) -> str:
    """Return of a Debian package's changelog what `notes_between` returns of others.

    Format: deb-changelog(5), the newest version first.
    """
    rules = versions_of(Ecosystem.DEB)
    parts: list[list[str]] = []
    taken = False
    for line in text.splitlines()[:_MOST_LINES]:
        if (found := _DEBIAN.match(line)) is not None:
            taken = _is_between(rules, found["version"], current, offered)
            if taken:
                parts.append([])
        if taken:
            parts[-1].append(line)
    return _cut("\n\n".join("\n".join(part).strip() for part in parts))


def _headings(lines: Sequence[str], rules: Versions) -> Iterator[_Heading]:
    """Yield the headings; how deep those with a line below are is told by which came first."""
    kinds: list[str] = []
    for number, line in enumerate(lines):
        if len(line) > _LONGEST_HEADING:
            continue
        if (found := _HASHES.fullmatch(line.rstrip())) is not None:
            yield _Heading(number, len(found[1]), _version_in(found[2], rules))
        elif _is_underlined(lines, number):
            kind = lines[number + 1][0]
            if kind not in kinds:
                kinds.append(kind)
            yield _Heading(number, kinds.index(kind) + 1, _version_in(line, rules))


def _is_underlined(lines: Sequence[str], number: int) -> bool:
    if number + 1 >= len(lines) or not (title := lines[number].strip()):
        return False
    under = lines[number + 1].rstrip()
    whole = _UNDERLINE.fullmatch(under) is not None and _UNDERLINE.fullmatch(title) is None
    return whole and len(under) >= min(len(title), 3)


def _version_in(heading: str, rules: Versions) -> str | None:
    """Return the version that a heading names: a number with a dot in it, or nothing else."""
    alone = _ALONE.fullmatch(heading.strip())
    words = [alone[1]] if alone else _numbers_in(heading)
    return next((word for word in words if rules.is_readable(word)), None)


def _numbers_in(heading: str) -> list[str]:
    plain = _DATE.sub(" ", heading)
    words = (word.strip(".-_\"'") for word in _WORD.findall(plain))
    return [word.lstrip("vV") for word in words if _NUMBERED.fullmatch(word)]


def _is_between(rules: Versions, version: str, current: str, offered: str) -> bool:
    try:
        return rules.order(current, version) < 0 and rules.order(version, offered) <= 0
    except UnreadableVersion:
        return False


def _end(headings: Sequence[_Heading], place: int, last: int) -> int:
    """Return where a section ends: at the next version, or at a heading as high as its own."""
    one = headings[place]
    later = (each for each in headings[place + 1 :])
    return next(
        (each.line for each in later if each.version is not None or each.depth <= one.depth), last
    )


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    whole = text[:LONGEST].rpartition("\n")[0] or text[:LONGEST]
    return f"{whole.rstrip()}\n… (it goes on)"
