"""A rehearsal of updates, and a run that applies them, from being asked for to the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.frontends.api import updates as api
from fettle.frontends.report.rehearsal_document import RehearsalItem, TrialDocument
from fettle.frontends.report.update_act_document import AppliedDocument, RehearsedDocument
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.frontends.web.updates import PATH, how_of
from fettle.settings.updated import updated


@dataclass(frozen=True)
class RehearsalPage:
    """What update_rehearsal.html is given: what was asked for, and what it came to.

    `how` is how what passed is applied.
    """

    told: RehearsedDocument
    project: str
    how: str

    @property
    def path(self) -> str:
        """Where what is decided about it is sent."""
        return f"{PATH}/rehearsals/{self.told['id']}"

    @property
    def landed(self) -> Sequence[str]:
        """What passed, by names."""
        rehearsal = self.told["rehearsal"]
        updates = rehearsal["updates"] if rehearsal else []
        return [f"{one['package']} {one['version']}" for one in updates if one["landed"]]

    @property
    def may_apply(self) -> bool:
        """Whether something passed that can be applied."""
        rehearsal = self.told["rehearsal"]
        return rehearsal is not None and bool(self.landed) and rehearsal["without_tests"] is None


@dataclass(frozen=True)
class RunPage:
    """What update_run.html is given: what was asked for, and what it came to."""

    told: AppliedDocument
    project: str

    @property
    def path(self) -> str:
        """Where what is decided about it is sent."""
        return f"{PATH}/runs/{self.told['id']}"

    @property
    def may_undo(self) -> bool:
        """Whether it can be taken back."""
        run = self.told["run"]
        if run is None or run["undoes"] is not None:
            return False
        return run["status"] == "done" or (run["status"] == "failed" and run["branch"] is not None)

    @property
    def before(self) -> TrialDocument | None:
        """The tests on what was there, without what was applied."""
        return _trial(self.told["rehearsal"], [])

    @property
    def after(self) -> TrialDocument | None:
        """The tests with all that was applied."""
        rehearsal = self.told["rehearsal"]
        landed = [one["id"] for one in rehearsal["updates"] if one["landed"]] if rehearsal else []
        return _trial(rehearsal, landed) if landed else None


def _trial(rehearsal: RehearsalItem | None, updates: Sequence[str]) -> TrialDocument | None:
    """Return the last time that tests ran with just these."""
    trials = rehearsal["trials"] if rehearsal else []
    return next(
        (one for one in reversed(trials) if sorted(one["updates"]) == sorted(updates)), None
    )


def install(pages: Pages) -> None:
    """Add the pages, and what their forms do."""
    pages.add(f"{PATH}/rehearsals/{{rehearsal}}", show_rehearsal)
    pages.act(f"{PATH}/rehearsals/{{rehearsal}}/apply", apply)
    pages.add(f"{PATH}/runs/{{run}}", show_run)
    pages.act(f"{PATH}/runs/{{run}}/undo", undo)


async def show_rehearsal(look: Look) -> Response:
    """Show a rehearsal, also one that waits for a worker."""
    told = await api.rehearsed(look.connection, look.request.path_params["rehearsal"][:40])
    project = (told["rehearsal"] or told["asked"] or {"project": ""})["project"]
    how = how_of(updated(look.serving.settings).get(project))
    number = f" {told['rehearsal']['number']}" if told["rehearsal"] else ""
    title = f"Rehearsal{number} of {project}"
    page = RehearsalPage(told, project, how)
    return look.page("update_rehearsal.html", page, title, live=["updates"])


async def show_run(look: Look) -> Response:
    """Show a run, also one that waits for a worker."""
    told = await api.applied(look.connection, look.request.path_params["run"][:40])
    project = (told["run"] or told["asked"] or {"project": ""})["project"]
    number = f" {told['run']['number']}" if told["run"] else ""
    title = f"Run{number} of updates of {project}"
    return look.page("update_run.html", RunPage(told, project), title, live=["updates"])


async def apply(deed: Deed) -> Response:
    """Have applied what passed."""
    rehearsal = deed.request.path_params["rehearsal"]
    body = {"rehearsal": rehearsal}
    if now := deed.form.get("now", "").strip():
        body["now"] = now
    answer = await deed.call("/api/v1/updates/runs", body)
    if not answer.ok:
        return await deed.refused(show_rehearsal, answer.reason, answer.remedy)
    return deed.back(f"{PATH}/runs/{answer.document['id']}")


async def undo(deed: Deed) -> Response:
    """Have taken back what a run did."""
    run = deed.request.path_params["run"]
    answer = await deed.call(f"/api/v1/updates/runs/{run}/undo", {})
    if not answer.ok:
        return await deed.refused(show_run, answer.reason, answer.remedy)
    return deed.back(f"{PATH}/runs/{answer.document['id']}")
