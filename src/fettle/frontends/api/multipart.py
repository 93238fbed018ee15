"""The files of a form that was sent as multipart/form-data, from a body that is here already.

Source: https://www.rfc-editor.org/rfc/rfc7578
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fettle.errors import BadPayload

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name="([^"]{0,200})"', re.IGNORECASE)
_FILE = re.compile(rb'[;\s]filename="([^"]{0,200})"', re.IGNORECASE)
_LARGEST_HEAD = 4096
_MOST_PARTS = 1000


@dataclass(frozen=True)
class Part:
    """A file of a form: the field that it is sent in, its name, and what is in it."""

    field: str
    file: str
    body: bytes


def parts(body: bytes, content_type: str) -> Iterator[Part]:
    """Yield the files of a form; raises BadPayload for what is none."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or found is None:
        raise BadPayload("it is no form of files: multipart/form-data with a boundary")
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    between = body.split(mark)
    if len(between) < 2 or not between[-1].startswith(b"--"):
        raise BadPayload("the form ends before its last boundary")
    if len(between) > _MOST_PARTS:
        raise BadPayload(f"the form has more than {_MOST_PARTS} parts")
    for one in between[1:-1]:
        yield _part(one)


def _part(given: bytes) -> Part:
    head, mark, body = given.partition(b"\r\n\r\n")
    name, file = _NAME.search(head), _FILE.search(head)
    if not mark or len(head) > _LARGEST_HEAD or not body.endswith(b"\r\n") or name is None:
        raise BadPayload("a part of the form has no name, or no end")
    named = file[1] if file is not None else b""
    return Part(name[1].decode("latin-1"), named.decode("latin-1"), body[:-2])
