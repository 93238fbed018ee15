"""Known errors: what each is told by, its cause, its cures, and how often what helped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.frontends.api import solving
from fettle.frontends.report.solving_document import KnownErrorDocument, RecordDocument
from fettle.frontends.web.shell import Look, Pages
from fettle.model.known_error import KnownError


@dataclass(frozen=True)
class KnownErrorsPage:
    """What known_errors.html is given; `records` are by the ids of the errors."""

    items: Sequence[KnownError]
    records: Mapping[str, RecordDocument]


@dataclass(frozen=True)
class KnownErrorPage:
    """What known_error.html is given."""

    known: KnownErrorDocument


def install(pages: Pages) -> None:
    """Add the pages."""
    pages.place("Known errors", "/known-errors", "g k")
    pages.add("/known-errors", show)
    pages.add("/known-errors/{id}", show_one)


async def show(look: Look) -> Response:
    """Show what is known."""
    solver = look.serving.solver
    document = await solving.all_known(look.connection, solver)
    page = KnownErrorsPage(
        sorted(solver.cures.known.values(), key=lambda one: one.title.casefold()),
        {one["class"]: one["record"] for one in document["items"]},
    )
    return look.page("known_errors.html", page, "Known errors")


async def show_one(look: Look) -> Response:
    """Show one."""
    id_ = look.request.path_params["id"]
    known = await solving.one_known(look.connection, look.serving.solver, id_)
    return look.page("known_error.html", KnownErrorPage(known), known["title"])
