"""An update: its versions, what it closes, what there is to know, and what was done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.frontends.api import updates as api
from fettle.frontends.report.rehearsal_document import RehearsalItem, UpdateRunItem
from fettle.frontends.report.update_kept_document import UpdateItem
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.frontends.web.updates import PATH, how_of, untested
from fettle.settings.updated import updated


@dataclass(frozen=True)
class UpdatePage:
    """What update.html is given.

    `passed` is the newest rehearsal that this update passed alone; `untested` is why it cannot be
    rehearsed, `how` how what passed is applied.
    """

    update: UpdateItem
    rehearsals: Sequence[RehearsalItem]
    runs: Sequence[UpdateRunItem]
    passed: RehearsalItem | None
    untested: str | None
    how: str

    @property
    def path(self) -> str:
        """Where what is decided about it is sent."""
        return address(self.update["id"])

    @property
    def applied(self) -> bool:
        """Whether a run has applied it, and nobody took it back."""
        return any(one["status"] == "done" and not one["undoes"] for one in self.runs)

    def link(self, url: str | None) -> str | None:
        """Return an address from outside that may be followed; None for any other."""
        return url if url and url.startswith(("https://", "http://")) else None


def address(id_: str) -> str:
    """Return the address of an update's page."""
    return f"{PATH}/{quote(id_, safe='')}"


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.add(f"{PATH}/{{update}}", show)
    pages.act(f"{PATH}/{{update}}/{{act}}", decide)


async def show(look: Look) -> Response:
    """Show an update."""
    told = await api.about(look.connection, look.request.path_params["update"][:200])
    update = told["update"]
    project = updated(look.serving.settings).get(update["project"] or "")
    page = UpdatePage(
        update,
        told["rehearsals"],
        told["runs"],
        _passed(told["rehearsals"], update["id"]),
        untested(project),
        how_of(project),
    )
    title = f"{update['package']} {update['current']} → {update['version']}"
    return look.page("update.html", page, title, live=["updates"])


def _passed(rehearsals: Sequence[RehearsalItem], id_: str) -> RehearsalItem | None:
    """Return the newest rehearsal in which an update landed alone; they come newest first."""
    for one in rehearsals:
        landed = [each["id"] for each in one["updates"] if each["landed"]]
        if landed == [id_] and one["without_tests"] is None:
            return one
    return None


async def decide(deed: Deed) -> Response:
    """Rehearse an update, or apply it."""
    update, act = deed.request.path_params["update"], deed.request.path_params["act"]
    if act == "rehearse":
        answer = await deed.call("/api/v1/updates/rehearsals", {"updates": [update]})
        kind = "rehearsals"
    elif act == "apply":
        body: dict[str, object] = {"updates": [update]}
        if "reason" in deed.form:
            body["without_rehearsal"] = deed.form["reason"].strip()
        if now := deed.form.get("now", "").strip():
            body["now"] = now
        answer = await deed.call("/api/v1/updates/runs", body)
        kind = "runs"
    else:
        raise NotFound(f"nothing is done by {act[:40]}", remedy="go back to Updates")
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"{PATH}/{kind}/{answer.document['id']}")
