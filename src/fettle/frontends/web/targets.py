"""Services and what they need: all that is watched, and how it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.responses import Response

from fettle.flow.catalogued import Known
from fettle.frontends.report import target_document
from fettle.frontends.report.target_document import TargetItem
from fettle.frontends.web import beats, panels, trends
from fettle.frontends.web.beats import Bar
from fettle.frontends.web.shell import Look, Pages
from fettle.frontends.web.trends import Trend
from fettle.store import samples
from fettle.store.samples import Span, Stands

PATH = "/services"
LOOKS = 30
_LATELY, _DAY = timedelta(days=7), timedelta(days=1)
_GROUPS = (
    ("Services", ("service",)),
    ("What they need", ("dependency", "database", "cdn", "edge")),
    ("Machines and what tells of them", ("host", "prometheus", "site", "log")),
)


@dataclass(frozen=True)
class Row:
    """A target in the list; `path` is its page's address, `now` its leading figure as it is."""

    target: TargetItem
    path: str
    beats: Bar
    trend: Trend | None
    now: str


@dataclass(frozen=True)
class Group:
    """Targets of some kinds."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class TargetsPage:
    """What targets.html is given; `paths` are the addresses of pages, by the targets' names."""

    groups: Sequence[Group]
    paths: Mapping[str, str]
    counts: Mapping[str, int]


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Services", PATH, "g v", daily=True)
    pages.add(PATH, show)


async def show(look: Look) -> Response:
    """Show every target, those of the business first."""
    known, now = look.serving.targets, look.serving.clock.now()
    stands = await samples.stand(look.connection, list(known))
    issues = await samples.issues(look.connection, list(known))
    items = target_document.of_targets(known.values(), stands, issues, now)["items"]
    ids = [one.id for one in stands.values()]
    beaten = await samples.beats(look.connection, ids, now - _LATELY, LOOKS)
    bars = {
        name: beats.bar(beaten[one.id].status, LOOKS)
        for name, one in stands.items()
        if one.id in beaten
    }
    nothing = beats.bar((), LOOKS)
    drawn = await _trends(look, stands, now)
    rows = [
        Row(
            one,
            path_of(one["name"], one["kind"]),
            bars.get(one["name"], nothing),
            *drawn.get(one["name"], (None, "")),
        )
        for one in items
    ]
    groups = [
        Group(title, found)
        for title, kinds in _GROUPS
        if (found := [row for row in rows if row.target["kind"] in kinds])
    ]
    counts: dict[str, int] = {}
    for one in items:
        counts[one["status"] or "none"] = counts.get(one["status"] or "none", 0) + 1
    page = TargetsPage(groups, {row.target["name"]: row.path for row in rows}, counts)
    return look.page("targets.html", page, "Services", live=["issue", "target"])


async def _trends(
    look: Look, stands: Mapping[str, Stands], now: datetime
) -> Mapping[str, tuple[Trend, str]]:
    """Return how the leading figure of each target went in the last day, and what it is now."""
    ids = [one.id for one in stands.values()]
    span = Span(now - _DAY, now, samples.HOUR)
    leading = await samples.leading(look.connection, ids, panels.LEADING, span.since)
    lines = await samples.lines(look.connection, [one.id for one in leading.values()], span)
    return {
        name: (trends.of_figure(one, lines[one.id], span), panels.told(one.metric, one.latest))
        for name, stand in stands.items()
        if (one := leading.get(stand.id)) is not None and one.id in lines
    }


def path_of(name: str, kind: str) -> str:
    """Return the address of a target's page."""
    return f"{'/databases' if kind == 'database' else PATH}/{quote(name)}"


def paths_of(known: Mapping[str, Known]) -> Mapping[str, str]:
    """Return the addresses of the pages of targets, by their names."""
    return {name: path_of(name, one.kind) for name, one in known.items()}
