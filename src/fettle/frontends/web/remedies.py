"""What Fettle does about known errors by itself: what waits, what goes on, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.frontends.api import solving
from fettle.frontends.report.attempt_document import AttemptDocument, FollowedAttempt
from fettle.frontends.report.solving_document import SolvingDocument
from fettle.frontends.web import forms
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.store import remedies
from fettle.store.remedies import Wanted

_PATH = "/remedies"
_MOST = 50
_ACTS = ("approve", "decline", "undo")


@dataclass(frozen=True)
class RemediesPage:
    """What remedies.html is given: how things stand, and the latest uses that wait for nobody."""

    state: SolvingDocument
    attempts: Sequence[AttemptDocument]


@dataclass(frozen=True)
class AttemptPage:
    """What attempt.html is given: one use of a remedy with its journal."""

    followed: FollowedAttempt


def install(pages: Pages) -> None:
    """Add the pages, and what their forms do."""
    pages.add(_PATH, show)
    pages.act(f"{_PATH}/stop", stop)
    pages.act(f"{_PATH}/start", start)
    pages.add(f"{_PATH}/{{attempt:uuid}}", show_one)
    pages.act(f"{_PATH}/{{attempt:uuid}}/{{act}}", decide)


async def show(look: Look) -> Response:
    """Show what waits, what goes on, and what was done."""
    solver = look.serving.solver
    found = await remedies.listed(look.connection, Wanted(), _MOST)
    said = [solving.document_of(one, solver) for one in found]
    page = RemediesPage(
        await solving.state_of(look.connection, solver),
        [one for one in said if one["state"] != "waiting"],  # those stand above
    )
    return look.page("remedies.html", page, "Remedies", live=["remedy", "issue"])


async def show_one(look: Look) -> Response:
    """Show one use of a remedy."""
    found = await remedies.find(look.connection, str(look.request.path_params["attempt"]))
    followed = await solving.followed(look.connection, look.serving.solver, found)
    title = f"{found.remedy} on {found.target}"
    return look.page("attempt.html", AttemptPage(followed), title, live=["remedy", "issue"])


async def decide(deed: Deed) -> Response:
    """Approve, decline or take back a use of a remedy."""
    attempt, act = deed.request.path_params["attempt"], deed.request.path_params["act"]
    if act not in _ACTS:
        raise NotFound(f"nothing is called {act[:40]} here", remedy="go back to Remedies")
    body = {"reason": deed.form.get("reason", "")} if act == "decline" else {}
    answer = await deed.call(f"/api/v1/attempts/{attempt}/{act}", body)
    if not answer.ok:
        return await deed.refused(show_one, answer.reason, answer.remedy)
    return deed.back(forms.local(deed.form.get("back", ""), f"{_PATH}/{attempt}"))


async def stop(deed: Deed) -> Response:
    """Let no remedy act any more."""
    answer = await deed.call("/api/v1/solving/stop", {"reason": deed.form.get("reason", "")})
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(_PATH)


async def start(deed: Deed) -> Response:
    """Let remedies act again."""
    answer = await deed.call("/api/v1/solving/start", {})
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(_PATH)
