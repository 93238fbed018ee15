"""Optimisations: the runs that were to make web roots faster, and what each came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from fettle.errors import WrongUsage
from fettle.frontends.report import optimised_document
from fettle.frontends.report.optimised_document import OptimisationItem
from fettle.frontends.web import earned
from fettle.frontends.web.earned import Change
from fettle.frontends.web.shell import Look, Pages
from fettle.store import optimisations
from fettle.store.optimisations import Wanted

PATH = "/optimisations"
STATUSES = ("running", "done", "refused", "failed", "undone")
_MOST = 50


@dataclass(frozen=True)
class Line:
    """A run as the list shows it; `more` is how many pages it had beside the first."""

    run: OptimisationItem
    lcp: Change | None
    bytes: Change | None
    more: int

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"{PATH}/{self.run['run']}"


@dataclass(frozen=True)
class OptimisationsPage:
    """What optimisations.html is given; `older` is the query of the next page."""

    lines: Sequence[Line]
    asked: Mapping[str, str]
    statuses: Sequence[str]
    older: str | None


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Optimisations", PATH, "g w")
    pages.add(PATH, show)


async def show(look: Look) -> Response:
    """Show the runs, the latest first."""
    asked = dict(look.request.query_params)
    status = asked.get("status", "")
    if status and status not in STATUSES:
        raise WrongUsage(f"status: one of {', '.join(STATUSES)}")
    wanted = Wanted((status,) if status else (), None, asked.get("cursor") or None)
    found = await optimisations.past(look.connection, wanted, _MOST)
    older = None
    if len(found) == _MOST:
        older = urlencode({**({"status": status} if status else {}), "cursor": found[-1].id})
    lines = [_line(optimised_document.of_item(one)) for one in found]
    page = OptimisationsPage(lines, asked, STATUSES, older)
    return look.page("optimisations.html", page, "Optimisations", live=["optimisation"])


def _line(run: OptimisationItem) -> Line:
    figures = run["improvement"]
    return Line(
        run, earned.of(figures, "lcp"), earned.of(figures, "bytes"), max(0, len(run["urls"]) - 1)
    )
