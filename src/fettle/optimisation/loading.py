"""What of a page's loading costs time or bytes; pure, a rule for each ill."""

import statistics
from collections.abc import Callable, Iterator

from fettle.model.finding import Evidence, Finding
from fettle.model.measurement import (
    OLD_FORMATS,
    PageMeasurement,
    Picture,
    Request,
    Visit,
)
from fettle.model.quantity import Bytes, say_count
from fettle.model.severity import Severity
from fettle.model.web_address import host_of
from fettle.optimisation import estimate, ill
from fettle.optimisation.said import ms, name_of

_LEAST_BYTES = 10 * 1024  # a saving that is worth a sentence
_LEAST_PIXELS = 2.0  # a screen with twice the pixels may come, and is no waste
_LEAST_IMAGE_BYTES = 20 * 1024
# A pixel, of an image that nobody could weigh; Lighthouse reckons an AVIF so, on the safe side:
# https://github.com/GoogleChrome/lighthouse, core/audits/byte-efficiency/modern-image-formats.js
_AVIF_BYTES = 1 / 6
_SERVER_MS = 200.0
_LATE_MS = 200.0
_OTHERS_BYTES, _OTHERS_BUSY_MS = 100 * 1024, 250.0


def _text_unpacked(measured: PageMeasurement) -> Iterator[Finding]:
    visit = measured.typical
    smaller = {
        one: one.transferred - one.packed
        for one in visit.requests
        if one.packed is not None and one.packed < 0.9 * one.transferred
    }
    saved = sum(smaller.values())
    if saved >= _LEAST_BYTES:
        cost = estimate.saved_ms(visit, smaller)
        rows = [
            {"text": name_of(one.url), "sent_bytes": one.transferred, "packed_bytes": one.packed}
            for one in sorted(smaller, key=lambda one: -smaller[one])
        ]
        yield ill.TEXT_UNPACKED.of(
            measured.url,
            ill.by_time(cost),
            f"{say_count(len(smaller), 'text')} would be {Bytes(saved)} less when packed, which is "
            f"{ms(cost)} of the largest paint",
            rows,
            saved_bytes=saved,
            saved_ms=cost,
        )


def _image_too_large(measured: PageMeasurement) -> Iterator[Finding]:
    def saved(request: Request, use: Picture) -> float:
        return request.transferred * (1 - _shown(use) / _own(use)) if _too_large(use) else 0.0

    yield from _smaller_images(measured, ill.IMAGE_TOO_LARGE, saved, "in the size that is shown")


def _image_heavy(measured: PageMeasurement) -> Iterator[Finding]:
    def saved(request: Request, use: Picture) -> float:
        # of one with too many pixels that is told
        if request.mime not in OLD_FORMATS or _too_large(use):
            return 0.0
        redrawn = _own(use) * _AVIF_BYTES if request.redrawn is None else request.redrawn
        return request.transferred - redrawn

    yield from _smaller_images(measured, ill.IMAGE_HEAVY, saved, "as AVIF")


def _smaller_images(
    measured: PageMeasurement, its: ill.Ill, saved: Callable[[Request, Picture], float], how: str
) -> Iterator[Finding]:
    """Yield the finding of the images that would be smaller, as each is where it is largest."""
    visit = measured.typical
    uses = _largest_uses(visit)
    found = {request: round(saved(request, use)) for request, use in uses.items()}
    smaller = {one: size for one, size in found.items() if size >= _LEAST_IMAGE_BYTES}
    if not smaller:
        return
    total, cost = sum(smaller.values()), estimate.saved_ms(visit, smaller)
    rows: list[Evidence] = [
        {
            "image": name_of(one.url),
            "has": f"{uses[one].width} × {uses[one].height}",
            "shown": f"{uses[one].shown_width} × {uses[one].shown_height}",
            "sent_bytes": one.transferred,
        }
        for one in sorted(smaller, key=lambda one: -smaller[one])
    ]
    yield its.of(
        measured.url,
        ill.by_time(cost),
        f"{say_count(len(smaller), 'image')} would be about {Bytes(total)} less {how}, which is "
        f"{ms(cost)} of the largest paint",
        rows,
        saved_bytes=total,
        saved_ms=cost,
    )


def _largest_uses(visit: Visit) -> dict[Request, Picture]:
    """Return where each image that is shown is shown largest: it needs the pixels for that."""
    by_url = {one.url: one for one in visit.requests if one.kind == "image"}
    uses: dict[Request, Picture] = {}
    for picture in sorted(visit.pictures, key=_shown):
        request = by_url.get(picture.url)
        # one that is broken has no size of its own
        if request is not None and _shown(picture) and _own(picture):
            uses[request] = picture
    return uses


def _own(picture: Picture) -> int:
    return picture.width * picture.height


def _shown(picture: Picture) -> int:
    return picture.shown_width * picture.shown_height


def _too_large(use: Picture) -> bool:
    return _own(use) >= _LEAST_PIXELS * _shown(use)


def _paint_found_late(measured: PageMeasurement) -> Iterator[Finding]:
    visit = measured.typical
    paint = visit.largest_paint
    cost = statistics.median(map(_found_later_ms, measured.visits))
    if paint is None or paint.resource is None or cost < _LATE_MS:
        return
    request = next((one for one in visit.requests if one.url == paint.resource), None)
    lazy = any(one.url == paint.resource and one.lazy for one in visit.pictures)
    by = name_of(request.asked_by) if request and request.asked_by else "a script"
    why = "it is to be loaded lazily" if lazy else f"it is known only from {by}"
    yield ill.PAINT_FOUND_LATE.of(
        name_of(paint.resource),
        ill.by_time(cost),
        f"{name_of(paint.resource)} ({paint.element}) is asked for {ms(cost)} later than it "
        f"could be: {why}",
        saved_ms=cost,
    )


