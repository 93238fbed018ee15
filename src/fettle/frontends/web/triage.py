"""How often triage was right: what it said against what people settled, by who had decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from starlette.responses import Response

from fettle.errors import WrongUsage
from fettle.frontends.report import triage_document
from fettle.frontends.report.triage_document import (
    JudgedDocument,
    RefusedDocument,
    TrainedDocument,
    TriageDocument,
)
from fettle.frontends.web import numbers
from fettle.frontends.web.shell import Look, Pages
from fettle.model.severity import Severity
from fettle.store import decisions, trainings

_DAYS = 90
_LONGEST = 3660
_PERIODS = (30, 90, 365)
_WORST_FIRST = tuple(severity.label for severity in reversed(Severity))
_DECIDERS = {
    "model": "The team's model",
    "rule": "The rules",
    "source": "The source's own word",
    "llm": "The language model",
}
Kind = Literal["right", "low", "high", "none"]


@dataclass(frozen=True)
class Cell:
    """How often something was said where something was right; `low` is what hurts."""

    times: int
    kind: Kind


@dataclass(frozen=True)
class Row:
    """What was said of the issues that were of one severity, the worst first."""

    right: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Judged:
    """How often one that decides was right; `share` is its part of all that was settled."""

    name: str
    settled: int
    corrected: int
    accuracy: float | None
    too_low: float | None
    share: float
    rows: Sequence[Row]


@dataclass(frozen=True)
class TriagePage:
    """What triage.html is given; `surest` is how sure the model must be to speak (0 to 1)."""

    days: int
    periods: Sequence[int]
    severities: Sequence[str]
    learnt: TrainedDocument | None
    refused: RefusedDocument | None
    surest: float
    settled: int
    judged: Sequence[Judged]


def install(pages: Pages) -> None:
    """Add the page."""
    pages.add("/triage", show)


async def show(look: Look) -> Response:
    """Show what was settled in the last days."""
    days, until = _days(look.request.query_params.get("days", "")), look.serving.clock.now()
    since = until - timedelta(days=days)
    learnt = await trainings.newest(look.connection)
    counted = await decisions.counted(look.connection, since, until)
    found = triage_document.of(learnt, counted, since, until)
    page = TriagePage(
        days,
        _PERIODS,
        _WORST_FIRST,
        found["learnt"],
        found["refused"],
        look.serving.desk.policy.limits.confidence,
        found["overall"]["settled"],
        list(_judged(found)),
    )
    return look.page("triage.html", page, "Triage")


def _days(given: str) -> int:
    if not given:
        return _DAYS
    days = numbers.read(given)
    if days is None or not 1 <= days <= _LONGEST:
        raise WrongUsage(f"days: it is a number from 1 to {_LONGEST}", remedy="begin at Triage")
    return days


def _judged(found: TriageDocument) -> Iterator[Judged]:
    """Give all of it together, and then each that decides."""
    overall = found["overall"]
    if len(found["by"]) > 1:
        yield _of("All together", overall, overall["settled"])
    by: Mapping[str, JudgedDocument] = {str(name): one for name, one in found["by"].items()}
    for name, title in _DECIDERS.items():
        if name in by:
            yield _of(title, by[name], overall["settled"])


def _of(title: str, one: JudgedDocument, settled: int) -> Judged:
    times = {(cell["said"], cell["right"]): cell["times"] for cell in one["matrix"]}
    return Judged(
        title,
        one["settled"],
        one["corrected"],
        one["accuracy"],
        one["too_low"],
        one["settled"] / settled,
        [
            Row(right, [_cell(times.get((said, right), 0), said, right) for said in _WORST_FIRST])
            for right in _WORST_FIRST
        ],
    )


def _cell(times: int, said: str, right: str) -> Cell:
    if not times:
        return Cell(0, "none")
    if said == right:
        return Cell(times, "right")
    low = Severity.named(said) < Severity.named(right)
    return Cell(times, "low" if low else "high")
