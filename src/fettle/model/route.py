"""Paths without what stands for one thing only: ids, tokens, people's addresses."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_DEEPEST = 12  # parts of a path; nobody's routes are deeper
_LONGEST = 120
_HOSTILE = 500  # characters; what is longer is not gone through any further

_ID = re.compile(
    r"""
    [+-]?\d+(?:[.,_-]\d+)*                               # 42, 2026-11-20, 1.2.3
    | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | (?=[a-f-]*\d)[0-9a-f-]{8,}                         # a hash
    | (?=[^\d]*\d)(?=[^a-zA-Z]*[a-zA-Z])[\w.~-]{20,}     # a token
    | (?=\D*\d)[0-7][0-9A-HJKMNP-TV-Z]{25}               # a ULID
    | [a-z]{1,6}_(?=[A-Za-z]*\d)[A-Za-z0-9]{8,}          # cus_9s6XKzkNRiz8i3
    | [^@\s/]+(?:@|%40)[^@\s/]+\.\w+                     # an address
    | [^/]*%[0-9A-Fa-f]{2}[^/]*                          # words in any script
    """,
    re.VERBOSE | re.IGNORECASE,
)
# app.4f3a2b1c.css, main-5d41402a.js: the version of a file is no route
_VERSIONED = re.compile(r"([\w.-]*?)[.-](?=[a-z]*\d)[0-9a-z_]{8,}(\.\w{1,8})", re.IGNORECASE)


def path_of(target: str) -> str:
    """Return the path of what was asked for: without a query, and without the host of a proxy."""
    path = re.split(r"[?#;]", target, maxsplit=1)[0]
    if "://" in path[:10]:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path


def masked(part: str) -> str:
    """Return a part of a path, `{id}` where it is what differs from one visitor to the next."""
    if part.isalpha():  # no id is without digits or signs
        return part
    if match := _VERSIONED.fullmatch(part):
        return f"{match[1]}.{{id}}{match[2]}"
    return "{id}" if _ID.fullmatch(part) else part


def page_of(target: str, patterns: Sequence[str]) -> str:
    """Return what a page is called by its address: the first pattern that fits, else its route.

    `/orders/17?from=mail` → `/orders/{id}`, or `/orders/*` where that is a pattern.
    """
    path = path_of(target[:_HOSTILE])
    for pattern in patterns:
        if fnmatchcase(path, pattern):
            return pattern
    parts = path.strip("/").split("/", _DEEPEST)[:_DEEPEST]
    return ("/" + "/".join(masked(part) for part in parts))[:_LONGEST]
