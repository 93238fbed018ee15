"""What a page does that people suffer from; pure, a rule for each ill.

Long tasks are told and decide little: on machines with few cores their length varies by more than
the half from one visit to the next.
"""

from collections.abc import Iterator

from fettle.model.finding import Evidence, Finding
from fettle.model.measurement import PageMeasurement
from fettle.model.quantity import Bytes, say_count
from fettle.model.severity import Severity
from fettle.model.web_address import path_of
from fettle.optimisation import ill
from fettle.optimisation.said import ms, name_of

_SHIFT = (0.1, 0.25)
_INTERACTION_MS = (200.0, 500.0)
_BUSY_SCRIPT_MS = 1000.0
_DIFFERS, _DIFFERS_BYTES = 0.1, 10 * 1024


def _layout_pushed(measured: PageMeasurement) -> Iterator[Finding]:
    cls = measured.metrics.get("cls")
    if cls is None or cls.median <= _SHIFT[0]:
        return
    visit = max(measured.visits, key=lambda one: one.figures.get("cls", 0.0))
    shifts = [one for one in visit.shifts if one.counted]
    if not shifts:
        return
    most = shifts[0]
    said = {"grew": "which grows", "came": "which comes later", "font": "a font that comes later"}
    by = f", by {most.pushed_by}, {said[most.how or 'grew']}" if most.pushed_by else ""
    same = [one for one in shifts if one.pushed_by == most.pushed_by]
    rows: list[Evidence] = [
        {"moved": one.moved, "by_px": one.by_px, "pushed_by": one.pushed_by, "score": one.value}
        for one in shifts
    ]
    yield ill.LAYOUT_PUSHED.of(
        most.pushed_by or most.moved,
        Severity.HIGH if cls.median > _SHIFT[1] else Severity.MEDIUM,
        f"{most.moved} is pushed {abs(most.by_px):.0f} px{by}, after {ms(most.at_ms)}",
        rows,
        saved_score=sum(one.value for one in same),
        score=cls.median,
    )


def _script_busy(measured: PageMeasurement) -> Iterator[Finding]:
    tbt = measured.metrics.get("tbt")
    if tbt is None or tbt.thresholds is None or tbt.median <= tbt.thresholds.good:
        return
    by_script: dict[str, float] = {}
    for task in measured.typical.tasks:
        script = task.script or measured.typical.url
        by_script[script] = by_script.get(script, 0.0) + task.lasted_ms
    if not by_script:
        return
    most = max(by_script, key=lambda script: by_script[script])
    rows: list[Evidence] = [
        {"script": name_of(script), "busy_ms": lasted}
        for script, lasted in sorted(by_script.items(), key=lambda entry: -entry[1])
    ]
    yield ill.SCRIPT_BUSY.of(
        name_of(most),
        Severity.MEDIUM if tbt.median >= _BUSY_SCRIPT_MS else Severity.LOW,
        f"{name_of(most)} keeps the page busy for {ms(by_script[most])}",
        rows,
        blocked_ms=tbt.median,
        busy_ms=by_script[most],
    )


def _interaction_slow(measured: PageMeasurement) -> Iterator[Finding]:
    inp = measured.metrics.get("inp")
    if inp is None or inp.median <= _INTERACTION_MS[0]:
        return
    clicks = [one.interaction for one in measured.visits if one.interaction is not None]
    if not clicks:
        return
    slowest = max(clicks, key=lambda one: one.lasted_ms)
    yield ill.INTERACTION_SLOW.of(
        slowest.element,
        Severity.HIGH if inp.median > _INTERACTION_MS[1] else Severity.MEDIUM,
        f"a click on {slowest.element} is answered after {ms(inp.median)}: it waits "
        f"{ms(slowest.input_delay_ms)}, is worked on for {ms(slowest.processing_ms)}, and shown "
        f"{ms(slowest.presentation_ms)} later",
        inp_ms=inp.median,
        saved_ms=inp.median - _INTERACTION_MS[0],
    )


def _never_rests(measured: PageMeasurement) -> Iterator[Finding]:
    if not measured.typical.settled:
        open_ = [one for one in measured.typical.requests if one.end_ms is None]
        rows: list[Evidence] = [
            {"file": name_of(one.url), "since_ms": one.start_ms} for one in open_
        ]
        waits = f": {say_count(len(open_), 'request')} had no end" if open_ else ""
        yield ill.NEVER_RESTS.of(
            measured.url, Severity.MEDIUM, f"it still loaded when the time was over{waits}", rows
        )


def _dialog_opens(measured: PageMeasurement) -> Iterator[Finding]:
    if count := measured.typical.dialogs:
        yield ill.DIALOG_OPENS.of(
            measured.url,
            Severity.MEDIUM,
            f"{say_count(count, 'dialog')} opened before anybody had done anything",
            dialogs_count=count,
        )


def _visits_differ(measured: PageMeasurement) -> Iterator[Finding]:
    """Find what only some visits loaded; what changes behind `?` alone is the same file."""
    visits: dict[str, int] = {}
    sent: dict[str, int] = {}
    for visit in measured.visits:
        loaded: dict[str, int] = {}
        for one in visit.requests:
            name = path_of(one.url)
            loaded[name] = loaded.get(name, 0) + one.transferred
        for name, size in loaded.items():
            visits[name] = visits.get(name, 0) + 1
            sent[name] = max(sent.get(name, 0), size)
    many = len(measured.visits)
    share = sum(sent[name] * visits[name] / many for name in visits if visits[name] < many)
    if share < max(_DIFFERS_BYTES, _DIFFERS * measured.weight.transferred):
        return
    some = sorted((one for one in visits if visits[one] < many), key=lambda one: -sent[one])
    rows: list[Evidence] = [
        {"file": name_of(f"//{one}"), "in_visits": visits[one], "sent_bytes": sent[one]}
        for one in some
    ]
    yield ill.VISITS_DIFFER.of(
        measured.url,
        Severity.LOW,
        f"{say_count(len(some), 'file')} came in some of {many} visits only, {Bytes(share)} a "
        "visit",
        rows,
        differing_bytes=share,
    )


RULES: tuple[ill.Rule, ...] = (
    _layout_pushed,
    _script_busy,
    _interaction_slow,
    _never_rests,
    _dialog_opens,
    _visits_differ,
)
