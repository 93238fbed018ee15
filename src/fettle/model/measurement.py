"""A page as it was measured: figures with their spread, and what of the page makes them.

Times are milliseconds from the beginning of the navigation, bytes are counted as they crossed the
network (`transferred`, with headers) and as they were unpacked (`decoded`).
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from fettle.model.finding import Evidence, Finding, Unknown

if TYPE_CHECKING:
    from fettle.model.field import Field
    from fettle.model.page_history import MeasuredOnce

Rating = Literal["good", "needs-improvement", "poor"]
Unit = Literal["ms", "score"]

KINDS = ("document", "script", "stylesheet", "image", "font", "media", "fetch", "other")
# Of images that formats of today (AVIF, WebP) may show in a fraction of the bytes.
OLD_FORMATS = ("image/png", "image/jpeg", "image/bmp")


class Profile(StrEnum):
    """What a page is measured as: a phone on a slow network, or a desktop on a good one."""

    PHONE = "phone"
    DESKTOP = "desktop"


@dataclass(frozen=True)
class Thresholds:
    """Up to where a figure is good, and from where it is poor."""

    good: float
    poor: float

    def rating(self, value: float) -> Rating:
        """Return the rating of a value."""
        if value <= self.good:
            return "good"
        return "needs-improvement" if value <= self.poor else "poor"


@dataclass(frozen=True)
class Metric:
    """One figure of a page: its value in each visit, in the order of the visits."""

    name: str
    unit: Unit
    values: tuple[float, ...]
    thresholds: Thresholds | None = None

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def iqr(self) -> tuple[float, float]:
        """The first and the third quartile, between which the half of the values lies."""
        if len(self.values) < 2:
            return self.values[0], self.values[0]
        first, _, third = statistics.quantiles(self.values, n=4, method="inclusive")
        return first, third

    @property
    def rating(self) -> Rating | None:
        """What the median is called by today's definitions; None for what these do not rate."""
        return None if self.thresholds is None else self.thresholds.rating(self.median)


@dataclass(frozen=True)
class Weight:
    """How much was loaded."""

    transferred: int = 0
    decoded: int = 0
    requests: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(
            self.transferred + other.transferred,
            self.decoded + other.decoded,
            self.requests + other.requests,
        )


@dataclass(frozen=True)
class Request:
    """One line of the waterfall.

    `first_byte_ms` and `end_ms` are None for what was not answered, or had not ended when the
    visit did. `server_ms` is how long the server took, without the network that was slowed down.
    `asked_by` is the page, the style sheet or the script that wanted it. `encoding` is how it was
    packed on its way, `packed` what gzip makes of a text that was not. `redrawn` is what an image
    in an older format takes in one of today, looking the same, where somebody could tell.
    """

    url: str
    kind: str
    start_ms: float
    first_byte_ms: float | None = None
    end_ms: float | None = None
    transferred: int = 0
    decoded: int = 0
    status: int | None = None
    mime: str = ""
    protocol: str = ""
    encoding: str = ""
    priority: str = ""
    server_ms: float | None = None
    blocks_rendering: bool = False
    asked_by: str = ""
    failed: str | None = None
    packed: int | None = None
    redrawn: int | None = None


@dataclass(frozen=True)
class LargestPaint:
    """The largest element that was painted, and where its time went.

    The four parts add up to its time. `resource` is the address of its picture; None for a text.
    """

    at_ms: float
    element: str
    resource: str | None
    ttfb_ms: float
    load_delay_ms: float
    load_ms: float
    render_delay_ms: float


@dataclass(frozen=True)
class Shift:
    """Something moved that nobody had touched: what, how far down, and what pushed it.

    `counted` are those of the worst burst, which add up to CLS. `pushed_by` is None where nothing
    was seen to push; `how` says what it did: `grew`, `came`, or `font`.
    """

    at_ms: float
    value: float
    moved: str
    by_px: float
    pushed_by: str | None = None
    how: str | None = None
    counted: bool = True


