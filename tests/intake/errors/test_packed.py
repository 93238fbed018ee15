"""What is sent packed is unpacked chunk by chunk, and never more than is taken."""

import gzip
import random
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors.packed import Unpacking, unpacked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN = b'{"message": "no order"}' + random.Random(5).randbytes(70_000) + bytes(100_000)


def raw_deflate(plain: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(plain) + packing.flush()


def quick_brotli(plain: bytes) -> bytes:
    return bytes(brotli.compress(plain, quality=3))


PACKINGS: dict[str, tuple[str | None, Callable[[bytes], bytes]]] = {
    "as it is": (None, bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "x-gzip, in capitals": ("X-GZIP", gzip.compress),
    "deflate in zlib's format": ("deflate", zlib.compress),
    "deflate, raw": ("deflate", raw_deflate),
    "br": ("br", quick_brotli),
    "zstd": ("zstd", zstd.compress),
    "gzip and nothing": ("gzip, identity", gzip.compress),
}
TRULY_PACKED = {
    name: packing for name, packing in PACKINGS.items() if packing[0] not in (None, "identity")
}


@pytest.mark.parametrize("name", PACKINGS)
@pytest.mark.parametrize("step", [3_001, 65_536, 10**9])
def test_what_was_packed_comes_out_whatever_the_chunks(name: str, step: int) -> None:
    encoding, pack = PACKINGS[name]
    body = pack(PLAIN)
    unpacking = Unpacking(encoding)
    for start in range(0, len(body), step):
        unpacking.take(body[start : start + step])

    assert unpacking.whole() == PLAIN


@pytest.mark.parametrize("name", TRULY_PACKED)
def test_single_bytes_are_chunks_too(name: str) -> None:
    encoding, pack = PACKINGS[name]
    unpacking = Unpacking(encoding)
    for byte in pack(b"no order"):
        unpacking.take(bytes([byte]))

    assert unpacking.whole() == b"no order"


@pytest.mark.parametrize("name", PACKINGS)
def test_nothing_is_nothing(name: str) -> None:
    assert unpacked(b"", PACKINGS[name][0]) == b""


@pytest.mark.parametrize("name", TRULY_PACKED)
def test_half_a_body_is_refused(name: str) -> None:
    encoding, pack = PACKINGS[name]
    body = pack(PLAIN)

    with pytest.raises(BadPayload, match="ends in the middle"):
        unpacked(body[: len(body) // 2], encoding)


@pytest.mark.parametrize("name", TRULY_PACKED)
def test_a_bomb_is_refused_as_soon_as_it_is_too_much(name: str) -> None:
    """No more is ever unpacked than the limit, and a piece."""
    encoding, pack = PACKINGS[name]
    body = pack(bytes(300_000_000 if encoding == "zstd" else 10_000_000))
    unpacking = Unpacking(encoding, most=1_000_000)

    with pytest.raises(TooLarge, match="larger than"):
        unpacking.take(body)
    assert unpacking.size <= 1_000_000 + 2 * 65_536


@pytest.mark.parametrize("name", PACKINGS)
def test_exactly_as_much_as_is_taken_is_taken(name: str) -> None:
    encoding, pack = PACKINGS[name]

    assert len(unpacked(pack(bytes(100_000)), encoding, most=100_000)) == 100_000
    with pytest.raises(TooLarge):
        unpacked(pack(bytes(100_001)), encoding, most=100_000)


def test_what_unpacks_to_nothing_and_goes_on_is_refused() -> None:
    """A header of gzip may hold a name of any length."""
    with pytest.raises(TooLarge):
        unpacked(b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 1_000_000, "gzip", most=100_000)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_several_parts_are_one_body_but_not_any_number(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    assert unpacked(pack(b"no ") + pack(b"order"), encoding) == b"no order"
    with pytest.raises(BadPayload, match="more than 100 parts"):
        unpacked(pack(b"") * 101, encoding)


def test_zeros_behind_a_gzip_are_padding_and_anything_else_is_not() -> None:
    assert unpacked(gzip.compress(b"no order") + bytes(512), "gzip") == b"no order"
    with pytest.raises(BadPayload):
        unpacked(gzip.compress(b"no order") + b"more", "gzip")


@pytest.mark.parametrize("pack", [zlib.compress, raw_deflate, quick_brotli])
def test_what_goes_on_behind_its_end_is_refused(pack: Callable[[bytes], bytes]) -> None:
    encoding = "br" if pack is quick_brotli else "deflate"
    with pytest.raises(BadPayload):
        unpacked(pack(b"no order") + b"more", encoding)


@pytest.mark.parametrize("name", TRULY_PACKED)
def test_a_wrong_label_is_told_what_it_looks_like(name: str) -> None:
    with pytest.raises(BadPayload, match="looks like JSON that is not packed"):
        unpacked(b'{"event_id": "9ec79c33ec9942ab8353589fcb2e04dc"}\n', PACKINGS[name][0])


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_what_is_packed_and_does_not_say_so_is_told_how_to(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(BadPayload) as raised:
        unpacked(pack(b"no order"))
    assert raised.value.remedy == f"send the header Content-Encoding: {encoding}"


def test_encodings_in_one_another_and_unknown_ones_are_refused() -> None:
    with pytest.raises(BadPayload, match="names 2 encodings"):
        Unpacking("gzip, br")
    with pytest.raises(BadPayload, match="'compress' is not read"):
        Unpacking("compress")


def test_a_window_that_takes_much_memory_is_refused() -> None:
    """RFC 9659 allows 8 MiB; a frame may ask for gigabytes."""
    packing = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    wide = packing.compress(bytes(10)) + packing.flush()

    with pytest.raises(BadPayload):
        unpacked(wide, "zstd")


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", None]))
def test_no_bytes_raise_anything_else(body: bytes, encoding: str | None) -> None:
    with suppress(BadPayload):
        unpacked(body, encoding, most=10_000)
