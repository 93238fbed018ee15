"""`fettle.measure/1`: a page as it was measured, as the JSON that programs read."""

from typing import Literal

from typing_extensions import TypedDict

import fettle
from fettle.frontends.report import as_json
from fettle.frontends.report.check_document import FailedDocument, FindingDocument
from fettle.model.field import Field
from fettle.model.measurement import (
    Interaction,
    LargestPaint,
    Metric,
    PageMeasurement,
    Profile,
    Rating,
    Request,
    Shift,
    Unit,
    Visit,
    Weight,
)
from fettle.model.page_history import MeasuredOnce
from fettle.optimisation import regress
from fettle.optimisation.measure import UNITS

ProfileName = Literal["phone", "desktop"]


class MetricDocument(TypedDict):
    """A figure; milliseconds from the beginning of the navigation, or a score."""

    median: float
    iqr: list[float]
    """The first and the third quartile."""
    unit: Unit
    rating: Rating | None
    """By today's definitions; null for what these do not rate."""
    values: list[float]
    """Of each visit, in their order."""


class WeightDocument(TypedDict):
    """How much was loaded of a kind."""

    transferred: int
    """Bytes as they crossed the network, with headers."""
    decoded: int
    """Bytes as they were unpacked."""
    requests: int


class LargestPaintDocument(TypedDict):
    """The largest element that was painted, and the parts of its time, which add up to it."""

    at: float
    element: str
    resource: str | None
    """The address of its picture; null for a text."""
    ttfb: float
    load_delay: float
    load: float
    render_delay: float


class ShiftDocument(TypedDict):
    """What moved that nobody had touched, and what pushed it."""

    at: float
    value: float
    moved: str
    by_px: float
    pushed_by: str | None
    """Null where nothing was seen to push."""
    how: str | None
    """`grew`, `came`, or `font`."""
    counted: bool
    """Whether it is of the worst burst, which adds up to CLS."""


class TaskDocument(TypedDict):
    """What kept the page busy for longer than 50 ms."""

    at: float
    lasted: float
    script: str | None
    function: str | None


class ThirdPartyDocument(WeightDocument):
    """A host that is not the page's own."""

    host: str
    busy: float
    """For how many milliseconds its scripts kept the page busy."""


class ServerTimeDocument(TypedDict):
    """What the server says of its own time (Server-Timing)."""

    name: str
    lasted: float
    says: str


class InteractionDocument(TypedDict):
    """The slowest click, and the parts of its time."""

    element: str
    lasted: float
    input_delay: float
    processing: float
    presentation: float


class RequestDocument(TypedDict):
    """A line of the waterfall."""

    url: str
    kind: str
    start: float
    first_byte: float | None
    end: float | None
    """Null for what had not ended when the visit did."""
    transferred: int
    decoded: int
    status: int | None
    mime: str
    protocol: str
    encoding: str
    """How it was packed on its way; empty where it was not."""
    priority: str
    blocks_rendering: bool
    asked_by: str
    """The page, the style sheet or the script that wanted it."""
    failed: str | None


class FieldMetricDocument(TypedDict):
    """A figure in the field."""

    p75: float
    """What three of four visits were not beyond."""
    surely: list[float]
    """Between which it lies 19 times of 20, as so many visits tell."""
    unit: Unit
    rating: Rating | None
    visits: int


class FieldDocument(TypedDict):
    """What the browsers of people told of the page in the last four weeks, of the same profile."""

    site: str
    page: str
    since: str
    until: str
    visits: int
    metrics: dict[str, FieldMetricDocument]
    """ttfb, fcp, lcp, inp and cls, as far as there were any."""


class ChangeDocument(TypedDict):
    """A figure then and now."""

    metric: str
    was: float
    now: float
    sure: bool
    """Whether it is no chance, a tenth and more, and felt."""


class EarlierDocument(TypedDict):
    """The measurement that this one is compared with: the last that was kept on this machine."""

    at: str
    changes: list[ChangeDocument]
    deploys: list[str]
    """The versions of its service that went live since, the latest first."""


class MeasuredPage(TypedDict):
    """A page, as several visits found it; what stands beside its figures is of the typical one."""

    fettle: str
    url: str
    final_url: str
    """Where it led."""
    profile: ProfileName
    browser: str
    started_at: str
    duration_s: float
    runs: int
    metrics: dict[str, MetricDocument]
    """ttfb, fcp, lcp, cls, inp, fid, tti, tbt and server_response, as far as there were any."""
    bytes: dict[str, WeightDocument]
    """By kind: document, script, stylesheet, image, font, media, fetch, other."""
    weight: WeightDocument
    """Of all kinds."""
    largest_paint: LargestPaintDocument | None
    shifts: list[ShiftDocument]
    long_tasks: list[TaskDocument]
    third_parties: list[ThirdPartyDocument]
    server_timing: list[ServerTimeDocument]
    interaction: InteractionDocument | None
    settled: bool
    """Whether the page came to rest before the time was over."""
    field: FieldDocument | None
    """How it is for the people who visit; null where their browsers tell nothing."""
    earlier: EarlierDocument | None
    """Null where nothing was to be kept, or nothing was before."""
    waterfall: list[RequestDocument]
    findings: list[FindingDocument]
    failed: FailedDocument | None
    """Null where it was measured; else there were no runs, and there is nothing of it."""


