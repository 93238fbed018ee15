"""Known errors: what each is told by, its cause and its cures."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.frontends.web.shell import Look, Pages
from fettle.model.known_error import KnownError


@dataclass(frozen=True)
class KnownErrorsPage:
    """What known_errors.html is given."""

    items: Sequence[KnownError]


@dataclass(frozen=True)
class KnownErrorPage:
    """What known_error.html is given."""

    known: KnownError


def install(pages: Pages) -> None:
    """Add the pages."""
    pages.place("Known errors", "/known-errors", "g k")
    pages.add("/known-errors", show)
    pages.add("/known-errors/{id}", show_one)


async def show(look: Look) -> Response:
    """Show what is known."""
    known = look.serving.recogniser().catalogue.values()
    page = KnownErrorsPage(sorted(known, key=lambda one: one.title.casefold()))
    return look.page("known_errors.html", page, "Known errors")


async def show_one(look: Look) -> Response:
    """Show one."""
    id_ = look.request.path_params["id"].replace("-", "_")
    known = look.serving.recogniser().catalogue.get(id_)
    if known is None:
        raise NotFound(f"no known error is called {id_[:60]}", remedy="go back to Known errors")
    return look.page("known_error.html", KnownErrorPage(known), known.title)
