"""What npm takes for a range: `^1.2`, `~1.2.3`, `1.x`, `1.2 - 2.3`, `>=1 <3 || 5`.

Each short form is written out as comparisons, step by step as npm's library does it: what it
takes, however odd, is what packages on its registry ask for.
"""

import re
from collections.abc import Iterator

# What JavaScript calls space.
SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_NUMBER = r"(?:0|[1-9][0-9]*)"
_PART = r"(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|0|[1-9][0-9]*)"
_PRERELEASE = rf"-({_PART}(?:\.{_PART})*)"
_BUILD = r"\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
VERSION = rf"v?({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:{_PRERELEASE})?(?:{_BUILD})?"

_ANY_NUMBER = rf"({_NUMBER}|[xX*])"
_PARTIAL = (
    rf"[v= ]*{_ANY_NUMBER}(?:\.{_ANY_NUMBER}(?:\.{_ANY_NUMBER}(?:{_PRERELEASE})?(?:{_BUILD})?)?)?"
)
# What a comparison is of before it is written out: a pre-release may lack its hyphen here.
_LOOSE_PART = r"(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|[0-9]+)"
_LOOSE = (
    rf"[v= ]*[0-9]+\.[0-9]+\.[0-9]+(?:-?{_LOOSE_PART}(?:\.{_LOOSE_PART})*)?(?:{_BUILD})?"
    rf"|{_PARTIAL}"
)
_BUILDS = re.compile(_BUILD)
_SPACES = re.compile(f"[{SPACE}]+")
_HYPHEN = re.compile(rf" ?({_PARTIAL}) - ({_PARTIAL}) ?")
_TRIMS = (
    (re.compile(rf"( ?)([<>]?=?) ?({_LOOSE})"), r"\1\2\3"),
    (re.compile(r"~>? "), "~"),
    (re.compile(r"\^ "), "^"),
)
_CARET = re.compile(rf"\^{_PARTIAL}")
_TILDE = re.compile(rf"~>?{_PARTIAL}")
_COMPARED = re.compile(rf"([<>]?=?) ?{_PARTIAL}")
_STAR = re.compile(r"[<>]?=? ?\*")
_FROM_ZERO = re.compile(r" *>= *0\.0\.0 *")
_COMPARISON = re.compile(rf"([<>]?=?) ?({VERSION})")
_NOTHING = "<0.0.0-0"

Comparison = tuple[str, str]
_Partial = tuple[str | None, str | None, str | None, str | None]


def alternatives(text: str) -> Iterator[tuple[Comparison, ...] | None]:
    """Yield the alternatives of a range, as comparisons (operator, version).

    None is what npm does not take; no comparison at all holds for every version.
    """
    for part in _SPACES.sub(" ", text.strip(SPACE)).split("||"):
        yield _comparisons(part.strip(" "))


def _comparisons(part: str) -> tuple[Comparison, ...] | None:
    part = _BUILDS.sub("", part)
    if between := _HYPHEN.fullmatch(part):
        part = _between(between)
    for trim, by in _TRIMS:
        part = trim.sub(by, part)
    found: list[Comparison] = []
    for word in " ".join(map(_written_out, part.split(" "))).split(" "):
        if not word or _FROM_ZERO.fullmatch(word):
            continue
        match = _COMPARISON.fullmatch(word)
        if match is None:
            return None
        found.append((match[1], match[2]))
    return tuple(found)


def _written_out(word: str) -> str:
    """Return the comparisons that a word without spaces stands for."""
    if match := _CARET.fullmatch(word):
        word = _caret(_partial(match, 1))
    if match := _TILDE.fullmatch(word):
        word = _tilde(_partial(match, 1))
    words = [
        _x_range(one, match) if (match := _COMPARED.fullmatch(one)) else one
        for one in word.split(" ")
    ]
    return _STAR.sub("", " ".join(words), count=1).strip(" ")


def _partial(match: re.Match[str], first: int) -> _Partial:
    """Return three numbers, None for any, and a pre-release."""
    major, minor, patch = (_known(match[first + place]) for place in range(3))
    return major, minor, patch, match[first + 3]


def _known(number: str | None) -> str | None:
    return None if number is None or number in "xX*" else number


def _up(number: str) -> str:
    """Return the next number; what no computer counts is left as it is, and is refused later."""
    return str(int(number) + 1) if len(number) <= 17 else number


def _between(match: re.Match[str]) -> str:
    """`1.2 - 3.4`: from the first until before what comes after the second."""
    begin = _partial(match, 2)
    match begin:
        case (None, _, _, _):
            begins = ""
        case (major, None, _, _):
            begins = f">={major}.0.0"
        case (major, minor, None, _):
            begins = f">={major}.{minor}.0"
        case _:
            begins = f">={match[1]}"
    match _partial(match, 7):
        case (None, _, _, _):
            ends = ""
        case (str(major), None, _, _):
            ends = f"<{_up(major)}.0.0-0"
        case (str(major), str(minor), None, _):
            ends = f"<{major}.{_up(minor)}.0-0"
        case (major, minor, patch, str(behind)):
            ends = f"<={major}.{minor}.{patch}-{behind}"
        case _:
            ends = f"<={match[6]}"
    return f"{begins} {ends}".strip(" ")


def _caret(partial: _Partial) -> str:
    """`^1.2.3`: whatever keeps the first number that is not zero."""
    match partial:
        case (None, _, _, _):
            return ""
        case (str(major), None, _, _):
            return f">={major}.0.0 <{_up(major)}.0.0-0"
        case ("0", str(minor), None, _):
            return f">=0.{minor}.0 <0.{_up(minor)}.0-0"
        case (str(major), minor, None, _):
            return f">={major}.{minor}.0 <{_up(major)}.0.0-0"
        case (major, minor, patch, behind):
            begins = f">={major}.{minor}.{patch}" + (f"-{behind}" if behind else "")
            return f"{begins} <{_next_first(major or '0', minor or '0', patch or '0')}"


def _next_first(major: str, minor: str, patch: str) -> str:
    """Return the version that changes the first number that is not zero."""
    if major != "0":
        return f"{_up(major)}.0.0-0"
    return f"0.{_up(minor)}.0-0" if minor != "0" else f"0.0.{_up(patch)}-0"


def _tilde(partial: _Partial) -> str:
    """`~1.2.3`: whatever keeps the second number, or the first where there is no second."""
    match partial:
        case (str(major), None, _, _):
            return f">={major}.0.0 <{_up(major)}.0.0-0"
        case (str(major), str(minor), patch, behind):
            begins = f">={major}.{minor}.{patch or 0}"
            begins += f"-{behind}" if patch and behind else ""
            return f"{begins} <{major}.{_up(minor)}.0-0"
    return ""


def _x_range(word: str, match: re.Match[str]) -> str:
    """`1.2`, `1.x`, `>1`: any number stands for all of its place."""
    sign, (major, minor, patch, _) = match[1], _partial(match, 2)
    if (not major and minor) or (not minor and patch) or (major and minor and patch):
        return word  # whole already, or with a number behind what is any
    sign = "" if sign == "=" else sign
    if not major:
        return _NOTHING if sign in ("<", ">") else "*"
    if not sign:
        ends = f"{major}.{_up(minor)}.0-0" if minor else f"{_up(major)}.0.0-0"
        return f">={major}.{minor or 0}.0 <{ends}"
    if sign in (">", "<="):
        sign = ">=" if sign == ">" else "<"
        major, minor = (major, _up(minor)) if minor else (_up(major), "0")
    return f"{sign}{major}.{minor or 0}.0" + ("-0" if sign == "<" else "")
