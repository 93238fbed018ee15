"""Known errors: what each is told by, its cause, its cures, and how often what helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from fettle.flow.knowing import TOPIC
from fettle.frontends.api import known_errors as api
from fettle.frontends.report.known_error_document import KnownErrorDocument, KnownErrorItem
from fettle.frontends.web import known_form
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.written_error import KINDS, WrittenSigns

_TOLD = {
    "certain": "By itself",
    "likely": "Together with others",
    "hint": "Between equals",
    "against": "It is something else",
}


@dataclass(frozen=True)
class KnownErrorsPage:
    """What known_errors.html is given; `retired` are kept, and matched no more."""

    items: Sequence[KnownErrorItem]
    retired: Sequence[KnownErrorItem]


@dataclass(frozen=True)
class KnownErrorPage:
    """What known_error.html is given; `shown` is the version that was asked for."""

    known: KnownErrorDocument
    shown: int | None

    @property
    def told(self) -> Sequence[tuple[str, WrittenSigns]]:
        """What it is told by, with what that counts for."""
        document = self.known["document"]
        signs = [(_TOLD[kind], document.get(kind)) for kind in KINDS]
        return [(counts, one) for counts, one in signs if one]  # type: ignore[misc]

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"/known-errors/{self.known['class']}"


def install(pages: Pages) -> None:
    """Add the pages, and what their forms do."""
    pages.place("Known errors", "/known-errors", "g k")
    pages.add("/known-errors", show)
    known_form.install(pages)  # before /{id}, which would take "new" for one
    pages.add("/known-errors/{id}", show_one)
    for act in ("retire", "restore"):
        pages.act(f"/known-errors/{{id}}/{act}", move)


async def show(look: Look) -> Response:
    """Show what is known, a team's own first."""
    document = await api.every(look.connection, look.serving.solver)
    items = sorted(
        document["items"], key=lambda one: (one["origin"] == "fettle", one["title"].casefold())
    )
    page = KnownErrorsPage(
        [one for one in items if not one["retired"]], [one for one in items if one["retired"]]
    )
    return look.page("known_errors.html", page, "Known errors", live=[TOPIC])


async def show_one(look: Look) -> Response:
    """Show one, as it is or as it was in a version."""
    id_, shown = look.request.path_params["id"], look.number("version")
    known = await api.whole(look.connection, look.serving.solver, id_, shown)
    return look.page("known_error.html", KnownErrorPage(known, shown), known["title"], live=[TOPIC])


async def move(deed: Deed) -> Response:
    """Let it be matched no more, or again."""
    id_ = quote(deed.request.path_params["id"], safe="")
    act = deed.request.url.path.rpartition("/")[2]
    answer = await deed.call(f"/api/v1/known-errors/{id_}/{act}", {})
    if not answer.ok:
        return await deed.refused(show_one, answer.reason, answer.remedy)
    return deed.back(f"/known-errors/{id_}")