@dataclass(frozen=True)
class LongTask:
    """Something that kept the page busy for longer than 50 ms, and the script that did, if any."""

    at_ms: float
    lasted_ms: float
    script: str | None = None
    function: str | None = None


@dataclass(frozen=True)
class Picture:
    """An image in the page: its own size, and the size it is shown in, in pixels of the screen.

    `sized` says that the page knows its shape before it is loaded, `lazy` that it waits until it
    is near, `seen` that it stands in what is shown first.
    """

    url: str
    width: int
    height: int
    shown_width: int
    shown_height: int
    sized: bool
    lazy: bool
    seen: bool


@dataclass(frozen=True)
class ServerTime:
    """What the server says of its own time (Server-Timing)."""

    name: str
    lasted_ms: float
    says: str = ""


@dataclass(frozen=True)
class Interaction:
    """The slowest of the clicks: on what, and where its time went."""

    element: str
    lasted_ms: float
    input_delay_ms: float
    processing_ms: float
    presentation_ms: float


@dataclass(frozen=True)
class Audit:
    """What another tool has against a page, in its words.

    `saved_ms` is what of its figures it says could be had; `rows` are what it shows for it.
    """

    id: str
    title: str
    says: str
    impact: str = ""
    saved_ms: Mapping[str, float] = field(default_factory=dict)
    saved_bytes: int = 0
    rows: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Visit:
    """One time that a page was loaded by a browser that had never seen it.

    `figures` are the metrics by name; what there was none of is not among them. `settled` is False
    where the page still loaded when the time was over. `moves` are the addresses that led on to
    `url`, by a redirect or a script. `audits` are another tool's, where that made the visit.
    """

    url: str
    browser: str
    figures: Mapping[str, float]
    requests: tuple[Request, ...] = ()
    largest_paint: LargestPaint | None = None
    shifts: tuple[Shift, ...] = ()
    tasks: tuple[LongTask, ...] = ()
    pictures: tuple[Picture, ...] = ()
    server_times: tuple[ServerTime, ...] = ()
    interaction: Interaction | None = None
    settled: bool = True
    dialogs: int = 0
    moves: tuple[str, ...] = ()
    audits: tuple[Audit, ...] = ()

    @property
    def weights(self) -> Mapping[str, Weight]:
        """What was loaded, by kind; only kinds that there are."""
        weights: dict[str, Weight] = {}
        for one in self.requests:
            weight = Weight(one.transferred, one.decoded, 1)
            weights[one.kind] = weights.get(one.kind, Weight()) + weight
        return {kind: weights[kind] for kind in KINDS if kind in weights}


@dataclass(frozen=True)
class ThirdParty:
    """A host that is not the page's own: what it sent, and for how long it kept the page busy."""

    host: str
    weight: Weight
    busy_ms: float = 0.0


@dataclass(frozen=True)
class PageMeasurement:
    """What several visits of one page, under one profile, come to.

    `typical` is the visit whose largest paint is in the middle: what is told of the page beside
    its figures is told of that one. `field` is how the page is for the people who visit, where
    their browsers tell, `earlier` how it was measured last, where that was kept. `failed` is why
    there is nothing of all that, where no visit succeeded.
    """

    url: str
    profile: Profile
    started_at: datetime
    duration: timedelta
    visits: tuple[Visit, ...]
    typical: Visit
    metrics: Mapping[str, Metric]
    weights: Mapping[str, Weight]
    third_parties: tuple[ThirdParty, ...] = ()
    findings: tuple[Finding, ...] = ()
    field: "Field | None" = None
    earlier: "MeasuredOnce | None" = None
    failed: Unknown | None = None

    @property
    def weight(self) -> Weight:
        """All that was loaded."""
        return sum(self.weights.values(), Weight())


def middle(weights: Sequence[Weight]) -> Weight:
    """Return the medians of what was loaded in several visits."""
    return Weight(
        *(
            round(statistics.median(getattr(one, part) for one in weights))
            for part in ("transferred", "decoded", "requests")
        )
    )
