"""Figures of a target as charts: what belongs together, in which unit, and how it is said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fettle.diagnosis.suspects import bad_way
from fettle.frontends.report import moments
from fettle.frontends.web import said
from fettle.model.quantity import Bytes, Ratio
from fettle.store.samples import Line, Series, Span

MOST_PANELS = 12
_MOST_LINES = 5
_STEPS = ("name_lookup", "connection", "tls", "first_byte", "body")
_LONGEST_NAME = 40


@dataclass(frozen=True)
class _Plan:
    """Which figures a chart is of, each with its name; `band`: what lies between the first two."""

    title: str
    metrics: Mapping[str, str]
    band: bool = False


def _answer(kind: str) -> _Plan:
    parts = {f"{kind}_{step}_s": step.replace("_", " ") for step in _STEPS}
    return _Plan("Time to answer", {f"{kind}_answer_s": "whole", **parts})


# Those that people ask for first; a figure that is in none of them has a chart of its own.
_PLANS = (
    _Plan(
        "Response time, 95th percentile",
        {"response_p95_at_most_s": "at most", "response_p95_at_least_s": "at least"},
        band=True,
    ),
    _Plan("Response time", {"response_p95_s": "p95", "response_mean_s": "mean"}),
    _Plan("Errors", {"error_rate_ratio": "share of requests"}),
    _Plan("Requests", {"requests_count": "in the time of a look"}),
    _answer("site"),
    _answer("dependency"),
    _Plan("Memory", {"memory_used_ratio": "of what it may use"}),
    _Plan("Processors", {"cpu_used_ratio": "busy", "cpu_waiting_ratio": "waiting"}),
    _Plan("Disks", {"disk_used_ratio": "used"}),
)
# Of these the first that a target has is drawn where there is room for one.
LEADING = tuple(dict.fromkeys(metric for plan in _PLANS for metric in plan.metrics))
# What a bar of looks says already.
_SAID = ("_up", "_code")
# What was asked for in one chart is not drawn again.
_LATER = ("_up", "_code", "_level", "_count", "_total", "_p50_s", "_p99_s", "_bytes", "_per_second")


@dataclass(frozen=True)
class Panel:
    """A chart: its lines, and between which of them it is filled.

    `lines` are as a chart is given them; `now` is what its first line came to: now, or last.
    """

    id: str
    title: str
    unit: str
    times: Sequence[int]
    lines: Sequence[Mapping[str, object]]
    bands: Sequence[tuple[int, int]]
    now: str


@dataclass(frozen=True)
class Figure:
    """A figure as it was measured last."""

    metric: str
    subject: str
    value: str
    at: str
    old: bool


@dataclass
class _Drawing:
    """Makes panels of what was measured in a time."""

    lines: Mapping[int, Line]
    span: Span
    looked_at: datetime | None
    made: list[Panel] = field(default_factory=list)

    @property
    def times(self) -> Sequence[int]:
        """When each step begins."""
        length = int(self.span.step.total_seconds())
        first = int(self.span.since.timestamp()) // length * length
        return range(first, int(self.span.until.timestamp()), length)

    def draw(self, title: str, chosen: Sequence[tuple[str, Series]], *, band: bool) -> None:
        """Add a panel of figures that have one unit, each with its name."""
        there = [(name, one) for name, one in chosen if one.id in self.lines][:_MOST_LINES]
        if not there:
            return
        metric = there[0][1].metric
        unit, size = _unit(metric, [self.lines[one.id] for _, one in there])
        lines: list[Mapping[str, object]] = []
        bands: list[tuple[int, int]] = []
        if len(there) == 1 and _varies(self.lines[there[0][1].id]):
            for name in ("most", "least"):  # they come first: what is drawn later is above
                values = self._values(there[0][1], name, size)
                lines.append({"name": name, "values": values, "faint": True})
            bands.append((0, 1))
        for name, one in there:
            lines.append({"name": name, "values": self._values(one, "mean", size)})
        if band and len(there) == 2:
            bands.append((0, 1))
        latest = there[0][1]
        when = "last" if is_old(latest, self.looked_at) else "now"
        self.made.append(
            Panel(
                f"chart-{len(self.made)}",
                title,
                unit,
                list(self.times),
                lines,
                bands,
                f"{when} {told(latest.metric, latest.latest)}",
            )
        )

    def _values(self, one: Series, which: str, size: float) -> Sequence[float | None]:
        line = self.lines[one.id]
        known = dict(zip(line.at, getattr(line, which), strict=True))
        return [
            None if (at := known.get(time)) is None else round(at / size, 4) for time in self.times
        ]


def shown(series: Sequence[Series], span: Span) -> Sequence[int]:
    """Return the figures that are drawn of a time: what is read of them is read at once."""
    chosen = _chosen(_measured(series, span))
    return [one.id for _, some, _ in chosen for _, one in some[:_MOST_LINES]]


def _measured(series: Sequence[Series], span: Span) -> Sequence[Series]:
    """Return what was measured in a time or since: what is gone takes nobody's place."""
    return [one for one in series if one.latest_at >= span.since]


