"""What an image would take in a format of today, reckoned from pieces of it.

The whole of it would take seconds. Pieces from all over it are made an AVIF of the lowest quality
that looks the same (pictures.py), and the image takes as much by the pixel as they do.
"""

from hashlib import sha256

from PIL import Image

from fettle.optimisation.pictures import Decoded, Redrawing, redrawn

_PIECE = 128  # pixels a side, of four: together they have all scales of SSIMULACRA 2
_LONGEST = 512
_MOST_KNOWN = 1000


class Weighing:
    """Weighs images, each once: every visit of a page has the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, int | None] = {}

    def as_avif(self, content: bytes) -> int | None:
        """Return how many bytes an image would take; None for one that is better left alone."""
        key = sha256(content).digest()
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = _as_avif(content)
        return self._known[key]


WEIGHING = Weighing()  # an image is weighed once in the life of a process


def _as_avif(content: bytes) -> int | None:
    drawn = redrawn(content)
    if isinstance(drawn, str):
        return None
    pieces = _pieces(drawn)
    share = (pieces.width * pieces.height) / (drawn.width * drawn.height)
    most = round(len(content) * share)
    smaller = Redrawing().smallest(content[:most], pieces, "AVIF")
    return len(content) if smaller is None else min(len(content), round(len(smaller) / share))


def _pieces(drawn: Decoded) -> Decoded:
    """Return pieces from the middle of each quarter of an image, as one.

    Of a narrow one it is its middle: smaller pieces would be mostly seams.
    """
    if min(drawn.width, drawn.height) < 2 * _PIECE:
        return _of(drawn, drawn.image.crop(_middle(drawn.image.size, _LONGEST)))
    together = Image.new(drawn.image.mode, (2 * _PIECE, 2 * _PIECE))
    half = drawn.width // 2, drawn.height // 2
    for across in (0, 1):
        for down in (0, 1):
            left, top, *_ = _middle(half, _PIECE)
            left, top = left + across * half[0], top + down * half[1]
            piece = drawn.image.crop((left, top, left + _PIECE, top + _PIECE))
            together.paste(piece, (across * _PIECE, down * _PIECE))
    return _of(drawn, together)


def _middle(size: tuple[int, int], most: int) -> tuple[int, int, int, int]:
    """Return the middle of an area, of no more pixels a side than `most`."""
    width, height = (min(side, most) for side in size)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return left, top, left + width, top + height


def _of(drawn: Decoded, image: Image.Image) -> Decoded:
    return Decoded(drawn.form, *image.size, image)
