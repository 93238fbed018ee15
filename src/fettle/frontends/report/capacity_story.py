"""How much a page's server can carry, told to people."""

from collections.abc import Iterator

from fettle.frontends.report import figures
from fettle.frontends.report.blocks import Block, Column, Grid, Mark, Prose, Section, Story
from fettle.frontends.report.visible import visible
from fettle.model.budget import Judged
from fettle.model.capacity import Asked, Capacity, KeptCapacity, LoadStep
from fettle.model.quantity import say_count, say_duration
from fettle.optimisation.said import figure, ms

_COLUMNS = ("a second", "requests", "in time", "failed", "p50", "p95", "p99", "")


def capacity_story(found: Capacity, stands: Judged | None = None) -> Story:
    """Tell what a ramp came to; `stands` is how what is used stands to what is promised."""
    requests = sum(one.requests for one in found.steps)
    facts = (
        f"{say_count(requests, 'request')} in {say_duration(found.duration)}",
        f"alone an answer takes {ms(found.alone_ms)}",
        f"looked {figures.moment(found.started_at)}",
    )
    rates = Grid(
        tuple(Column(label, right=number < 7) for number, label in enumerate(_COLUMNS)),
        tuple(_row(one) for one in found.steps),
    )
    return Story(
        visible(found.url),
        Mark(carried(found), "ok" if found.carried is not None else "unknown"),
        facts,
        (),
        (
            Section("Carries", tuple(_carries(found, stands))),
            Section("Rates, one after the other", (rates,)),
        ),
    )


def carried(found: Capacity) -> str:
    """Return how much it carries, in short."""
    if found.carried is None:
        return "less than was tried"
    least = "at least " if found.at_least else ""
    return f"{least}{found.carried.rate:.0f} a second"


def _carries(found: Capacity, stands: Judged | None) -> Iterator[Block]:
    if found.carried is None:
        first = min(one.rate for one in found.steps)
        yield Prose(f"Not even {first:.0f} requests a second were carried.")
    else:
        yield Prose(
            f"{carried(found).capitalize()}: half of the answers within "
            f"{ms(found.carried.p50_ms)}, 19 of 20 within {ms(found.carried.p95_ms)}."
        )
    yield Prose(visible(found.why), lead="It ended there: " if found.at_least else "Beyond that: ")
    yield used(found, stands)


def used(found: Capacity | KeptCapacity, stands: Judged | None) -> Prose:
    """Say what is asked of a server now, what share that is, and how that stands."""
    if not isinstance(found.asked, Asked):
        return Prose(f"What is asked of it now is not known: {visible(found.asked.reason)}.", "dim")
    said = f"{found.asked.rate:.3g} a second are asked of it ({visible(found.asked.by)})"
    if found.used is None:
        return Prose(f"{said}.")
    if stands is None:
        return Prose(f"{said}: {found.used} of it, or less.")
    budget = figure(stands.budget.metric, stands.budget.target)
    status = stands.status.replace("-", " ")
    return Prose(f"{said}: {found.used} of it are used; up to {budget} is good: {status}.")


def _row(one: LoadStep) -> tuple[str, ...]:
    return (
        f"{one.rate:.1f}",
        str(one.requests),
        f"{one.achieved:.1f}",
        str(one.failed),
        ms(one.p50_ms),
        ms(one.p95_ms),
        ms(one.p99_ms),
        visible(one.why or "carried"),
    )
