"""Errors of applications: those that there are, by state, application and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.responses import Response

from fettle.errors import WrongUsage
from fettle.frontends.api import errors as api
from fettle.frontends.report.error_document import ErrorItem
from fettle.frontends.report.sentries_document import SentryItem
from fettle.frontends.web import trends
from fettle.frontends.web.shell import Look, Pages
from fettle.frontends.web.trends import Trend
from fettle.model.error_group import GroupState
from fettle.store import errors_shown

_PAGE = 50
_TREND = timedelta(days=14)


@dataclass(frozen=True)
class ErrorFilter:
    """States that are often asked for; `state` is what the query says."""

    name: str
    state: str


FILTERS = (
    ErrorFilter("To look at", "new,regressed,escalating"),
    ErrorFilter("Not resolved", "new,ongoing,regressed,escalating"),
    ErrorFilter("Muted", "muted"),
    ErrorFilter("Resolved", "resolved"),
    ErrorFilter("All", ""),
)


@dataclass(frozen=True)
class ErrorsPage:
    """What errors.html is given; `older` is the query of the next page.

    `trends` says of each error how often it came on each of the last days. `sentries` says how
    reading each project of a Sentry goes.
    """

    items: Sequence[ErrorItem]
    trends: Mapping[str, Trend]
    asked: Mapping[str, str]
    projects: Sequence[str]
    older: str | None
    sentries: Sequence[SentryItem] = ()
    filters: Sequence[ErrorFilter] = FILTERS

    @property
    def state(self) -> str:
        """The states that are shown, as the query says them."""
        return self.asked.get("state", "")

    @property
    def restricted(self) -> bool:
        """Whether not all are shown."""
        return any(value for name, value in self.asked.items() if name != "cursor")

    def with_state(self, state: str) -> str:
        """Return the query that shows other states of the same."""
        rest = {name: value for name, value in self.asked.items() if name in ("project", "q")}
        query = urlencode({**rest, **({"state": state} if state else {})}, safe=",")
        return f"?{query}" if query else ""


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Errors", "/errors", "g x", daily=True)
    pages.add("/errors", show)


async def show(look: Look) -> Response:
    """Show the errors that the query asks for."""
    given = {name: value for name, value in look.request.query_params.items() if value}
    wanted = _asked(given).wanted
    found = await errors_shown.listed(look.connection, wanted, _PAGE)
    document = api.page(found, _PAGE)
    older = document["next"]
    now = look.serving.clock.now()
    counted = await errors_shown.days_of(
        look.connection, [one.group.id for one in found], now - _TREND
    )
    page = ErrorsPage(
        document["items"],
        {str(id_): trends.of_days(days, now, _TREND) for id_, days in counted.items()},
        given,
        await errors_shown.projects(look.connection),
        None if older is None else urlencode({**given, "cursor": older}, safe=",~"),
        (await api.how_it_goes(look.connection, look.serving))["items"],
    )
    return look.page("errors.html", page, "Errors", live=["error"])


def _asked(given: Mapping[str, str]) -> api.Asked:
    try:
        return api.Asked.model_validate(
            {**given, "state": given["state"].split(",") if "state" in given else []}
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, wrong["loc"]))
        states = ", ".join(GroupState)
        raise WrongUsage(f"{place}: {wrong['msg']}", remedy=f"states are {states}") from None
