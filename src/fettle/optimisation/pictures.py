"""Images: which of them may be made smaller, and smaller ones that look the same."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

import mozjpeg_lossless_optimization as mozjpeg
import numpy as np
import oxipng
from PIL import Image

from fettle.optimisation.likeness import Picture, likeness

SAME = 80.0  # what nobody notices side by side (likeness.py)
MOST_PIXELS = 40_000_000
MOST_BYTES = 64 * 1024 * 1024
_NAMED = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_QUALITIES = tuple(range(34, 97, 3))
_UPRIGHT = (None, 1)
_ORIENTATION = 0x0112
_DARK, _LIGHT = 26, 230  # what shows through may be either
# White, red, green and blue: https://www.w3.org/TR/png-3/#11cHRM
_SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_EFFORT = {"AVIF": {"speed": 6}, "WEBP": {"method": 4}}


@dataclass(frozen=True)
class Decoded:
    """An image that may be made smaller: its kind, its size, and its pixels with their alpha."""

    form: str
    width: int
    height: int
    image: Image.Image

    @property
    def alpha(self) -> bool:
        """Whether anything shows through it."""
        return self.image.mode == "RGBA"

    def before(self, background: int) -> Picture:
        """Return it before a background of that grey."""
        image = self.image
        if self.alpha:
            behind = Image.new("RGBA", image.size, (background, background, background, 255))
            image = Image.alpha_composite(behind, image)
        return Picture(np.asarray(image.convert("RGB")))


def examine(path: str, content: bytes) -> Decoded | str:
    """Return an image that may be made smaller, or why this one may not."""
    named = _NAMED.get(PurePosixPath(path).suffix.lower())
    if named is None:
        return "its name says of no image that is made smaller"
    if len(content) > MOST_BYTES:
        return "it is too large"
    return _opened(content, named)


def _opened(content: bytes, named: str | None) -> Decoded | str:
    try:
        with warnings.catch_warnings():
            # of nobody else's: what is filtered is filtered in all threads
            warnings.filterwarnings("error", module=r"PIL\.")
            with Image.open(io.BytesIO(content)) as image:
                why = _odd(image, content, named)
                if why is not None:
                    return why
                form, see_through = image.format or "", image.has_transparency_data
                image.load()
                return Decoded(form, *image.size, image.convert("RGBA" if see_through else "RGB"))
    # a broken image raises whatever its decoder stumbles over
    except Exception as error:  # noqa: BLE001
        return (
            f"it cannot be decoded: {str(error).splitlines()[0][:100] if str(error) else error!r}"
        )


def _odd(image: Image.Image, content: bytes, named: str | None) -> str | None:
    """Return why an image is one that a step would show otherwise; None where it would not."""
    reasons: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: named is not None and image.format != named, f"it is {image.format}, not {named}"),
        (lambda: image.width * image.height > MOST_PIXELS, "it has too many pixels"),
        (lambda: getattr(image, "n_frames", 1) > 1, "it moves"),
        (lambda: image.mode not in ("L", "LA", "P", "PA", "RGB", "RGBA", "1"), _mode(image)),
        (lambda: image.format == "PNG" and content[24:25] == b"\x10", "it has 16 bits a channel"),
        (lambda: bool(image.info.get("icc_profile")), "it has a colour profile"),
        (lambda: image.getexif().get(_ORIENTATION) not in _UPRIGHT, "it is turned by its EXIF"),
        (lambda: _gamma(image), "it has a gamma of its own"),
        (lambda: _primaries(image, content), "it has colours of its own (cHRM, cICP)"),
    )
    return next((why for is_so, why in reasons if is_so()), None)


def _mode(image: Image.Image) -> str:
    return (
        "it is CMYK" if image.mode == "CMYK" else f"its colours are of an odd kind ({image.mode})"
    )


def _gamma(image: Image.Image) -> bool:
    gamma = image.info.get("gamma")
    return gamma is not None and "srgb" not in image.info and abs(gamma - 0.45455) > 0.001


def _primaries(image: Image.Image, content: bytes) -> bool:
    """Whether a PNG names another space of colours than sRGB: what is redrawn would lose that."""
    named = content.find(b"cICP", 0, content.find(b"IDAT")) >= 0
    given = image.info.get("chromaticity")
    other = given is not None and any(abs(a - b) > 0.001 for a, b in zip(given, _SRGB, strict=True))
    return image.format == "PNG" and (named or (other and "srgb" not in image.info))


def alike(one: Decoded, other: Decoded) -> float:
    """Return how like one looks to another (likeness.py), whatever shows through them."""
    behind = (_DARK, _LIGHT) if one.alpha else (_DARK,)
    return min(likeness(one.before(grey), other.before(grey)) for grey in behind)


def redrawn(content: bytes) -> Decoded | str:
    """Decode what was written anew, in whichever form."""
    return _opened(content, None)


class Redrawing:
    """Images in the forms of today; the quality that was found for one is found once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], int | None] = {}

    def smallest(self, content: bytes, drawn: Decoded, form: str) -> bytes | None:
        """Return the smallest one of a form that looks the same; None where none does.

        `form` is AVIF or WEBP. One that is not smaller than what there is, is none.
        """
        key = (sha256(content).hexdigest(), form)
        if key not in self._found:
            self._found[key] = self._quality(drawn, form, len(content))
        quality = self._found[key]
        return None if quality is None else _encoded(drawn, form, quality)

    def _quality(self, drawn: Decoded, form: str, most: int) -> int | None:
        """Find the lowest quality that looks the same: it rises with what is given for it."""
        behind = (_DARK, _LIGHT) if drawn.alpha else (_DARK,)
        originals = {grey: drawn.before(grey) for grey in behind}
        low, high = 0, len(_QUALITIES)
        while low < high:
            middle = (low + high) // 2
            content = _encoded(drawn, form, _QUALITIES[middle])
            other = redrawn(content)
            good = isinstance(other, Decoded) and all(
                likeness(originals[grey], other.before(grey)) >= SAME for grey in behind
            )
            if good:
                high = middle
            elif len(content) >= most:
                return None  # one that looks better is larger still
            else:
                low = middle + 1
        return _QUALITIES[low] if low < len(_QUALITIES) else None


def _encoded(drawn: Decoded, form: str, quality: int) -> bytes:
    written = io.BytesIO()
    drawn.image.save(written, form, quality=quality, **_EFFORT[form])
    return written.getvalue()


REDRAWING = Redrawing()  # a quality is found once in the life of a process


def size_of(path: str, content: bytes) -> tuple[int, int] | None:
    """Return an image's width and height as pages show it; None where that is not plain."""
    drawn = examine(path, content)
    return None if isinstance(drawn, str) else (drawn.width, drawn.height)


def repacked(content: bytes, drawn: Decoded) -> bytes | None:
    """Pack an image better; None where a single pixel would be another."""
    try:
        if drawn.form == "PNG":
            done = oxipng.optimize_from_memory(content, level=3, strip=oxipng.StripChunks.none())
        else:
            done = mozjpeg.optimize(content, copy=mozjpeg.COPY_MARKERS.ALL)
    except (oxipng.PngError, ValueError):
        return None
    other = _opened(done, drawn.form)
    same = isinstance(other, Decoded) and (
        other.image.mode == drawn.image.mode and other.image.tobytes() == drawn.image.tobytes()
    )
    return done if same else None
