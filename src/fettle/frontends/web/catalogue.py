"""The parts that pages are made of, shown together for whoever builds the next page."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.frontends.report.issue_document import ClockDocument, EntryDocument
from fettle.frontends.report.moments import said
from fettle.frontends.web.reported import DrawnReport, drawn
from fettle.frontends.web.shell import Look, Pages
from fettle.model.issue import Status
from fettle.model.report import Chart, Curve, Report, Section, Table
from fettle.model.severity import Severity

HOSTILE = (
    '<script>alert("1")</script> \u202edesrever\u202c \u0645\u0631\u062d\u0628\u0627 \U0001f9ef '
    + "long" * 100
)


@dataclass(frozen=True)
class PartsPage:
    """What catalogue.html is given: an example of each part."""

    severities: Sequence[str]
    statuses: Sequence[str]
    clocks: Sequence[tuple[str, ClockDocument]]
    entries: Sequence[EntryDocument]
    now: str
    points: str
    times: Sequence[int]
    series: Sequence[dict[str, object]]
    hostile: str
    report: DrawnReport


def install(pages: Pages) -> None:
    """Add the page; no place of the navigation leads to it."""
    pages.add("/parts", show)


async def show(look: Look) -> Response:
    """Show every part."""
    now = look.serving.clock.now()
    at = said(now)
    start = int(now.timestamp()) - 3600 * 23
    values = [(hour * 7) % 23 + 3 for hour in range(24)]
    page = PartsPage(
        [*(str(severity) for severity in reversed(Severity)), "ok", "unknown"],
        [str(status) for status in Status],
        [
            ("response", {"due": at, "state": "running", "met_at": None}),
            ("update", {"due": at, "state": "breached", "met_at": None}),
            ("response", {"due": at, "state": "breached", "met_at": at}),
            ("resolution", {"due": None, "state": "paused", "met_at": None}),
            ("response", {"due": at, "state": "met", "met_at": at}),
        ],
        [
            {"at": at, "actor": "user:ada", "event": "note", "text": HOSTILE, "detail": {}},
            {"at": at, "actor": "fettle", "event": "called", "text": "ada", "detail": {}},
        ],
        at,
        " ".join(f"{place * 5},{28 - value}" for place, value in enumerate(values)),
        [start + 3600 * hour for hour in range(24)],
        [{"name": "issues", "values": values}],
        HOSTILE,
        drawn(_report(values)),
    )
    return look.page("catalogue.html", page, "Parts")


def _report(values: Sequence[int]) -> Report:
    """Return an example of a report."""
    week = tuple(
        (1_795_996_800.0 + place * 3600, value / 100) for place, value in enumerate(values)
    )
    usual = tuple((at, 0.1) for at, _ in week)
    chart = Chart("shop: error rate", "ratio", (Curve("this week", week), Curve("usual", usual)))
    table = Table(
        ("Target", "Figure", "Now"), (("shop", "error rate", "12 %"), (HOSTILE, "–", "–"))
    )
    section = Section("What got worse", ("Most of it.",), (HOSTILE,), table, (chart,))
    return Report("A report", "1 figure got worse, of 12 compared", (section,))
