"""The first page: what burns, what is promised, what is planned, and what Fettle did by itself."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from starlette.responses import Response

from fettle.flow import page_looks
from fettle.frontends.api import issues as api
from fettle.frontends.report import issue_document, people_document
from fettle.frontends.report.issue_document import IssueItem
from fettle.frontends.report.moments import said
from fettle.frontends.report.people_document import TeamDocument
from fettle.frontends.report.target_document import WORST
from fettle.frontends.web.shell import Look, Pages
from fettle.frontends.web.targets import path_of
from fettle.model.page_round import PageRound
from fettle.model.target import Kind
from fettle.model.update_kept import Waiting
from fettle.store import overview, update_checks
from fettle.store.overview import Count, Looked

_BURNING = 12
_DEEDS = 12
_SERVICES = 8
_TASKS = 8
_AHEAD = timedelta(days=7)
_LIVE = ("issue", "diagnosis", "targets", "updates", "pages")


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
    stale: bool = False


@dataclass(frozen=True)
class Service:
    """A service, or something that is needed and is no database; the worst come first."""

    name: str
    path: str
    status: str
    looked_at: str


@dataclass(frozen=True)
class Planned:
    """A window that opens within the next days or is open now, or a task that comes."""

    name: str
    start: str
    end: str
    open: bool = False
    path: str | None = None


@dataclass(frozen=True)
class OverviewPage:
    """What overview.html is given."""

    items: Sequence[IssueItem]
    counts: Mapping[str, Count]
    to_review: int
    updates: Sequence[Waiting]
    pages: PageRound | None
    pages_late: bool
    teams: Sequence[TeamDocument]
    databases: Sequence[Database]
    services: Sequence[Service]
    more: int
    planned: Sequence[Planned]
    deeds: Sequence[Deed]
    command: str

    @property
    def open(self) -> int:
        """How many issues are open."""
        return sum(count.open for count in self.counts.values())

    @property
    def security_updates(self) -> int:
        """How many updates wait that close a weakness."""
        return sum(one.number for one in self.updates)

    @property
    def untaken(self) -> int:
        """How many of them nobody has taken."""
        return sum(count.untaken for count in self.counts.values())


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Overview", "/", "g o", daily=True)
    pages.add("/", show)


async def show(look: Look) -> Response:
    """Show how things stand."""
    connection, desk = look.connection, look.serving.desk
    found = await overview.burning(connection, _BURNING)
    looked = await overview.watched(connection)
    services = _services(look, looked)
    readings = await api.read_clocks(connection, desk, found)
    serving = look.serving
    measured = await page_looks.latest(connection, serving.engine, serving.settings)
    now = desk.clock.now()
    page = OverviewPage(
        [issue_document.of_item(issue, readings[issue.number]) for issue in found],
        await overview.counts(connection),
        await overview.to_review(connection),
        await update_checks.waiting(connection),
        measured,
        measured is not None and not page_looks.counts(measured, now, serving.settings),
        people_document.of_teams(desk.people.teams.values(), now)["items"],
        _databases(look, looked),
        services[:_SERVICES],
        len(services[_SERVICES:]),
        sorted(
            [*_windows(look), *await asyncio.to_thread(_tasks, look)], key=lambda one: one.start
        ),
        [
            Deed(one.issue, said(one.at), one.event, one.text)
            for one in await overview.by_itself(connection, _DEEDS)
        ],
        "fettle key create --kind hook --name prod",
    )
    return look.page("overview.html", page, "Overview", live=_LIVE)


def _databases(look: Look, looked: Sequence[Looked]) -> Sequence[Database]:
    """Return those that were looked at, and those of the settings that wait for one."""
    now, targets = look.serving.clock.now(), look.serving.targets
    found = [
        Database(
            one.name,
            said(one.looked_at),
            one.firing,
            one.missed,
            one.name not in targets or targets[one.name].is_stale(one.looked_at, now),
        )
        for one in looked
        if one.kind == Kind.DATABASE
    ]
    known = {one.name for one in found}
    named = [one.name for one in look.serving.settings.database]
    return [*found, *(Database(name, None, 0, 0) for name in named if name not in known)]


def _services(look: Look, looked: Sequence[Looked]) -> Sequence[Service]:
    """Return those that are watched and are no databases, the worst first."""
    now, known = look.serving.clock.now(), look.serving.targets
    found = []
    for one in looked:
        target = known.get(one.name)
        if target is None or target.kind is Kind.DATABASE or one.status is None:
            continue
        status = "unknown" if target.is_stale(one.looked_at, now) else one.status
        path = path_of(one.name, target.kind)
        found.append(Service(one.name, path, status, said(one.looked_at)))
    return sorted(found, key=lambda one: WORST.index(one.status))


def _windows(look: Look) -> Iterator[Planned]:
    now = look.serving.clock.now()
    for muting in look.serving.taking.mutings:
        open_now = muting.window.open_at(now)
        coming = muting.window.openings(now, now + _AHEAD)
        for one in (*((open_now,) if open_now else ()), *coming):
            yield Planned(muting.name, said(one.start), said(one.end), one is open_now)


def _tasks(look: Look) -> Sequence[Planned]:
    """Return the tasks that come within the next days, each at its first time that counts."""
    now = look.serving.clock.now()
    found: dict[str, Planned] = {}
    for one in look.serving.agenda.plan(now, now + _AHEAD):
        if len(found) == _TASKS:
            break
        task, path = one.task, f"/maintenance/tasks/{quote(one.task.id, safe='')}"
        if one.reason is None and task.id not in found:
            found[task.id] = Planned(task.name, said(one.start), said(one.end), path=path)
    return list(found.values())
