"""The first page: what burns, what is promised, what is planned, and what Fettle did by itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from fettle.frontends.api import issues as api
from fettle.frontends.report import issue_document, people_document
from fettle.frontends.report.issue_document import IssueItem
from fettle.frontends.report.moments import said
from fettle.frontends.report.people_document import TeamDocument
from fettle.frontends.web.shell import Look, Pages
from fettle.store import overview
from fettle.store.overview import Count

_BURNING = 12
_DEEDS = 12
_AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Deed:
    """Something that Fettle did by itself."""

    issue: int
    at: str
    event: str
    text: str


@dataclass(frozen=True)
class Database:
    """A database that Fettle looks at by itself."""

    name: str
    looked_at: str | None
    firing: int
    missed: int


@dataclass(frozen=True)
class Planned:
    """A window that opens within the next days, or is open now."""

    name: str
    start: str
    end: str
    open: bool


@dataclass(frozen=True)
class OverviewPage:
    """What overview.html is given."""

    items: Sequence[IssueItem]
    counts: Mapping[str, Count]
    to_review: int
    teams: Sequence[TeamDocument]
    databases: Sequence[Database]
    planned: Sequence[Planned]
    deeds: Sequence[Deed]
    command: str

    @property
    def open(self) -> int:
        """How many issues are open."""
        return sum(count.open for count in self.counts.values())

    @property
    def untaken(self) -> int:
        """How many of them nobody has taken."""
        return sum(count.untaken for count in self.counts.values())


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Overview", "/", "g o")
    pages.add("/", show)


async def show(look: Look) -> Response:
    """Show how things stand."""
    connection, desk = look.connection, look.serving.desk
    found = await overview.burning(connection, _BURNING)
    readings = await api.read_clocks(connection, desk, found)
    page = OverviewPage(
        [issue_document.of_item(issue, readings[issue.number]) for issue in found],
        await overview.counts(connection),
        await overview.to_review(connection),
        people_document.of_teams(desk.people.teams.values(), desk.clock.now())["items"],
        await _databases(look),
        sorted(_planned(look), key=lambda one: one.start),
        [
            Deed(one.issue, said(one.at), one.event, one.text)
            for one in await overview.by_itself(connection, _DEEDS)
        ],
        "fettle key create --kind hook --name prod",
    )
    return look.page("overview.html", page, "Overview", live=["issue", "diagnosis"])


async def _databases(look: Look) -> Sequence[Database]:
    """Return those that were looked at, and those of the settings that wait for one."""
    found = [
        Database(one.database, said(one.looked_at), one.firing, one.missed)
        for one in await overview.databases(look.connection)
    ]
    known = {one.name for one in found}
    named = [one.name for one in look.serving.settings.database]
    return [*found, *(Database(name, None, 0, 0) for name in named if name not in known)]


def _planned(look: Look) -> Iterator[Planned]:
    now = look.serving.clock.now()
    for muting in look.serving.taking.mutings:
        open_now = muting.window.open_at(now)
        coming = muting.window.occurrences(now, now + _AHEAD)
        for one in (*((open_now,) if open_now else ()), *coming):
            yield Planned(muting.name, said(one.start), said(one.end), one is open_now)
