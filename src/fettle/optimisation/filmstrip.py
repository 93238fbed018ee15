"""Which frames of a film are kept: so many that two strips can be held beside each other.

Pure. A strip shows a page after equal steps of time; the step is the same for all films of a page,
so that a frame stands below the one of the same moment.
"""

from collections.abc import Sequence

from fettle.model.browser import Frame

MOST = 12
_STEPS_MS = (50, 100, 250, 500, 1000, 2000, 5000, 10_000)


def step_of(end_ms: float) -> int:
    """Return the step in milliseconds for strips of which the longest ends then."""
    return next((step for step in _STEPS_MS if step * MOST >= end_ms), _STEPS_MS[-1])


def moments(end_ms: float, step: int) -> Sequence[int]:
    """Return the moments that a strip shows, up to the first at which all is there."""
    number = min(MOST, max(1, -int(-end_ms // step)))
    return [step * (n + 1) for n in range(number)]


def kept(frames: Sequence[Frame], step: int) -> list[Frame]:
    """Return the frames that a strip shows, each once: of a step the last that came, and the end.

    A film that is longer than a strip ends with what it came to.
    """
    if not frames:
        return []
    shown: dict[int, Frame] = {}
    for frame in frames:
        shown[int(frame.at_ms // step)] = frame
    latest = list(shown.values())
    return latest if len(latest) <= MOST else [*latest[: MOST - 1], latest[-1]]