def _found_later_ms(visit: Visit) -> float:
    """Return by how much the largest image is asked for later than anything of the page is."""
    paint = visit.largest_paint
    request = next((one for one in visit.requests if paint and one.url == paint.resource), None)
    if paint is None or request is None:
        return 0.0
    asked = [one.start_ms for one in visit.requests if one.start_ms >= paint.ttfb_ms - 1]
    # what came by early hints, or with the page that led here, came before all that
    return min(request.start_ms - min(asked, default=request.start_ms), paint.load_delay_ms)


def _rendering_blocked(measured: PageMeasurement) -> Iterator[Finding]:
    visit = measured.typical
    cost = statistics.median(map(_held_back_ms, measured.visits))
    blocking = sorted(_blocking(visit), key=lambda one: -(one.end_ms or 0.0))
    # a busy machine holds back by some of it what came in time
    if not blocking or cost < max(_LATE_MS, estimate.round_trip_ms(visit) / 2):
        return
    rows: list[Evidence] = [
        {"file": name_of(one.url), "from_ms": one.start_ms, "until_ms": one.end_ms}
        for one in blocking
    ]
    more = f" and {len(blocking) - 1} more" if len(blocking) > 1 else ""
    yield ill.RENDERING_BLOCKED.of(
        measured.url,
        ill.by_time(cost),
        f"the first paint waits {ms(cost)} longer than for one way to the server and back, for "
        f"{name_of(blocking[0].url)}{more}",
        rows,
        saved_ms=cost,
    )


def _blocking(visit: Visit) -> list[Request]:
    return [one for one in visit.requests if one.blocks_rendering and one.end_ms is not None]


def _held_back_ms(visit: Visit) -> float:
    """Return for how long the first paint waits, beyond what a style sheet in a file costs."""
    document = next((one for one in visit.requests if one.url == visit.url), None)
    first_paint = visit.figures.get("fcp")
    if document is None or first_paint is None:
        return 0.0
    until = max((one.end_ms or 0.0 for one in _blocking(visit)), default=0.0)
    fair = (document.first_byte_ms or 0.0) + estimate.round_trip_ms(visit)
    return min(until, first_paint) - max(fair, document.end_ms or 0.0)


def _server_slow(measured: PageMeasurement) -> Iterator[Finding]:
    took = measured.metrics.get("server_response")
    if took is None or took.median <= _SERVER_MS:
        return
    cost = took.median - _SERVER_MS
    rows: list[Evidence] = [
        {"of": one.name, "says": one.says or None, "took_ms": one.lasted_ms}
        for one in measured.typical.server_times
    ]
    yield ill.SERVER_SLOW.of(
        measured.url,
        ill.by_time(cost),
        f"the server takes {ms(took.median)} to answer, without the way to it",
        rows,
        response_ms=took.median,
        saved_ms=cost,
    )


def _others_heavy(measured: PageMeasurement) -> Iterator[Finding]:
    visit = measured.typical
    sent = sum(one.weight.transferred for one in measured.third_parties)
    busy = sum(one.busy_ms for one in measured.third_parties)
    if sent < _OTHERS_BYTES and busy < _OTHERS_BUSY_MS:
        return
    hosts = {one.host for one in measured.third_parties}
    theirs = {one: one.transferred for one in visit.requests if host_of(one.url) in hosts}
    cost = estimate.saved_ms(visit, theirs)
    rows: list[Evidence] = [
        {"host": one.host, "sent_bytes": one.weight.transferred, "busy_ms": one.busy_ms}
        for one in measured.third_parties
    ]
    yield ill.OTHERS_HEAVY.of(
        measured.third_parties[0].host,
        ill.by_time(cost),
        f"{say_count(len(hosts), 'host')} of others sent {Bytes(sent)} and kept the page busy for "
        f"{ms(busy)}",
        rows,
        saved_bytes=sent,
        saved_ms=cost,
    )


def _led_on(measured: PageMeasurement) -> Iterator[Finding]:
    visit = measured.typical
    if visit.moves:
        first, last = visit.moves[0], visit.url
        cost = _moved_ms(visit)
        yield ill.LED_ON.of(
            measured.url,
            ill.by_time(cost),
            f"{name_of(first)} leads to {name_of(last)}, {say_count(len(visit.moves), 'step')} on",
            saved_ms=cost,
        )


def _moved_ms(visit: Visit) -> float:
    """Return how long after the first request the page itself was asked for, at last."""
    first = min((one.start_ms for one in visit.requests), default=0.0)
    at_last = (one.start_ms for one in visit.requests if one.url == visit.url)
    return max(at_last, default=first) - first


def _request_failed(measured: PageMeasurement) -> Iterator[Finding]:
    failed = [
        one
        for one in measured.typical.requests
        if (one.failed or (one.status or 0) >= 400) and not one.url.endswith("/favicon.ico")
    ]
    if failed:
        rows: list[Evidence] = [
            {"file": name_of(one.url), "answer": one.failed or str(one.status)} for one in failed
        ]
        first = name_of(failed[0].url)
        many = say_count(len(failed), "request")
        yield ill.REQUEST_FAILED.of(
            first, Severity.LOW, f"{many} went wrong, the first for {first}", rows
        )


RULES: tuple[ill.Rule, ...] = (
    _text_unpacked,
    _image_too_large,
    _image_heavy,
    _paint_found_late,
    _rendering_blocked,
    _server_slow,
    _others_heavy,
    _led_on,
    _request_failed,
)
