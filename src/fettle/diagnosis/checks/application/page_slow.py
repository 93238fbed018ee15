"""A page is slow, or unsteady, for the people who visit it.

Why it matters:  People leave before it is there, or press something else than they meant; search
    engines show it further down.
Verify:          Run fettle optimise measure URL, which shows both: what is measured here, and what
    the browsers of the people who visited told.
Cure:            Run fettle optimise analyse URL: it says what makes it so, and what would earn the
    most.
Ignore when:     Nobody waits for that page: a report that takes long by its nature.
Cannot see:      Pages of which nothing is told: give the site a [[field]], and its pages its
    script; or have them measured with --save. How it is for those who left before it was there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.page_stand import PageStand
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Up to where a page is good, and from where it is poor: web.dev/articles/vitals.

    What is between is medium, what is poor is high. It is over when it is good again by a tenth.
    """

    lcp: timedelta = timedelta(seconds=2.5)
    lcp_poor: timedelta = timedelta(seconds=4)
    inp: timedelta = timedelta(milliseconds=200)
    inp_poor: timedelta = timedelta(milliseconds=500)
    cls: float = 0.1
    cls_poor: float = 0.25

    def cleared(self) -> "Limits":
        """Return the limits that hold until what was found is over."""
        return replace(self, lcp=self.lcp * 0.9, inp=self.inp * 0.9, cls=self.cls * 0.9)

    def of(self, metric: str) -> tuple[float, float]:
        """Return those of a figure, in its unit."""
        good, poor = getattr(self, metric), getattr(self, f"{metric}_poor")
        if isinstance(good, timedelta):
            return good / timedelta(milliseconds=1), poor / timedelta(milliseconds=1)
        return float(good), float(poor)


_NAMES = {
    "lcp": "its largest text or image is there after",
    "inp": "it answers a click after",
    "cls": "what people read moves by a score of",
}


@check(limits=Limits)
def judge(rows: Sequence[PageStand], limits: Limits) -> Iterator[Verdict]:
    """Grade each page by each Core Web Vital that is surely missed."""
    for row in rows:
        yield from _measured(row)
        good, poor = limits.of(row.metric)
        if row.surely > good:
            yield _finding(row, good, Severity.HIGH if row.surely > poor else Severity.MEDIUM)


def _measured(row: PageStand) -> Iterator[Verdict]:
    value = row.lately if row.people else row.value
    if value is None:
        return
    of = f"{row.page} {row.profile}" + ("" if row.people else " measured")
    if row.metric == "cls":
        yield Measurement("page_cls_score", round(value, 4), of)
    else:
        yield Measurement(f"page_{row.metric}_s", round(value / 1000, 4), of)


def _finding(row: PageStand, good: float, severity: Severity) -> Finding:
    if row.people:
        how = f"for one of four of {row.visits:,} visits as a {row.profile} in four weeks"
    else:
        how = f"as a {row.profile}, measured {say_duration(row.age)} ago"
    more = "more than " if row.people else ""
    unit = "" if row.metric == "cls" else "_ms"
    return Finding(
        f"{row.subject} {row.page}",
        severity,
        f"{_NAMES[row.metric]} {more}{_say(row.metric, row.value)} {how}; good is up to "
        f"{_say(row.metric, good)}",
        metrics={f"{row.metric}{unit}": round(row.value, 4), "visits_count": row.visits},
        recommendations=(
            "See what makes it so, and what would earn most: fettle optimise analyse",
        ),
        about=(things.service(row.subject),),
    )


def _say(metric: str, value: float) -> str:
    if metric == "cls":
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return say_duration(timedelta(milliseconds=value))
