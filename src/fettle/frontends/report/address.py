"""Addresses from outside, as standards for documents take them."""

import re
from urllib.parse import quote

_PLAIN = r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_ADDRESS = re.compile(
    rf"https?://[\w.~-]+(?::[0-9]+)?(?:/{_PLAIN})?(?:\?(?:{_PLAIN}|\?)*)?(?:\#(?:{_PLAIN}|\?)*)?",
    re.ASCII,
)


def address(url: str) -> str | None:
    """Return an address with what is odd escaped, and None where that makes none of it.

    Source: RFC 3986, and RFC 3987 for what is not ASCII.
    """
    escaped = quote(url, safe="/:?#@!$&'()*+,;=%~", errors="replace")
    return escaped if _ADDRESS.fullmatch(escaped) else None
