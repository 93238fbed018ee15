"""A waterfall as pages draw it: a table of requests, each with the bar of its time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fettle.frontends.report.measure_document import RequestDocument
from fettle.frontends.report.optimised_document import LoadDocument, WhenName
from fettle.frontends.web import earned

WIDE = 1000  # of a bar's drawing; the page makes it as wide as there is room
_LEAST = 3.0  # what is drawn at all can be seen
_SHOWN = 60  # beyond that it is told how many there are
_LONGEST = 60


@dataclass(frozen=True)
class Bar:
    """A request: its line of the table, and its bar, which waits and then loads."""

    name: str
    address: str
    kind: str
    begins: str
    took: str
    size: str
    notes: Sequence[str]
    start: float
    wait: float
    load: float


@dataclass(frozen=True)
class Mark:
    """A moment that is marked in every bar."""

    name: str
    at: float


@dataclass(frozen=True)
class Waterfall:
    """The requests of one load; `says` is what it comes to."""

    when: WhenName
    says: str
    bars: Sequence[Bar]
    hidden: int
    marks: Sequence[Mark]


def drawn(load: LoadDocument, end_ms: float) -> Waterfall:
    """Draw a load on a scale that ends then."""
    rows = load["waterfall"]
    marks = [
        Mark(earned.NAMES[name], _at(load["metrics"][name]["median"], end_ms))
        for name in ("fcp", "lcp")
        if name in load["metrics"]
    ]
    number = len(rows) + load["hidden"]
    weight = earned.said("bytes", load["weight"]["transferred"])
    ended = earned.said("lcp", max(map(_end, rows), default=0.0))
    says = f"{number} requests, {weight}; the last ends after {ended}"
    bars = [_bar(row, load["page"], end_ms) for row in rows[:_SHOWN]]
    return Waterfall(load["when"], says, bars, number - len(bars), marks)


def end_of(loads: Sequence[LoadDocument]) -> float:
    """Return where the scale of several loads ends."""
    ends = [_end(row) for load in loads for row in load["waterfall"]]
    painted = [load["metrics"]["lcp"]["median"] for load in loads if "lcp" in load["metrics"]]
    return max([*ends, *painted, 1.0])


def _end(row: RequestDocument) -> float:
    known = (row["end"], row["first_byte"], row["start"])
    return next(one for one in known if one is not None)


def _bar(row: RequestDocument, page: str, end_ms: float) -> Bar:
    first = row["first_byte"] if row["first_byte"] is not None else _end(row)
    start, middle, end = (_at(one, end_ms) for one in (row["start"], first, _end(row)))
    return Bar(
        _name(row["url"], page),
        row["url"],
        row["kind"],
        earned.said("lcp", row["start"]),
        earned.said("lcp", _end(row) - row["start"]) if row["end"] is not None else "",
        earned.said("bytes", row["transferred"]),
        list(_notes(row)),
        start,
        max(0.0, round(middle - start, 1)),
        max(_LEAST, round(end - middle, 1)),
    )


def _name(url: str, page: str) -> str:
    parts = urlsplit(url)
    path = parts.path.rpartition("/")[2] or parts.path.strip("/") or page
    return path if len(path) <= _LONGEST else f"…{path[1 - _LONGEST :]}"


def _notes(row: RequestDocument) -> Iterator[str]:
    if row["blocks_rendering"]:
        yield "blocks rendering"
    if row["failed"] is not None:
        yield row["failed"][:_LONGEST]
    elif (row["status"] or 200) >= 400:
        yield f"answers {row['status']}"
    if row["end"] is None and row["failed"] is None:
        yield "had not ended"


def _at(ms: float, end_ms: float) -> float:
    return round(min(1.0, max(0.0, ms / end_ms)) * WIDE, 1)
