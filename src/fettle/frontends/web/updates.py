"""Updates: what is on offer, security first, why some are held, and how the look for them went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from fettle.errors import WrongUsage
from fettle.flow import update_looks
from fettle.frontends.api import updates as api
from fettle.frontends.report import update_kept_document, update_told
from fettle.frontends.report.moments import said
from fettle.frontends.report.rehearsal_document import (
    RehearsalItem,
    UpdateRunItem,
    of_rehearsal,
    of_run,
)
from fettle.frontends.report.update_act_document import AskedDocument, of_act
from fettle.frontends.report.update_document import (
    SourceDocument,
    WithdrawnDocument,
    of_source,
)
from fettle.frontends.report.update_kept_document import CheckItem, UpdateItem, WeaknessItem
from fettle.frontends.report.update_report import ReportForm
from fettle.frontends.report.update_watch_document import QuarantineItem, quarantined
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.rehearsal import SYSTEM
from fettle.model.run import RunState
from fettle.model.update_kept import Kept
from fettle.settings.security import ProjectSettings
from fettle.settings.updated import updated
from fettle.store import update_acts, update_checks, update_watches, updates

PATH = "/updates"
_MOST = 100  # of each list
_LATEST = 10
_LOOKS = 50  # runs of the engine about updates, the latest look among them
_TAKEN_TOGETHER = 50


@dataclass(frozen=True)
class Unlooked:
    """What there was no look at, for one reason, and what would let there be one."""

    reason: str
    remedy: str | None
    number: int
    named: str


@dataclass(frozen=True)
class AtWork:
    """What waits for a worker, or is being done."""

    asked: AskedDocument
    path: str


@dataclass(frozen=True)
class Latest:
    """The latest look that was begun, while it goes on, or where nothing came of it."""

    at_work: bool
    reason: str | None


@dataclass(frozen=True)
class Together:
    """What of a project is worth taking; `untested` is why it cannot be rehearsed."""

    project: str
    ids: Sequence[str]
    untested: str | None


@dataclass(frozen=True)
class UpdatesPage:
    """What updates.html is given; `stale` is whether nobody has looked for too long."""

    check: CheckItem | None
    headline: str
    stale: bool
    next_look: str | None
    look: Latest | None
    sources: Sequence[SourceDocument]
    unlooked: Sequence[Unlooked]
    security: Sequence[UpdateItem]
    regular: Sequence[UpdateItem]
    held: Sequence[UpdateItem]
    open: Sequence[WeaknessItem]
    withdrawn: Sequence[WithdrawnDocument]
    together: Sequence[Together]
    at_work: Sequence[AtWork]
    quarantined: Sequence[QuarantineItem]
    rehearsals: Sequence[RehearsalItem]
    runs: Sequence[UpdateRunItem]
    projects: Sequence[str]
    asked: Mapping[str, str]
    most: int = _MOST

    def before(self, one: UpdateItem) -> bool:
        """Whether an update was not seen by the newest look, which could not look for it."""
        return self.check is not None and one["last_seen"] < self.check["at"]


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.place("Updates", PATH, "g p")
    pages.add(PATH, show)
    for form in ReportForm:
        pages.add(f"{PATH}.{form.ending}", partial(as_report, form=form))
    pages.act(f"{PATH}/look", look_now)
    pages.act(f"{PATH}/rehearse", rehearse)
    pages.act(f"{PATH}/quarantined/{{number:number}}/release", release)


async def as_report(look: Look, form: ReportForm) -> Response:
    """Give all that is known of updates, as the API does."""
    return await api.written(look.connection, form)


async def show(look: Look) -> Response:
    """Show what is on offer."""
    asked = _asked(look)
    kept = await update_checks.known(look.connection)
    project, words = asked.get("project"), asked.get("q", "").lower()
    items = [
        update_kept_document.of_kept(one)
        for one in (kept.updates if kept else ())
        if (not project or one.project == project) and words in one.update.package.name.lower()
    ]
    taken = [one for one in items if not one["held"]]
    sources = [] if kept is None else [of_source(one) for one in kept.check.sources]
    page = UpdatesPage(
        None if kept is None else update_kept_document.of_record(kept.check),
        _headline(kept),
        kept is not None and _is_stale(look, kept),
        await _next_look(look),
        await _latest(look, kept),
        sources,
        _unlooked(kept),
        [one for one in taken if one["type"] == "security"],
        [one for one in taken if one["type"] == "regular"],
        [one for one in items if one["held"]],
        [update_kept_document.of_weakness(one) for one in (kept.open if kept else ())],
        [each for one in sources for each in one["withdrawn"]],
        _together(look, taken),
        await _at_work(look),
        [quarantined(one) for one in await update_watches.quarantined(look.connection)],
        [of_rehearsal(one) for one in await updates.rehearsals(look.connection, limit=_LATEST)],
        await _runs(look),
        list(updated(look.serving.settings)),
        asked,
    )
    return look.page("updates.html", page, "Updates", live=["updates"])


def _asked(look: Look) -> Mapping[str, str]:
    asked = {name: value for name, value in look.request.query_params.items() if value}
    if strange := asked.keys() - {"project", "q"}:
        raise WrongUsage(
            f"{min(strange)[:40]}: nothing is called that", remedy="go back to Updates"
        )
    return asked


def _headline(kept: Kept | None) -> str:
    return "" if kept is None else update_told.headline(kept.as_told)


def _is_stale(look: Look, kept: Kept) -> bool:
    now, settings = look.serving.clock.now(), look.serving.settings
    return bool(settings.updates.every) and not update_looks.counts(kept.check.at, now, settings)


async def _next_look(look: Look) -> str | None:
    pending = await look.serving.engine.timers(look.connection, update_looks.SUBJECT)
    due = [one.due_at for one in pending if one.kind == update_looks.TIMER]
    return said(min(due)) if due else None


async def _latest(look: Look, kept: Kept | None) -> Latest | None:
    runs = await look.serving.engine.newest(look.connection, kind=update_looks.KIND, limit=_LOOKS)
    found = next((one for one in runs if one.name == update_looks.LOOK), None)
    if found is None or found.state is RunState.DONE:
        return None
    if kept is not None and kept.check.id == found.id:  # it is kept just before the run ends
        return None
    return Latest(not found.state.ended, found.error)


def _unlooked(kept: Kept | None) -> list[Unlooked]:
    if kept is None:
        return []
    return [
        Unlooked(reason, remedy, len(subjects), update_told.named(subjects))
        for (reason, remedy), subjects in update_told.unlooked(kept.check.sources).items()
    ]


def _together(look: Look, taken: Sequence[UpdateItem]) -> list[Together]:
    """Return what can be rehearsed together, project by project."""
    found = []
    for project in updated(look.serving.settings).values():
        ids = [one["id"] for one in taken if one["project"] == project.name]
        if ids:
            found.append(Together(project.name, ids[:_TAKEN_TOGETHER], untested(project)))
    return found


def untested(project: ProjectSettings | None) -> str | None:
    """Return why updates of a project cannot be rehearsed; None where they can."""
    if project is None:
        return "it is in no [[project]]: no tests could tell whether it works"
    if not project.rehearsal.test:
        return f"nothing says how {project.name} is tested: [project.rehearsal] test"
    return None


def how_of(project: ProjectSettings | None) -> str:
    """Return how what passed is applied to a project, or to the machine's packages."""
    if project is None:
        return "commit"
    return project.name if project.name == SYSTEM else project.apply.how


