"""How much a page's server can carry, told to people."""

from collections.abc import Iterator

from fettle.frontends.report import figures
from fettle.frontends.report.blocks import Block, Column, Grid, Mark, Prose, Section, Story
from fettle.frontends.report.visible import visible
from fettle.model.capacity import Capacity, LoadStep
from fettle.model.quantity import say_count, say_duration
from fettle.optimisation.said import ms

_COLUMNS = ("a second", "requests", "in time", "failed", "p50", "p95", "p99", "")


def capacity_story(found: Capacity) -> Story:
    """Tell what a ramp came to."""
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
            Section("Carries", tuple(_carries(found))),
            Section("Rates, one after the other", (rates,)),
        ),
    )


def carried(found: Capacity) -> str:
    """Return how much it carries, in short."""
    if found.carried is None:
        return "less than was tried"
    least = "at least " if found.at_least else ""
    return f"{least}{found.carried.rate:.0f} a second"


def _carries(found: Capacity) -> Iterator[Block]:
    if found.carried is None:
        first = min(one.rate for one in found.steps)
        yield Prose(f"Not even {first:.0f} requests a second were carried.")
    else:
        yield Prose(
            f"{carried(found).capitalize()}: half of the answers within "
            f"{ms(found.carried.p50_ms)}, 19 of 20 within {ms(found.carried.p95_ms)}."
        )
    if found.used is not None:
        yield Prose(f"{found.asked:g} a second now: {found.used} of it are used.")
    yield Prose(visible(found.why), lead="It ended there: " if found.at_least else "Beyond that: ")


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
