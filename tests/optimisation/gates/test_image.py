"""The gate of images: what stands for another looks the same, and is smaller."""

import numpy as np
import pytest

from fettle.optimisation.gates.image import image_gate
from fettle.optimisation.pictures import Decoded, examine
from tests.optimisation import drawn
from tests.optimisation.drawn import jpeg, packed, photograph, png, see_through

LARGE = 10**6


def original(content: bytes, path: str = "a.png") -> Decoded:
    found = examine(path, content)
    assert isinstance(found, Decoded), found
    return found


def said(content: bytes, of: bytes, size: int = LARGE) -> str | None:
    objection = image_gate(original(of), content, size)
    return objection.reason if objection else None


def test_what_looks_the_same_is_let_through() -> None:
    assert said(packed(photograph(), "AVIF", quality=90), png()) is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (packed(photograph(), "WEBP", quality=5), "looks different"),
        (packed(photograph(seed=2), "WEBP", lossless=True), "looks different"),
        (packed(photograph(80, 60), "WEBP", lossless=True), "80×60 is another size"),
        (packed(photograph(), "WEBP", lossless=True)[:500], "cannot be decoded"),
        (b"", "cannot be decoded"),
        (b"<svg/>", "cannot be decoded"),
    ],
)
def test_what_does_not_is_refused(content: bytes, says: str) -> None:
    assert says in str(said(content, png()))


def test_what_is_not_smaller_is_refused() -> None:
    content = packed(photograph(), "WEBP", lossless=True)

    assert said(content, png(), len(content)) == "it is not smaller"


def test_what_shows_through_must_go_on_to() -> None:
    flat = packed(photograph(), "WEBP", lossless=True)
    content = np.dstack([photograph(), np.full((120, 160), 100, np.uint8)])

    assert "does no more" in str(said(flat, see_through()))
    assert "looks different" in str(said(packed(content[:, ::-1], "WEBP"), see_through()))


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("a.jpg", drawn.cmyk(), "CMYK"),
        ("a.jpg", drawn.profiled(), "colour profile"),
        ("a.jpg", drawn.turned(), "turned by its EXIF"),
        ("a.png", drawn.deep(), "16 bits"),
        ("a.png", drawn.moving_png(), "it moves"),
        ("a.gif", drawn.moving_gif(), "no image that is made smaller"),
        ("a.jpg", png(), "it is PNG, not JPEG"),
        ("a.png", jpeg(), "it is JPEG, not PNG"),
        ("a", jpeg(), "no image that is made smaller"),
        ("a.svg", b"<svg><script>alert(1)</script></svg>", "no image that is made smaller"),
        ("a.jpg", jpeg()[:2000], "cannot be decoded"),
        ("a.jpg", b"", "cannot be decoded"),
        ("a.png", drawn.endless(), "decompression bomb"),
        ("a.png", drawn.endless(7000, 7000), "too many pixels"),
        ("a.png", drawn.endless_text(), "cannot be decoded"),
        ("a.jpg", drawn.moving_gif(), "it is GIF, not JPEG"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 5000, "cannot be decoded"),
    ],
)
def test_odd_and_broken_images_are_left_alone(path: str, content: bytes, says: str) -> None:
    found = examine(path, content)

    assert isinstance(found, str)
    assert says in found
