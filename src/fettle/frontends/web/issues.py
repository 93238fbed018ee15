"""Issues: found by filters and words, kept filters, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from fettle.frontends.api import filters as filters_api
from fettle.frontends.api import issues as api
from fettle.frontends.api.inside import Answer
from fettle.frontends.api.paging import next_after
from fettle.frontends.report import issue_document
from fettle.frontends.report.issue_document import IssueItem
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.issue import Status
from fettle.model.role import Role
from fettle.model.severity import Severity
from fettle.store import filters
from fettle.store import issues as kept

_PAGE = 50


@dataclass(frozen=True)
class Filter:
    """A filter that has a name: `query` is what stands behind the `?`.

    `id` is that of one that somebody has kept; `by` who shares it, where that is somebody else.
    """

    name: str
    query: str
    id: str | None = None
    by: str | None = None
    shared: bool = False
    may_change: bool = False


@dataclass(frozen=True)
class IssuesPage:
    """What issues.html is given; `older` is the query of the next page."""

    items: Sequence[IssueItem]
    filters: Sequence[Filter]
    asked: Mapping[str, str]
    statuses: Sequence[str]
    severities: Sequence[str]
    services: Sequence[str]
    teams: Sequence[str]
    query: str
    older: str | None
    live: bool

    def is_at(self, one: Filter) -> bool:
        """Whether a filter is what the page shows."""
        return sorted(parse_qsl(one.query)) == sorted(parse_qsl(self.query))

    @property
    def at(self) -> Filter | None:
        """The kept filter that the page shows."""
        return next((one for one in self.filters if one.id and self.is_at(one)), None)

    @property
    def new(self) -> bool:
        """Whether the page shows what no filter stands for."""
        return self.restricted and not any(map(self.is_at, self.filters))

    @property
    def restricted(self) -> bool:
        """Whether anything but the page was asked for."""
        return any(value for name, value in self.asked.items() if name != "cursor")


BUILT_IN = (
    Filter("Open", "live=1"),
    Filter("Nobody has taken", "live=1&status=new,triaged"),
    Filter("Critical and high", "live=1&severity=critical,high"),
    Filter("To review", "status=resolved,in-review"),
    Filter("All", ""),
)


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Issues", "/issues", "g i", daily=True)
    pages.add("/issues", show)
    pages.act("/issues/filters", keep)
    pages.act("/issues/filters/{id:uuid}", change)
    pages.act("/issues/filters/{id:uuid}/delete", delete)


async def show(look: Look) -> Response:
    """Show the issues that the query asks for."""
    given = {name: value for name, value in look.request.query_params.items() if value}
    asked = filters_api.sought(given)
    found = await kept.listed(look.connection, asked.wanted, _PAGE)
    readings = await api.read_clocks(look.connection, look.serving.desk, found)
    last = next_after(found[-1].number if len(found) == _PAGE else None)
    people = look.serving.desk.people
    page = IssuesPage(
        [issue_document.of_item(issue, readings[issue.number]) for issue in found],
        [*BUILT_IN, *await _kept(look)],
        given,
        [str(status) for status in Status],
        [str(severity) for severity in reversed(Severity)],
        sorted(people.services),
        sorted(people.teams),
        urlencode({name: value for name, value in given.items() if name != "cursor"}, safe=","),
        None if last is None else urlencode({**given, "cursor": last}, safe=","),
        asked.live,
    )
    return look.page("issues.html", page, "Issues", live=["issue"])


async def _kept(look: Look) -> Sequence[Filter]:
    """Return the filters that the viewer sees, beside those that everybody has."""
    me = look.viewer.caller
    return [
        Filter(
            one.name,
            one.query,
            str(one.id),
            None if one.owner == me.actor else one.owner,
            one.shared,
            one.owner == me.actor or me.role >= Role.ADMIN,
        )
        for one in await filters.listed(look.connection, me.actor, filters_api.PAGE)
    ]


async def keep(deed: Deed) -> Response:
    """Keep what the page shows under a name."""
    query = deed.request.url.query
    body = {
        "name": deed.form.get("name", ""),
        "query": query,
        "shared": deed.form.get("shared") == "yes",
    }
    return await _done(deed, await deed.call("/api/v1/filters", body))


async def change(deed: Deed) -> Response:
    """Give a filter another name, and share it or not."""
    body = {"name": deed.form.get("name", ""), "shared": deed.form.get("shared") == "yes"}
    return await _done(deed, await deed.call(_path(deed), body, method="PATCH"))


async def delete(deed: Deed) -> Response:
    """Delete a filter."""
    return await _done(deed, await deed.call(_path(deed), {}, method="DELETE"))


def _path(deed: Deed) -> str:
    return f"/api/v1/filters/{deed.request.path_params['id']}"


async def _done(deed: Deed, answer: Answer) -> Response:
    """Go back to what was shown, or say why it was not done."""
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    query = deed.request.url.query
    return deed.back(f"/issues?{query}" if query else "/issues")
