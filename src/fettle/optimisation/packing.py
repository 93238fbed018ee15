"""Texts packed as well as can be, for files that are packed once and sent often."""

import gzip
import sys

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXTS = (
    ".html", ".htm", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".txt", ".map",
    ".webmanifest", ".wasm", ".ttf", ".otf", ".ico",
)  # fmt: skip
# How each is called in Accept-Encoding; browsers know all three, and like Brotli best.
ENDINGS = {".br": "br", ".zst": "zstd", ".gz": "gzip"}
_ENOUGH = 0.9
_LEVEL = 19  # of Zstandard; above it browsers may lack the window


def packed(content: bytes, ending: str) -> bytes | None:
    """Return a file packed as its ending says; None where that is not worth a request."""
    smaller = packed_always(content, ending)
    return smaller if len(smaller) <= len(content) * _ENOUGH else None


def packed_always(content: bytes, ending: str) -> bytes:
    """Return a file packed as its ending says, the same each time."""
    if ending == ".br":
        done: bytes = brotli.compress(content, quality=11)
        return done
    if ending == ".zst":
        return zstd.compress(content, level=_LEVEL)
    return gzip.compress(content, 9, mtime=0)
