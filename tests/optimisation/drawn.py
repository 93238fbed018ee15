"""Images made by code: the good, the odd and the broken ones."""

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.uint8]


def photograph(width: int = 160, height: int = 120, *, grain: float = 4.0, seed: int = 1) -> Pixels:
    """Draw something that packs like a photograph: soft shapes and some grain."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    shapes = (
        128 + 100 * np.sin(x / 17 + y / 40),
        128 + 90 * np.cos(y / 13 + seed),
        128 + 60 * np.sin((x * y) / 2000),
    )
    noisy = np.stack(shapes, 2) + chance.normal(0, grain, (height, width, 1))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def packed(pixels: Pixels, form: str, **how: object) -> bytes:
    """Return an image as a file."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, form, **how)
    return written.getvalue()


def jpeg(pixels: Pixels | None = None, quality: int = 95) -> bytes:
    """Return a JPEG that can be made smaller."""
    return packed(photograph() if pixels is None else pixels, "JPEG", quality=quality)


def png(pixels: Pixels | None = None) -> bytes:
    """Return a PNG that can be made smaller."""
    return packed(photograph() if pixels is None else pixels, "PNG", compress_level=1)


def see_through() -> bytes:
    """Return a PNG that something shows through."""
    pixels = photograph()
    alpha = np.linspace(0, 255, pixels.shape[1], dtype=np.uint8)
    whole = np.dstack([pixels, np.broadcast_to(alpha, pixels.shape[:2])])
    return packed(whole, "PNG", compress_level=1)


def cmyk() -> bytes:
    """Return a JPEG for a printer."""
    written = io.BytesIO()
    Image.fromarray(photograph()).convert("CMYK").save(written, "JPEG")
    return written.getvalue()


def profiled() -> bytes:
    """Return a JPEG with a colour profile."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return packed(photograph(), "JPEG", icc_profile=profile.tobytes())


def turned() -> bytes:
    """Return a JPEG whose EXIF turns it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return packed(photograph(), "JPEG", exif=exif.tobytes())


def deep() -> bytes:
    """Return a PNG of 16 bits a channel, in colour."""
    line = b"\0" + bytes(range(48))
    header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    return _chunked((b"IHDR", header), (b"IDAT", zlib.compress(line * 8)))


def wide() -> bytes:
    """Return a PNG whose colours are those of Display P3, by their primaries."""
    places = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
    told = struct.pack(">8I", *(round(one * 100_000) for one in places))
    return _told_of(b"cHRM", told)


def bright() -> bytes:
    """Return a PNG for screens that are brighter than others (HDR)."""
    return _told_of(b"cICP", bytes((9, 16, 0, 1)))


def plain_primaries() -> bytes:
    """Return a PNG that names the primaries of sRGB, as many tools write them."""
    return _told_of(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000,
                                         6000))  # fmt: skip


def _told_of(name: bytes, content: bytes) -> bytes:
    """Return a PNG with a chunk behind its header."""
    whole = png()
    chunk = struct.pack(">I", len(content)) + name + content
    return whole[:33] + chunk + struct.pack(">I", zlib.crc32(name + content)) + whole[33:]


def endless(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a small PNG that says that it has billions of pixels, and goes on without an end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _chunked((b"IHDR", header), (b"IDAT", zlib.compress(bytes(4_000_000))))


def endless_text() -> bytes:
    """Return a small PNG whose description is of many megabytes when it is unpacked."""
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    said = b"Comment\0\0" + zlib.compress(b"a" * 100_000_000)
    lines = zlib.compress(bytes(9 * 8))
    return _chunked((b"IHDR", header), (b"zTXt", said), (b"IDAT", lines))


def _chunked(*given: tuple[bytes, bytes]) -> bytes:
    chunks = (*given, (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )  # fmt: skip


def moving_gif() -> bytes:
    """Return a GIF that moves."""
    return _frames("GIF")


def moving_png() -> bytes:
    """Return a PNG that moves."""
    return _frames("PNG")


def _frames(form: str) -> bytes:
    frames = [Image.fromarray(photograph(seed=number)) for number in range(1, 11)]
    written = io.BytesIO()
    more = frames[1:]
    frames[0].save(written, form, save_all=True, append_images=more, duration=30, loop=0)
    return written.getvalue()
