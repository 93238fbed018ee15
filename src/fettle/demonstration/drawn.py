"""The shop's page as a picture: blocks where words and images would be, drawn without a library."""

import struct
import zlib
from collections.abc import Iterator

# How much of it has come.
NOTHING, TEXT, PARTS, MOST, ALL = range(5)

_Colour = tuple[int, int, int]
_Block = tuple[float, float, float, float, _Colour]  # left, top, wide and high, as parts of a width

_PAPER: _Colour = (252, 250, 246)
_HEAD: _Colour = (29, 74, 56)
_WORDS: _Colour = (196, 190, 180)
_HERO: _Colour = (158, 98, 62)
_CUP: _Colour = (236, 222, 200)
_TEAS: tuple[_Colour, ...] = ((108, 142, 84), (176, 72, 60), (206, 160, 82), (92, 88, 120))


def page(width: int, height: int, much: int) -> bytes:
    """Return the page as a PNG, as far as it has come."""
    rows = [bytearray(bytes(_PAPER) * width) for _ in range(height)]
    for left, top, wide, high, colour in _blocks(much):
        begin, end = round(left * width), round((left + wide) * width)
        line = bytes(colour) * max(0, end - begin)
        for row in rows[round(top * width) : round((top + high) * width)]:
            row[begin * 3 : end * 3] = line
    return _png(width, height, b"".join(b"\0" + row for row in rows))


def _blocks(much: int) -> Iterator[_Block]:
    if much >= TEXT:
        yield 0, 0, 1, 0.12, _HEAD
        for line in range(3):
            yield 0.06, 0.86 + line * 0.05, 0.8 - 0.14 * line, 0.025, _WORDS
    if much >= PARTS:
        depth = {PARTS: 0.18, MOST: 0.4}.get(much, 0.62)
        yield 0, 0.16, 1, depth, _HERO
        if much >= ALL:
            yield 0.36, 0.3, 0.28, 0.3, _CUP
    teas = {PARTS: 1, MOST: 3}.get(much, 4 if much >= ALL else 0)
    for place, colour in enumerate(_TEAS[:teas]):
        yield 0.06 + 0.47 * (place % 2), 1.08 + 0.5 * (place // 2), 0.41, 0.36, colour
    if much >= TEXT:
        for place in range(4):
            yield 0.06 + 0.47 * (place % 2), 1.46 + 0.5 * (place // 2), 0.3, 0.025, _WORDS


def _png(width: int, height: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
