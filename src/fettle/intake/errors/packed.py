"""Unpacks what was sent packed: chunk by chunk, and never more than is taken.

Sources: https://www.rfc-editor.org/rfc/rfc9110#section-8.4 (content codings),
https://www.rfc-editor.org/rfc/rfc9659 (the window of zstd).
"""

import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Protocol

import brotli

from fettle.errors import BadPayload, TooLarge
from fettle.model.quantity import Bytes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# An error with what was attached to it: screenshots, logs, a minidump.
MOST = 20 * 1024 * 1024
_PIECE = 64 * 1024
# Each begins a decompressor anew, which costs a thousand times what its few bytes cost to send.
_MOST_MEMBERS = 100
_ZSTD: dict[int, int] = {
    zstd.DecompressionParameter.window_log_max: 23
}  # 8 MiB, as RFC 9659 has it
_BEGINNINGS = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"{", "JSON that is not packed"),
)


class Unpacking:
    """A body on its way in; `encoding` is its Content-Encoding, if it has one."""

    def __init__(self, encoding: str | None = None, *, most: int = MOST) -> None:
        """Begin; raises BadPayload for an encoding that is not read."""
        self._name = _named(encoding)
        self._decoder = _DECODERS[self._name]()
        self._most = most
        self._arrived = 0
        self._head = b""
        self._out = BytesIO()

    def take(self, chunk: bytes) -> None:
        """Take what arrived next; raises BadPayload, and TooLarge as soon as it is too much."""
        self._arrived += len(chunk)
        if self._arrived > self._most + _PIECE:
            raise _too_large(self._most)
        if len(self._head) < 4:
            self._head = (self._head + chunk[:4])[:4]
        for start in range(0, len(chunk), _PIECE):
            self._unpack(chunk[start : start + _PIECE])

    @property
    def size(self) -> int:
        """How much has been unpacked so far."""
        return self._out.tell()

    def begin(self, most: int) -> bytes:
        """Return what it begins with, as far as that has arrived."""
        return bytes(self._out.getbuffer()[:most])

    def whole(self) -> bytes:
        """Return the body, when all of it has arrived; raises BadPayload for half a body."""
        if self._arrived and not self._decoder.ended:
            raise self._bad("ends in the middle")
        if self._name == "identity" and (looks := _looks_like(self._head)) in ("gzip", "zstd"):
            raise BadPayload(
                f"the body looks like {looks}, and nothing says that it is packed",
                remedy=f"send the header Content-Encoding: {looks}",
            )
        return self._out.getvalue()

    def _unpack(self, piece: bytes) -> None:
        try:
            for part in self._decoder.unpack(piece):
                self._out.write(part)
                if self.size > self._most:
                    raise _too_large(self._most)
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise self._bad(f"cannot be unpacked: {error}") from None
        except _Trailing as error:
            raise self._bad(str(error)) from None

    def _bad(self, why: str) -> BadPayload:
        looks = _looks_like(self._head)
        if looks is not None and looks != self._name:
            why = f"{why}; it looks like {looks}"
        return BadPayload(f"the body is sent as {self._name} and {why}")


def unpacked(body: bytes, encoding: str | None = None, *, most: int = MOST) -> bytes:
    """Return a body that is here already; raises BadPayload, and TooLarge."""
    unpacking = Unpacking(encoding, most=most)
    unpacking.take(body)
    return unpacking.whole()


def _named(encoding: str | None) -> str:
    names = [name for one in (encoding or "").split(",") if (name := one.strip().lower())]
    names = [name for name in names if name != "identity"]
    if len(names) > 1:
        raise BadPayload(
            f"Content-Encoding: names {len(names)} encodings, one in the other; one is taken"
        )
    name = _ALSO.get(names[0], names[0]) if names else "identity"
    if name not in _DECODERS:
        raise BadPayload(
            f"Content-Encoding: {name[:40]!r} is not read",
            remedy="send it as gzip, deflate, br or zstd, or as it is",
        )
    return name