async def _at_work(look: Look) -> list[AtWork]:
    found = []
    for act in await update_acts.at_work(look.connection):
        asked = of_act(act)
        if asked is not None:
            kind = "rehearsals" if asked["kind"] == "rehearse" else "runs"
            found.append(AtWork(asked, f"{PATH}/{kind}/{act.id}"))
    return found


async def _runs(look: Look) -> list[UpdateRunItem]:
    found = await updates.runs(look.connection, limit=_LATEST)
    watches = await update_watches.of_runs(look.connection, found)
    return [of_run(one, watches.get(one.id)) for one in found]


async def look_now(deed: Deed) -> Response:
    """Have updates looked for."""
    answer = await deed.call("/api/v1/updates/checks", {})
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(PATH)


async def rehearse(deed: Deed) -> Response:
    """Have updates rehearsed together."""
    ids = deed.form.get("updates", "").split()
    answer = await deed.call("/api/v1/updates/rehearsals", {"updates": ids})
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(f"{PATH}/rehearsals/{answer.document['id']}")


async def release(deed: Deed) -> Response:
    """Let go of a version that is held."""
    path = f"/api/v1/updates/quarantined/{deed.request.path_params['number']}/release"
    answer = await deed.call(path, {"reason": deed.form.get("reason", "")})
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(PATH)
