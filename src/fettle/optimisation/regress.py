"""How a page stands to itself when it was measured last: what is surely worse, since what; pure.

What varies with the machine by the half (TBT, TTI) is not compared.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fettle.model.chance import ENOUGH, changed
from fettle.model.deploy import Deploy
from fettle.model.finding import Finding
from fettle.model.measurement import KINDS, PageMeasurement
from fettle.model.page_history import Change, MeasuredOnce
from fettle.model.severity import Severity
from fettle.optimisation.said import figure, title

# Below that much nobody notices a difference, however sure it is.
_LEAST = {"ttfb": 50.0, "fcp": 50.0, "lcp": 50.0, "cls": 0.01, "inp": 50.0, "server_response": 50.0}
_LEAST_BYTES = 10 * 1024
SLOWER, HEAVIER = "page_slower", "page_heavier"


def since(measured: PageMeasurement, earlier: MeasuredOnce | None) -> PageMeasurement:
    """Return a measurement with what it was compared with, and with what is worse since."""
    if earlier is None:
        return measured
    compared = replace(measured, earlier=earlier)
    found = sorted((*measured.findings, *worse(compared)), key=lambda one: -one.severity)
    return replace(compared, findings=tuple(found))


def changes(measured: PageMeasurement) -> tuple[Change, ...]:
    """Return what each figure was and is; nothing where it was never measured before."""
    earlier = measured.earlier
    if earlier is None:
        return ()
    figures = [
        Change(
            name,
            statistics.median(earlier.figures[name]),
            metric.median,
            changed(earlier.figures[name], metric.values, least),
        )
        for name, least in _LEAST.items()
        if (metric := measured.metrics.get(name)) is not None and earlier.figures.get(name)
    ]
    sent = {kind: measured.weights[kind].transferred for kind in KINDS if kind in measured.weights}
    kinds = [kind for kind in KINDS if kind in sent or kind in earlier.weights]
    weights = [_weighed(kind, earlier.weights.get(kind, 0), sent.get(kind, 0)) for kind in kinds]
    total = _weighed("total", earlier.weights.get("total", 0), measured.weight.transferred)
    return (*figures, *weights, total)


def _weighed(kind: str, was: float, now: float) -> Change:
    """Return by how much what is sent has changed: from one visit to the next it hardly does."""
    return Change(kind, was, now, abs(now - was) > max(_LEAST_BYTES, ENOUGH * max(was, now)))


def worse(measured: PageMeasurement) -> Iterator[Finding]:
    """Yield a finding for each figure that is surely worse than it was."""
    if measured.earlier is None:
        return
    found = [one for one in changes(measured) if one.worse]
    slower = [one for one in found if one.metric in _LEAST]
    heavier = [one for one in found if one.metric not in _LEAST and one.metric != "total"]
    for one in slower:
        yield _finding(measured, measured.earlier, SLOWER, one)
    for one in heavier:
        yield _finding(measured, measured.earlier, HEAVIER, one)


def _finding(
    measured: PageMeasurement, earlier: MeasuredOnce, check: str, change: Change
) -> Finding:
    was, now = (figure(change.metric, value) for value in (change.was, change.now))
    unit = "" if change.metric == "cls" else "_ms" if check == SLOWER else "_bytes"
    live = went_live(earlier.deploys)
    return Finding(
        subject=f"{measured.url} {change.metric}",
        severity=Severity.MEDIUM if check == SLOWER else Severity.LOW,
        description=f"{title(change.metric)} was {was} on {earlier.at:%d %b %Y, %H:%M} UTC, and is "
        f"{now} on a {measured.profile}{f'; since then {live} went live' if live else ''}",
        metrics={f"was{unit}": round(change.was, 4), f"now{unit}": round(change.now, 4)},
        recommendations=(f"See what {live} changed",) if live else (),
        check=check,
        category="performance",
        title="A page is slower than it was"
        if check == SLOWER
        else "A page sends more than it did",
        impact="It was better, so it can be.",
    )


def went_live(deploys: Sequence[Deploy], most: int = 3) -> str:
    """Return the versions that went live, the latest first."""
    versions = list(dict.fromkeys(one.version for one in deploys))
    more = f" and {len(versions) - most} more" if len(versions) > most else ""
    return ", ".join(versions[:most]) + more
