"""How a page was measured over time, told to people."""

from collections.abc import Sequence
from statistics import median

from fettle.frontends.report import figures
from fettle.frontends.report.blocks import Column, Grid, Mark, Prose, Section, Story
from fettle.frontends.report.visible import visible
from fettle.model.measurement import Profile
from fettle.model.page_history import MeasuredOnce
from fettle.model.quantity import say_count
from fettle.optimisation.regress import went_live
from fettle.optimisation.said import figure

_FIGURES = ("lcp", "fcp", "cls", "inp", "ttfb")
_COLUMNS = ("measured", "LCP", "FCP", "CLS", "INP", "TTFB", "sent", "on", "went live before")


def trend_story(url: str, profile: Profile, kept: Sequence[MeasuredOnce]) -> Story:
    """Tell how a page was measured, the latest first."""
    rows = tuple(_row(one) for one in kept)
    grid = Grid(
        tuple(Column(label, right=1 <= number <= 6) for number, label in enumerate(_COLUMNS)), rows
    )
    nothing = Prose("Nothing was kept of it: fettle optimise measure --save does so.")
    return Story(
        visible(url),
        Mark(say_count(len(kept), "measurement"), "ok" if kept else "unknown"),
        (f"as a {profile}", "medians of the visits"),
        (),
        (Section("Measured", (grid if kept else nothing,)),),
    )


def _row(one: MeasuredOnce) -> tuple[str, ...]:
    values = [one.figures.get(name) for name in _FIGURES]
    medians = zip(_FIGURES, values, strict=True)
    told = ["–" if not some else figure(name, median(some)) for name, some in medians]
    sent = figure("total", one.weights["total"]) if "total" in one.weights else "–"
    machine, live = visible(one.machine), visible(went_live(one.deploys)) or "–"
    return figures.moment(one.at), *told, sent, machine, live
