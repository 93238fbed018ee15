"""What would be earned, reckoned from the waterfall of the very page; pure."""

from collections.abc import Iterable, Mapping

from fettle.model.measurement import Request, Visit


def painted_ms(visit: Visit) -> float | None:
    """Return when what people wait for was there: the largest paint, else the first."""
    return visit.figures.get("lcp", visit.figures.get("fcp"))


def saved_ms(visit: Visit, saved: Mapping[Request, int]) -> float:
    """Return by how much sooner the largest paint comes when requests carry fewer bytes.

    Only what is loaded before it counts, at the rate at which bytes came until then; it can come no
    sooner than the first byte of the page.
    """
    painted = painted_ms(visit)
    rate = bytes_per_ms(visit)
    if painted is None or not rate:
        return 0.0
    before = sum(size for one, size in saved.items() if _is_before(one, painted))
    return min(before / rate, max(0.0, painted - visit.figures.get("ttfb", 0.0)))


def bytes_per_ms(visit: Visit) -> float | None:
    """Return how fast bytes came until the largest paint, while any did; None where none came."""
    painted = painted_ms(visit)
    if painted is None:
        return None
    before = [one for one in visit.requests if _is_before(one, painted)]
    flowed = _together(
        (one.first_byte_ms, one.end_ms)
        for one in before
        if one.first_byte_ms is not None and one.end_ms is not None
    )
    return sum(one.transferred for one in before) / flowed if flowed >= 1 else None


def _is_before(one: Request, painted: float) -> bool:
    return one.end_ms is not None and one.start_ms < painted


def _together(spans: Iterable[tuple[float, float]]) -> float:
    """Return for how long at least one of several spans went on."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def round_trip_ms(visit: Visit) -> float:
    """Return how long the quickest of what the page wanted waited for its first byte."""
    waits = [
        one.first_byte_ms - one.start_ms
        for one in visit.requests
        if one.kind != "document" and one.first_byte_ms is not None
    ]
    return min(waits, default=visit.figures.get("ttfb", 0.0))