def _looks_like(head: bytes) -> str | None:
    return next((name for start, name in _BEGINNINGS if head.startswith(start)), None)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the body is larger than {Bytes(most)} when it is unpacked")


class _Trailing(Exception):
    """Something follows what was packed."""


class _Decoder(Protocol):
    @property
    def ended(self) -> bool:
        """Whether what has arrived is whole."""

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """Yield what these bytes unpack to, in pieces; raises its library's error."""


class _Plain:
    ended = True

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        yield packed


class _Gzip:
    """One or several members, one after the other (RFC 1952)."""

    def __init__(self) -> None:
        self._inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._members = 1

    @property
    def ended(self) -> bool:
        return self._inflating.eof

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._inflating.eof:
                packed = packed.lstrip(b"\0")  # as tapes and tar pad it
                if not packed:
                    return
                self._begin_member()
            yield from _inflated(self._inflating, packed)
            packed = self._inflating.unused_data

    def _begin_member(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise _Trailing(f"is of more than {_MOST_MEMBERS} parts")
        self._inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)


class _Deflate:
    """In zlib's format, as HTTP has it, or raw, as some send it."""

    def __init__(self) -> None:
        self._inflating = zlib.decompressobj()
        self._begun = False
        self._waiting = b""

    @property
    def ended(self) -> bool:
        return self._inflating.eof

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        if self._inflating.eof:
            raise _Trailing("goes on behind its end")
        if not self._begun:
            packed = self._waiting + packed
            if len(packed) < 2:
                self._waiting = packed
                return
            self._begun = True
            if not _is_zlib(packed):
                self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        yield from _inflated(self._inflating, packed)
        if self._inflating.unused_data:
            raise _Trailing("goes on behind its end")


def _is_zlib(packed: bytes) -> bool:
    """Whether the first two bytes are zlib's (RFC 1950, section 2.2)."""
    return packed[0] & 0x0F == 8 and int.from_bytes(packed[:2], "big") % 31 == 0


class _Inflating(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, packed: bytes, most: int, /) -> bytes: ...


def _inflated(inflating: _Inflating, packed: bytes) -> Iterator[bytes]:
    """Yield pieces until the member ends, or nothing is left of what was given."""
    while True:
        piece = inflating.decompress(packed, _PIECE)
        yield piece
        packed = inflating.unconsumed_tail
        if inflating.eof or not (packed or len(piece) == _PIECE):
            return


class _Brotli:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    @property
    def ended(self) -> bool:
        return bool(self._decompressor.is_finished())

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        if self._decompressor.is_finished():
            raise _Trailing("goes on behind its end")
        piece = self._decompressor.process(packed, output_buffer_limit=_PIECE)
        # It may be ready for more, and still have some of this.
        while piece or not self._decompressor.can_accept_more_data():
            yield piece
            if self._decompressor.is_finished():
                return
            piece = self._decompressor.process(b"", output_buffer_limit=_PIECE)


class _Zstd:
    """One or several frames (RFC 8878)."""

    def __init__(self) -> None:
        self._decompressor = zstd.ZstdDecompressor(options=_ZSTD)
        self._frames = 1

    @property
    def ended(self) -> bool:
        return self._decompressor.eof

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._decompressor.eof:
                self._begin_frame()
            yield self._decompressor.decompress(packed, _PIECE)
            while not (self._decompressor.eof or self._decompressor.needs_input):
                yield self._decompressor.decompress(b"", _PIECE)
            packed = self._decompressor.unused_data if self._decompressor.eof else b""

    def _begin_frame(self) -> None:
        self._frames += 1
        if self._frames > _MOST_MEMBERS:
            raise _Trailing(f"is of more than {_MOST_MEMBERS} parts")
        self._decompressor = zstd.ZstdDecompressor(options=_ZSTD)


_ALSO = {"x-gzip": "gzip"}
_DECODERS: dict[str, type[_Plain | _Gzip | _Deflate | _Brotli | _Zstd]] = {
    "identity": _Plain,
    "gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