class _Headed(TypedDict):
    schema: Literal["fettle.measure/1"]


class MeasureDocument(MeasuredPage, _Headed):
    """A page as it was measured."""


def of_measurement(measured: PageMeasurement, *, verbose: bool) -> MeasureDocument:
    """Return a measurement as a document."""
    return {"schema": "fettle.measure/1", **page(measured, verbose=verbose)}


def page(measured: PageMeasurement, *, verbose: bool) -> MeasuredPage:
    """Return what was measured."""
    rows = None if verbose else as_json.EVIDENCE_ROWS
    visit = measured.typical
    return {
        "fettle": fettle.__version__,
        "url": measured.url,
        "final_url": visit.url,
        "profile": "phone" if measured.profile is Profile.PHONE else "desktop",
        "browser": visit.browser,
        "started_at": as_json.moment(measured.started_at),
        "duration_s": round(measured.duration.total_seconds(), 3),
        "runs": len(measured.visits),
        "metrics": {name: _metric(metric) for name, metric in measured.metrics.items()},
        "bytes": {kind: _weight(weight) for kind, weight in measured.weights.items()},
        "weight": _weight(measured.weight),
        "largest_paint": _paint(visit.largest_paint),
        "shifts": [_shift(one) for one in visit.shifts],
        "long_tasks": _tasks(visit),
        "third_parties": [
            {"host": one.host, "busy": _rounded(one.busy_ms), **_weight(one.weight)}
            for one in measured.third_parties
        ],
        "server_timing": [
            {"name": one.name, "lasted": one.lasted_ms, "says": one.says}
            for one in visit.server_times
        ],
        "interaction": _interaction(visit.interaction),
        "settled": visit.settled,
        "field": None if measured.field is None else _field(measured.field),
        "earlier": None if measured.earlier is None else _earlier(measured, measured.earlier),
        "waterfall": [_request(one) for one in visit.requests],
        "findings": [as_json.finding(one, rows) for one in measured.findings],
        "failed": None if measured.failed is None else as_json.failed(measured.failed),
    }


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _metric(metric: Metric) -> MetricDocument:
    return {
        "median": _rounded(metric.median),
        "iqr": [_rounded(value) for value in metric.iqr],
        "unit": metric.unit,
        "rating": metric.rating,
        "values": [_rounded(value) for value in metric.values],
    }


def _weight(weight: Weight) -> WeightDocument:
    return {
        "transferred": weight.transferred,
        "decoded": weight.decoded,
        "requests": weight.requests,
    }


def _field(field: Field) -> FieldDocument:
    return {
        "site": field.site,
        "page": field.page,
        "since": field.since.isoformat(),
        "until": field.until.isoformat(),
        "visits": field.visits,
        "metrics": {
            name: {
                "p75": _rounded(one.p75),
                "surely": [_rounded(value) for value in one.surely],
                "unit": UNITS[name],
                "rating": one.rating,
                "visits": one.visits,
            }
            for name, one in field.metrics.items()
        },
    }


def _earlier(measured: PageMeasurement, earlier: MeasuredOnce) -> EarlierDocument:
    return {
        "at": as_json.moment(earlier.at),
        "changes": [
            {
                "metric": one.metric,
                "was": _rounded(one.was),
                "now": _rounded(one.now),
                "sure": one.sure,
            }
            for one in regress.changes(measured)
        ],
        "deploys": list(dict.fromkeys(one.version for one in earlier.deploys)),
    }


def _paint(paint: LargestPaint | None) -> LargestPaintDocument | None:
    if paint is None:
        return None
    return {
        "at": _rounded(paint.at_ms),
        "element": paint.element,
        "resource": paint.resource,
        "ttfb": _rounded(paint.ttfb_ms),
        "load_delay": _rounded(paint.load_delay_ms),
        "load": _rounded(paint.load_ms),
        "render_delay": _rounded(paint.render_delay_ms),
    }


def _shift(shift: Shift) -> ShiftDocument:
    return {
        "at": _rounded(shift.at_ms),
        "value": _rounded(shift.value),
        "moved": shift.moved,
        "by_px": shift.by_px,
        "pushed_by": shift.pushed_by,
        "how": shift.how,
        "counted": shift.counted,
    }


def _tasks(visit: Visit) -> list[TaskDocument]:
    return [
        {
            "at": _rounded(one.at_ms),
            "lasted": _rounded(one.lasted_ms),
            "script": one.script,
            "function": one.function,
        }
        for one in visit.tasks
    ]


def _interaction(one: Interaction | None) -> InteractionDocument | None:
    if one is None:
        return None
    return {
        "element": one.element,
        "lasted": _rounded(one.lasted_ms),
        "input_delay": _rounded(one.input_delay_ms),
        "processing": _rounded(one.processing_ms),
        "presentation": _rounded(one.presentation_ms),
    }


def _request(one: Request) -> RequestDocument:
    return {
        "url": one.url,
        "kind": one.kind,
        "start": one.start_ms,
        "first_byte": one.first_byte_ms,
        "end": one.end_ms,
        "transferred": one.transferred,
        "decoded": one.decoded,
        "status": one.status,
        "mime": one.mime,
        "protocol": one.protocol,
        "encoding": one.encoding,
        "priority": one.priority,
        "blocks_rendering": one.blocks_rendering,
        "asked_by": one.asked_by,
        "failed": one.failed,
    }
