"""What the watching script has seen, made typed; and the figures that follow from it."""

from collections.abc import Sequence

from fettle.model.measurement import (
    Interaction,
    LargestPaint,
    LongTask,
    Picture,
    Request,
    ServerTime,
    Shift,
)
from fettle.targets.browser.protocol import Json

_LONG_MS = 50.0  # what is longer than that is felt: https://w3c.github.io/longtasks/
_URL = 500


def figures(rested: Json, clicked: Json, document: Request) -> dict[str, float]:
    """Return the metrics by their names: of the page at rest, and of its clicks."""
    known: dict[str, float] = dict(rested["figures"])
    known.update({name: clicked["figures"][name] for name in _CLICKED & clicked["figures"].keys()})
    known["ttfb"] = _first_byte(rested, document)
    if served := [one for one in (rested["served"], document.server_ms) if one is not None]:
        known["server_response"] = min(served)
    if "fcp" in known:
        known.setdefault("cls", 0.0)
        known["tti"] = interactive(known["fcp"], tasks(rested))
        known["tbt"] = blocked(known["fcp"], tasks(rested))
    return known


def _first_byte(state: Json, document: Request) -> float:
    """Return when the first byte came; the page's own clock knows nothing of a slow network."""
    heard: float = state["figures"].get("ttfb", 0.0)
    return max(heard, document.first_byte_ms or 0.0)


_CLICKED = {"inp", "fid"}


def interactive(first_paint: float, long_ones: Sequence[LongTask]) -> float:
    """Return when the page is free: at the end of the last long task after the first paint."""
    return max([first_paint, *(one.at_ms + one.lasted_ms for one in long_ones)])


def blocked(first_paint: float, long_ones: Sequence[LongTask]) -> float:
    """Return for how long after the first paint a click would have had to wait.

    Of each task what is beyond 50 ms, as Lighthouse counts Total Blocking Time.
    """
    after = (
        min(one.lasted_ms, one.at_ms + one.lasted_ms - first_paint)
        for one in long_ones
        if one.lasted_ms > _LONG_MS
    )
    return sum(max(0.0, lasted - _LONG_MS) for lasted in after)


def largest_paint(state: Json, document: Request) -> LargestPaint | None:
    """Return the largest paint; what the network made the first byte wait for is no delay of it."""
    seen = state["lcp"]
    if seen is None:
        return None
    first_byte = min(_first_byte(state, document), seen["at"])
    later = first_byte - seen["ttfb"]
    delay = max(0.0, seen["delay"] - later) if seen["resource"] else 0.0
    return LargestPaint(
        at_ms=seen["at"],
        element=seen["element"],
        resource=(seen["resource"] or "")[:_URL] or None,
        ttfb_ms=first_byte,
        load_delay_ms=delay,
        load_ms=seen["load"],
        render_delay_ms=seen["at"] - first_byte - delay - seen["load"],
    )


def shifts(state: Json) -> tuple[Shift, ...]:
    """Return what moved, what counts the most first."""
    worst = set(state.get("worst", ()))
    seen = [
        Shift(
            at_ms=one["at"],
            value=one["value"],
            moved=one["moved"],
            by_px=round(one["by"]),
            pushed_by=one["pushed"],
            how=one["how"],
            counted=one["at"] in worst,
        )
        for one in state["shifts"]
    ]
    return tuple(sorted(seen, key=lambda one: -one.value))


def tasks(state: Json) -> tuple[LongTask, ...]:
    """Return the long tasks in their order, each with the script that took the most of it."""
    return tuple(_task(one, state["frames"]) for one in state["tasks"])


def _task(task: Json, scripts: Sequence[Json]) -> LongTask:
    most = max(scripts, key=lambda one: _overlap(task, one), default=None)
    if most is None or _overlap(task, most) <= 0:
        return LongTask(task["at"], task["lasted"])
    script, function = most["script"][:_URL], most["name"]
    # what a script does as it comes has its address for a name
    function = None if function == most["script"] else function or None
    return LongTask(task["at"], task["lasted"], script or None, function)


def _overlap(task: Json, script: Json) -> float:
    end = min(task["at"] + task["lasted"], script["at"] + script["lasted"])
    overlap: float = end - max(task["at"], script["at"])
    return overlap


def pictures(page: Json) -> tuple[Picture, ...]:
    """Return the images of a page."""
    return tuple(
        Picture(
            url=one["url"][:_URL],
            width=one["width"],
            height=one["height"],
            shown_width=round(one["shown"][0]),
            shown_height=round(one["shown"][1]),
            sized=one["sized"],
            lazy=one["lazy"],
            seen=one["seen"],
        )
        for one in page["pictures"]
    )


def server_times(page: Json) -> tuple[ServerTime, ...]:
    """Return what the server says of its own time."""
    return tuple(
        ServerTime(one["name"][:80], one["duration"], one["says"][:200]) for one in page["servers"]
    )


def interaction(state: Json) -> Interaction | None:
    """Return the slowest click."""
    seen = state["interaction"]
    if seen is None:
        return None
    return Interaction(
        element=seen["element"],
        lasted_ms=seen["lasted"],
        input_delay_ms=seen["delay"],
        processing_ms=seen["processing"],
        presentation_ms=seen["presentation"],
    )
