"""What each figure means and how it is counted; and a figure as a page says it, or that it cannot.

A figure of too few issues misleads: it is told as one, with their number, and no number stands for
it. The data hold it all the same, beside how many issues it is of.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from fettle.frontends.report import figures_told
from fettle.frontends.report.figures_document import (
    FiguresDocument,
    FiguresReport,
    StretchDocument,
    TimesDocument,
)
from fettle.frontends.web import said
from fettle.model.quantity import say_share

MOST_GROUPS = 4  # as many as a chart has colours
_LONGEST_NAME = 40
_UNITS = (("min", 60.0, 2 * 3600.0), ("h", 3600.0, 2 * 86400.0), ("d", 86400.0, float("inf")))


@dataclass(frozen=True)
class Measure:
    """A figure: what it is called, what it means, and how it is counted."""

    key: Literal["mttd", "mtta", "mttm", "mttr", "breach_rate", "noise_ratio", "recurrence_rate"]
    short: str
    means: str
    counted: str

    @property
    def is_time(self) -> bool:
        """Whether it says how long something took; else it is a share of issues."""
        return self.key in ("mttd", "mtta", "mttm", "mttr")


MEASURES = (
    Measure("mttd", "MTTD", "Time to detect", "From when it started to when it was detected."),
    Measure(
        "mtta", "MTTA", "Time to acknowledge", "From when it was detected to when somebody took it."
    ),
    Measure("mttm", "MTTM", "Time to mitigate", "From when it started to when it was mitigated."),
    Measure("mttr", "MTTR", "Time to resolve", "From when it started to when it was resolved."),
    Measure(
        "breach_rate", "Breaches", "Promises broken", "Issues of which a promise was broken ÷ all."
    ),
    Measure(
        "noise_ratio",
        "Noise",
        "Nobody had to hear of it",
        "Issues declined as false positives, or over without anybody's act ÷ all.",
    ),
    Measure(
        "recurrence_rate",
        "Came back",
        "Fixed, and back again",
        "Issues that are the return of what was fixed ÷ all.",
    ),
)


@dataclass(frozen=True)
class Told:
    """A figure in words; None where it is of too few issues. `of` is how many it is of."""

    value: str | None
    p90: str | None
    of: int


@dataclass(frozen=True)
class Series:
    """A line of a chart, and the same in words, moment by moment."""

    name: str
    values: Sequence[float | None]
    told: Sequence[str]


@dataclass(frozen=True)
class Card:
    """A figure over all, and how it went; `drawn` is whether there is enough for a chart."""

    measure: Measure
    total: Told
    unit: str
    times: Sequence[int]
    days: Sequence[str]
    series: Sequence[Series]

    @property
    def drawn(self) -> bool:
        """Whether a line has two points at least."""
        return any(sum(value is not None for value in one.values) > 1 for one in self.series)

    @property
    def lines(self) -> Sequence[Mapping[str, object]]:
        """The lines, as a chart is given them."""
        return [{"name": one.name, "values": one.values} for one in self.series]


@dataclass(frozen=True)
class Row:
    """The figures of a team, a service or a class; None is what has none."""

    name: str | None
    issues: int
    told: Sequence[Told]


def cards(report: FiguresReport) -> list[Card]:
    """Return the figures one by one: of all issues, or of the groups with the most of them."""
    return [_card(measure, report) for measure in MEASURES]


def rows(report: FiguresReport) -> list[Row]:
    """Return the figures of each group, those of the most issues first."""
    made = [
        Row(
            group["name"],
            group["figures"]["issues"],
            [_told(measure, group["figures"]) for measure in MEASURES],
        )
        for group in report["groups"]
    ]
    return sorted(made, key=lambda row: -row.issues)


def _card(measure: Measure, report: FiguresReport) -> Card:
    stretches = report["series"]
    moments = [datetime.fromisoformat(one["start"]) for one in stretches]
    unit, length = _unit(measure, report)
    return Card(
        measure,
        _told(measure, report["total"]),
        unit,
        [int(moment.timestamp()) for moment in moments],
        [said.day(moment.date().isoformat()) for moment in moments],
        list(_series(measure, report, length)),
    )


def _series(measure: Measure, report: FiguresReport, length: float) -> Iterator[Series]:
    """Yield the lines of a chart: of groups their medians or shares, of all the p90 as well."""
    main = Line(_main(measure), length, share=not measure.is_time)
    if report["by"] is not None:
        largest = sorted(report["groups"], key=lambda one: -one["figures"]["issues"])
        for group in largest[:MOST_GROUPS]:
            name = said.short(said.harmless(group["name"] or "none"), _LONGEST_NAME)
            yield main.of(name, group["series"])
        return
    yield main.of("median" if measure.is_time else measure.short, report["series"])
    if measure.is_time:
        p90 = Line(lambda one: figures_told.p90(_times(measure, one)), length, share=False)
        yield p90.of("p90", report["series"])


Value = Callable[[FiguresDocument], float | None]


@dataclass(frozen=True)
class Line:
    """How a line is made of figures: which value, and what is one on the chart's scale."""

    value: Value
    length: float
    share: bool

    def of(self, name: str, stretches: Sequence[StretchDocument]) -> Series:
        """Return the line of a time."""
        found = [self.value(one["figures"]) for one in stretches]
        return Series(
            name,
            [None if one is None else round(one / self.length, 3) for one in found],
            [_said(one, share=self.share) for one in found],
        )


def _main(measure: Measure) -> Value:
    """Return what reads the median of a time, or a share; None where it is of too few."""
    if measure.is_time:
        return lambda one: figures_told.median(_times(measure, one))
    return lambda one: figures_told.share(cast("float | None", one[measure.key]), one["issues"])


def _told(measure: Measure, figures: FiguresDocument) -> Told:
    value = _main(measure)(figures)
    if not measure.is_time:
        return Told(None if value is None else _said(value, share=True), None, figures["issues"])
    times = _times(measure, figures)
    p90 = figures_told.p90(times)
    return Told(
        None if value is None else _said(value, share=False),
        None if p90 is None else _said(p90, share=False),
        times["number"],
    )


def _said(value: float | None, *, share: bool) -> str:
    if value is None:
        return "too few"
    if share:
        return say_share(value)
    return said.lasted(value) if value >= 1 else "under 1 s"


def _times(measure: Measure, figures: FiguresDocument) -> TimesDocument:
    return cast("TimesDocument", figures[measure.key])


def _unit(measure: Measure, report: FiguresReport) -> tuple[str, float]:
    """Return the unit that a chart's longest time is said in, and how many seconds it has."""
    if not measure.is_time:
        return "%", 0.01
    stretches = [*report["series"], *(one for group in report["groups"] for one in group["series"])]
    longest = max(
        (figures_told.p90(times) or figures_told.median(times) or 0.0)
        for times in [
            _times(measure, report["total"]),
            *(_times(measure, one["figures"]) for one in stretches),
        ]
    )
    return next((name, length) for name, length, most in _UNITS if longest < most)
