"""Issues: found by filters and words, kept filters, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.responses import Response

from fettle.errors import WrongUsage
from fettle.frontends.api import issues as api
from fettle.frontends.api.paging import next_after
from fettle.frontends.report import issue_document
from fettle.frontends.report.issue_document import IssueItem
from fettle.frontends.web.shell import Look, Pages
from fettle.model.issue import Status
from fettle.model.severity import Severity
from fettle.store import issues as kept

_PAGE = 50
_SEVERAL = ("status", "severity")


@dataclass(frozen=True)
class Filter:
    """A filter that has a name: `query` is what stands behind the `?`."""

    name: str
    query: str


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
    pages.place("Issues", "/issues", "g i")
    pages.add("/issues", show)


async def show(look: Look) -> Response:
    """Show the issues that the query asks for."""
    given = {name: value for name, value in look.request.query_params.items() if value}
    asked = _asked(given)
    found = await kept.listed(look.connection, asked.wanted, _PAGE)
    readings = await api.read_clocks(look.connection, look.serving.desk, found)
    last = next_after(found[-1].number if len(found) == _PAGE else None)
    people = look.serving.desk.people
    page = IssuesPage(
        [issue_document.of_item(issue, readings[issue.number]) for issue in found],
        BUILT_IN,
        given,
        [str(status) for status in Status],
        [str(severity) for severity in reversed(Severity)],
        sorted(people.services),
        sorted(people.teams),
        urlencode({name: value for name, value in given.items() if name != "cursor"}, safe=","),
        None if last is None else urlencode({**given, "cursor": last}, safe=","),
    )
    return look.page("issues.html", page, "Issues", live=["issue"])


def _asked(given: Mapping[str, str]) -> api.Asked:
    several = {name: given[name].split(",") for name in _SEVERAL if name in given}
    try:
        return api.Asked.model_validate({**given, **several})
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, wrong["loc"]))
        raise WrongUsage(f"{place}: {wrong['msg']}", remedy="begin again at Issues") from None
