"""Pictures of pages, made small enough to be kept: whole screens, and frames of films."""

import io
from collections.abc import Mapping, Sequence

from PIL import Image

from fettle.model.browser import Frame
from fettle.model.loaded import Shot, When
from fettle.model.ports_experiment import Sight
from fettle.optimisation import filmstrip

WIDEST = 900  # of a desktop's 1350 pixels: words can still be read
TALLEST = 4000
LARGEST = 256 * 1024  # of a screen
LARGEST_FRAME = 64 * 1024
_QUALITIES = (80, 60, 40, 20)


def screen(page: str, when: When, sight: Sight) -> Shot | None:
    """Return a whole page as it looked; None where no small picture can be made of it."""
    with Image.open(io.BytesIO(sight.png)) as opened:
        image = opened.convert("RGB")
    if image.width > WIDEST:
        height = max(1, round(image.height * WIDEST / image.width))
        image = image.resize((WIDEST, height), Image.Resampling.LANCZOS)
    image = image.crop((0, 0, image.width, min(image.height, TALLEST)))
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "WEBP", quality=quality)
        if written.tell() <= LARGEST:
            content = written.getvalue()
            return Shot("screen", page, sight.screen, when, "image/webp", *image.size, content)
    return None


def strips(page: str, profile: str, films: Mapping[When, Sequence[Frame]]) -> list[Shot]:
    """Return the frames of a page's films that are kept."""
    ends = [frames[-1].at_ms for frames in films.values() if frames]
    step = filmstrip.step_of(max(ends, default=0))
    return [
        _frame(page, profile, when, frame)
        for when, frames in films.items()
        for frame in filmstrip.kept(frames, step)
        if len(frame.jpeg) <= LARGEST_FRAME
    ]


def _frame(page: str, profile: str, when: When, frame: Frame) -> Shot:
    with Image.open(io.BytesIO(frame.jpeg)) as image:
        size = image.size
    return Shot("frame", page, profile, when, "image/jpeg", *size, frame.jpeg, frame.at_ms)
