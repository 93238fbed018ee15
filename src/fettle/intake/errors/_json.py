"""Reading JSON that anybody may have written: quick, no deeper than 200, and fit to be stored.

Of a name that stands twice in an object the last counts. PostgreSQL can store neither NUL nor half
a surrogate pair in a text; each becomes the character that stands for what cannot be written.
"""

import re
from typing import Any

from pydantic_core import from_json

from fettle.errors import BadPayload, TooLarge
from fettle.model.quantity import Bytes

# As Sentry has it. Small parts take up to thirty times their size in memory.
MOST = 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SAID_CUT = 90
# Escapes of NUL and of halves of pairs, one after the other; a backslash that is itself escaped
# begins none. Of these, whole pairs; in the group, several at once, what cannot be stored.
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_DOUBTFUL = re.compile(rb"(?<!\\)((?:\\\\)*+)((?:\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))++)")
_PARTS = re.compile(
    rb"(?:%b%b)++|((?:\\u0000)++|(?:%b(?!%b))++|(?:%b)++)" % (_HIGH, _LOW, _HIGH, _LOW, _LOW)
)
_LENGTH = len(rb"\u0000")


def document(body: bytes, what: str, *, most: int = MOST) -> Any:  # noqa: ANN401 - JSON
    """Return what a text in JSON says; raises BadPayload and TooLarge, which name `what` it is."""
    if len(body) > most:
        raise TooLarge(f"{what}: is larger than {Bytes(most)}")
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if b"\\u0000" in body:
        body = _storable(body)
    try:
        return from_json(body)
    except ValueError as error:
        first = error
    mended = _storable(body) if b"\\u" in body else body
    if mended == body:
        raise _refused(what, body, first) from None
    try:
        return from_json(mended)
    except ValueError as error:
        raise _refused(what, body, error) from None


def an_object(body: bytes, what: str, *, most: int = MOST) -> dict[str, Any]:
    """Return the object that a text in JSON is; raises BadPayload."""
    found = document(body, what, most=most)
    if not isinstance(found, dict):
        raise BadPayload(f"{what}: is {kind_of(found)}, and no object")
    return found


def kind_of(value: object) -> str:
    """Return what a value of JSON is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


def _storable(body: bytes) -> bytes:
    return _DOUBTFUL.sub(lambda run: run[1] + _PARTS.sub(_stored, run[2]), body)


def _stored(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" * (len(escape[1]) // _LENGTH) if escape[1] else escape[0]


def _refused(what: str, body: bytes, error: ValueError) -> BadPayload:
    said = str(error)
    if not body.strip():
        return BadPayload(f"{what}: is empty")
    if "recursion limit" in said:
        return BadPayload(f"{what}: is JSON nested too deep")
    if "unicode code point" in said:
        return BadPayload(f"{what}: is not JSON: it is no text in UTF-8")
    return BadPayload(f"{what}: is not JSON: {said[:_SAID_CUT]}")