def panels(
    series: Sequence[Series],
    lines: Mapping[int, Line],
    span: Span,
    looked_at: datetime | None = None,
) -> Sequence[Panel]:
    """Return the charts, those that people ask for first; `looked_at` is the latest look's time."""
    drawing = _Drawing(lines, span, looked_at)
    for title, chosen, band in _chosen(_measured(series, span)):
        drawing.draw(title, chosen, band=band)
    return drawing.made


_Chosen = tuple[str, Sequence[tuple[str, Series]], bool]


def _chosen(series: Sequence[Series]) -> Sequence[_Chosen]:
    """Return what is drawn together: the plans' figures of all the target, then each by itself."""
    whole = {one.metric: one for one in series if not one.subject}
    found: list[_Chosen] = []
    planned: set[str] = set()
    for plan in _PLANS:
        there = [(name, whole[metric]) for metric, name in plan.metrics.items() if metric in whole]
        if there:
            found.append((plan.title, there, plan.band))
            planned |= plan.metrics.keys()
    found += _of_their_own(series, planned)
    return found[:MOST_PANELS]


def _of_their_own(series: Sequence[Series], planned: set[str]) -> Iterator[_Chosen]:
    by_metric: dict[str, list[Series]] = {}
    for one in series:
        if (one.subject or one.metric not in planned) and not one.metric.endswith(_SAID):
            by_metric.setdefault(one.metric, []).append(one)
    later = sorted(by_metric, key=lambda metric: (metric.endswith(_LATER), metric))
    for metric in later:
        way = -1 if bad_way(metric) >= 0 else 1
        worst = sorted(by_metric[metric], key=lambda one: way * one.latest)
        yield titled(metric), [(_name(one), one) for one in worst], False


def _name(one: Series) -> str:
    return said.short(said.harmless(one.subject or titled(one.metric)), _LONGEST_NAME)


def figures(series: Sequence[Series], looked_at: datetime | None) -> Sequence[Figure]:
    """Return figures as they were measured last; those of another look than the latest are old."""
    return [
        Figure(
            one.metric,
            one.subject,
            told(one.metric, one.latest),
            moments.said(one.latest_at),
            is_old(one, looked_at),
        )
        for one in series
    ]


def is_old(one: Series, looked_at: datetime | None) -> bool:
    """Whether the latest look, which began at a moment, has not measured a figure."""
    return looked_at is not None and one.latest_at < looked_at


def titled(metric: str) -> str:
    """Return the name of a figure as words, without its unit: `Queue oldest`."""
    words, _, unit = metric.rpartition("_")
    known = unit in ("s", "ratio", "bytes", "count", "total", "code", "level")
    text = said.words(words if known and words else metric)
    return text[:1].upper() + text[1:]


def told(metric: str, value: float) -> str:
    """Return a figure in words, in the unit that stands at the end of its name."""
    match metric.rpartition("_")[2]:
        case "s":
            return said.lasted(value)
        case "ratio":
            return str(Ratio(value))
        case "bytes":
            return str(Bytes(value))
        case "up":
            return "yes" if value else "no"
    whole = value == int(value) or abs(value) >= 1000
    return f"{value:,.0f}" if whole else f"{value:.3g}"


def _unit(metric: str, lines: Sequence[Line]) -> tuple[str, float]:
    """Return the unit of a chart, and how much of the figure's own one of it is."""
    most = max((max(line.most) for line in lines), default=0.0)
    match metric.rpartition("_")[2]:
        case "s":
            return ("ms", 0.001) if most < 1 else ("s", 1.0) if most < 7200 else ("h", 3600.0)
        case "ratio":
            return "%", 0.01
        case "bytes":
            power = next((n for n in (1, 2, 3) if most < 1024 ** (n + 1)), 3)
            return ("KiB", "MiB", "GiB")[power - 1], 1024.0**power
    return "", 1.0


def _varies(line: Line) -> bool:
    return any(least != most for least, most in zip(line.least, line.most, strict=True))
