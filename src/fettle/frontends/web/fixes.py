"""Fixes: plans that wait for somebody, runs and what came of them, and taking them back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.flow.fixes import Workshop
from fettle.frontends.api.fixes import as_it_is, planning_of
from fettle.frontends.report import fix_document
from fettle.frontends.report.fix_document import JournalDocument, KeptPlanItem, PlanningDocument
from fettle.frontends.web import forms
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.fix import KeptPlan, PlanState, RunStatus
from fettle.resolution import document
from fettle.resolution.document import PlanDocument, RunDocument
from fettle.store import fixes
from fettle.store.fixes import WantedPlans, WantedRuns

_MOST = 50
_OPEN = (PlanState.WAITING, PlanState.APPROVED)


@dataclass(frozen=True)
class FixesPage:
    """What fixes.html is given: plans that wait, and the latest runs.

    `opened` is the form that was refused, like `sha256:…/decline`.
    """

    plans: Sequence[KeptPlanItem]
    runs: Sequence[RunDocument]
    opened: str


@dataclass(frozen=True)
class FixRunPage:
    """What fix_run.html is given: a run, what it wrote down while it acted, and whom it is for."""

    run: RunDocument
    journal: Sequence[JournalDocument]
    undoable: bool
    ended: bool
    issues: Sequence[int]


@dataclass(frozen=True)
class PlanningPage:
    """What fix_planning.html is given: what planning came to.

    `plans` can be decided about as long as they are kept; `refused` say why nothing would be done.
    """

    planning: PlanningDocument
    ended: bool
    plans: Sequence[KeptPlanItem]
    refused: Sequence[PlanDocument]


def install(pages: Pages) -> None:
    """Add the pages, and what their forms do."""
    pages.place("Fixes", "/fixes", "g f")
    pages.add("/fixes", show)
    pages.add("/fixes/plannings/{planning:uuid}", show_planning)
    pages.add("/fixes/runs/{run:uuid}", show_run)
    pages.act("/fixes/runs/{run:uuid}/undo", undo)
    pages.act("/fixes/{plan}/{act}", decide)


async def show(look: Look) -> Response:
    """Show what waits, and what was done."""
    rule = look.serving.desk.rule
    since = look.serving.clock.now() - rule.wait
    waiting = await fixes.plans(look.connection, WantedPlans(since, _OPEN), _MOST)
    runs = await fixes.runs(look.connection, WantedRuns(), _MOST)
    page = FixesPage(
        [fix_document.of_item(one, rule) for one in waiting],
        [document.of_run(one) for one in runs],
        "{plan}/{act}".format_map(look.request.path_params) if look.refused else "",
    )
    return look.page("fixes.html", page, "Fixes", live=["fix"])


async def show_planning(look: Look) -> Response:
    """Show what planning came to, or that a worker is still at it."""
    shared, id_ = look.serving, look.request.path_params["planning"]
    shop = Workshop(shared.settings, shared.engine, shared.desk)
    found = await planning_of(look.connection, shop, id_)
    made = [one["plan"] for one in found["plans"] if one["refused"] is None]
    page = PlanningPage(
        found,
        found["state"] in ("done", "failed"),
        [fix_document.of_item(one, shop.rule) for one in await _kept(look, shop, made)],
        [one for one in found["plans"] if one["refused"] is not None],
    )
    return look.page("fix_planning.html", page, f"Plan to {found['fix']}", live=["fix"])


async def _kept(look: Look, shop: Workshop, plans: Sequence[str]) -> Sequence[KeptPlan]:
    """Return plans by their ids, as far as they have not lapsed."""
    found = []
    for plan in plans:
        with suppress(NotFound):
            found.append(await fixes.find_plan(look.connection, plan, shop.since))
    return found


async def show_run(look: Look) -> Response:
    """Show a run with its journal."""
    shared = look.serving
    shop = Workshop(shared.settings, shared.engine, shared.desk)
    found, kept = await fixes.find_run(look.connection, str(look.request.path_params["run"]))
    journal = await fixes.read_journal(look.connection, found.id)
    undoable = kept is not None and found.status in (RunStatus.DONE, RunStatus.UNSURE)
    now = await as_it_is(look.connection, shop, found)
    followed = fix_document.of_followed(now, undoable, journal)
    page = FixRunPage(
        followed["run"],
        followed["journal"],
        followed["undoable"],
        followed["ended"],
        await fixes.issues_of(look.connection, found.plan),
    )
    return look.page("fix_run.html", page, f"{found.fix} on {found.subject}", live=["fix"])


async def decide(deed: Deed) -> Response:
    """Apply, approve or decline a plan."""
    plan, act = deed.request.path_params["plan"], deed.request.path_params["act"]
    if act not in ("apply", "approve", "decline"):
        raise NotFound(f"nothing is called {act} here", remedy="go back to Fixes")
    body = {"reason": deed.form.get("reason", "")} if act == "decline" else {}
    answer = await deed.call(f"/api/v1/plans/{quote(plan, safe='')}/{act}", body)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    if act == "apply":
        return deed.back(f"/fixes/runs/{answer.document['run']}")
    return deed.back(forms.local(deed.form.get("back", ""), "/fixes"))


async def undo(deed: Deed) -> Response:
    """Take back what a run did."""
    answer = await deed.call(f"/api/v1/fix-runs/{deed.request.path_params['run']}/undo", {})
    if not answer.ok:
        return await deed.refused(show_run, answer.reason, answer.remedy)
    return deed.back(f"/fixes/runs/{answer.document['run']}")
