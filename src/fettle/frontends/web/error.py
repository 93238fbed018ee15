"""One bug of an application: what it says, where, how often, what is known of it, what to do."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from fettle.errors import NotFound
from fettle.flow.error_news import service_of
from fettle.frontends.api import errors as api
from fettle.frontends.api.work import past_like
from fettle.frontends.report import deploy_document, error_event_document, investigation_document
from fettle.frontends.report.deploy_document import DeployOfIssueDocument
from fettle.frontends.report.error_document import ErrorDocument
from fettle.frontends.report.investigation_document import InvestigationDocument, LookDocument
from fettle.frontends.report.similar_document import SimilarItem
from fettle.frontends.web import standing, trends
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.frontends.web.targets import paths_of
from fettle.frontends.web.trends import Chart
from fettle.model.error_event import ErrorEvent, Frame, Raised
from fettle.store import deploys, errors_shown, investigations, issues
from fettle.store.errors_shown import Shown, WholeEvent

_MOST_FRAMES = 100
_MOST_LIKE = 3
_BACK = timedelta(days=14)
_AROUND = timedelta(days=1)  # before it was first seen; what went live then is a suspect
Act = Literal["resolve", "reopen", "mute", "unmute", "merge", "split"]


@dataclass(frozen=True)
class Link:
    """One exception of a chain, what reached the top first; frames from the innermost call on.

    `open` are the places of those that are shown at first: the application's own innermost.
    """

    raised: Raised
    frames: Sequence[Frame]
    left_out: int
    open: frozenset[int]


@dataclass(frozen=True)
class ErrorPage:
    """What error.html is given.

    `event` is the one that is shown, with its neighbours; None where none is kept any more.
    `paths` are the pages of targets, by their names, `like` past issues that are like its own.
    `missing` are the files whose source maps would make its stack readable.
    """

    error: ErrorDocument
    event: WholeEvent | None
    links: Sequence[Link]
    trend: Chart
    deploys: Sequence[DeployOfIssueDocument]
    diagnosis: InvestigationDocument | None
    paths: Mapping[str, str]
    like: Sequence[SimilarItem]
    missing: Sequence[str] = ()
    opened: str | None = None

    @property
    def upload(self) -> str:
        """The command that uploads the source maps of the event that is shown."""
        project = f"--project {shlex.quote(self.error['project'])}"
        release = self.event and self.event.event.release
        build = f" --release {shlex.quote(release)}" if release else ""
        return f"fettle error maps upload dist {project}{build}"

    @property
    def ended(self) -> bool:
        """Whether it is held for resolved."""
        return self.error["state"] == "resolved"

    @property
    def said(self) -> ErrorEvent | None:
        """What the application said of the event that is shown."""
        return self.event.event if self.event else None

    def on(self, act: Act) -> str:
        """Return where a form is sent."""
        return f"/errors/{self.error['id']}/{act}"

    def standing(self, look: LookDocument) -> Sequence[tuple[str, str]]:
        """Return how a database stood: its pool, locks and slow statements."""
        return standing.of_look(look["document"])


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.add("/errors/{id:number}", show)
    for act in ("resolve", "reopen", "mute", "unmute", "merge", "split"):
        pages.act(f"/errors/{{id:number}}/{act}", _deed(act))


async def show(look: Look) -> Response:
    """Show an error, by the event that the query names, else by its latest."""
    id_ = int(look.request.path_params["id"])
    shown = await api.of_id(look.connection, id_)
    if shown.group.id != id_:  # it was merged
        return RedirectResponse(f"/errors/{shown.group.id}", 303)
    error = await api.whole_of(look.connection, look.request, shown)
    event = await _event(look, shown, error)
    hours = {datetime.fromisoformat(one["hour"]): one["events"] for one in error["hours"]}
    page = ErrorPage(
        error,
        event,
        [_link(raised) for raised in reversed(event.event.raised)] if event else [],
        trends.chart(hours, shown.group.first_seen, look.serving.clock.now(), _BACK),
        await _deploys(look, shown),
        await _diagnosis(look, error["issue"]),
        paths_of(look.serving.targets),
        await _like(look, error["issue"]),
        error_event_document.maps_missing(event.event) if event else (),
        look.request.url.path.rpartition("/")[2] if look.refused else None,
    )
    return look.page("error.html", page, error["title"], live=[f"error {id_}", "error"])


async def _event(look: Look, shown: Shown, error: ErrorDocument) -> WholeEvent | None:
    named = look.request.query_params.get("event")
    if named is None:
        if not error["latest"]:
            return None
        named = error["latest"][0]["id"]
    try:
        id_ = UUID(named)
    except ValueError:
        raise NotFound(f"{named[:40]!r} is no event", remedy="go back to the error") from None
    found = await errors_shown.find_event(look.connection, shown.group, id_)
    if found is None and "event" in look.request.query_params:
        raise NotFound("that event is kept no more", remedy="the error's page shows its latest")
    if found is None:
        return None
    readable = await look.serving.readable.one(
        look.connection, shown.group.project, found.event, look.serving.clock.now()
    )
    return replace(found, event=readable)


def _link(raised: Raised) -> Link:
    frames = list(reversed(raised.frames))
    left_out = max(0, len(frames) - _MOST_FRAMES)
    frames = frames[:_MOST_FRAMES]
    own = next((place for place, frame in enumerate(frames) if frame.in_app), 0)
    return Link(raised, frames, left_out, frozenset({0, own}))


async def _deploys(look: Look, shown: Shown) -> Sequence[DeployOfIssueDocument]:
    """Return what went live shortly before it was first seen, and since; the latest first."""
    service = service_of(look.serving.desk, shown.project)
    since, until = shown.group.first_seen - _AROUND, look.serving.clock.now()
    found = await deploys.around(look.connection, [service or shown.project], since, until, 10)
    return [deploy_document.of_issue(one, shown.group.first_seen) for one in found]


async def _diagnosis(look: Look, issue: int | None) -> InvestigationDocument | None:
    """Return what was found when it was looked at for its issue."""
    if issue is None:
        return None
    found = await investigations.of_issue(look.connection, issue)
    return investigation_document.of_investigations(found)


async def _like(look: Look, issue: int | None) -> Sequence[SimilarItem]:
    """Return past issues that are like its own."""
    if issue is None:
        return []
    own = await issues.find(look.connection, issue)
    return (await past_like(look.connection, own, _MOST_LIKE))["items"]


def _deed(act: str) -> Any:  # noqa: ANN401 - a handler of a form
    async def deed(deed: Deed) -> Response:
        id_ = deed.request.path_params["id"]
        answer = await deed.call(f"/api/v1/errors/{id_}/{act}", _BODIES[act](deed.form))
        if not answer.ok:
            return await deed.refused(show, answer.reason, answer.remedy)
        return deed.back(f"/errors/{answer.document['id']}")

    return deed


def _nothing(_: Mapping[str, str]) -> Mapping[str, object]:
    return {}


def _resolved(form: Mapping[str, str]) -> Mapping[str, object]:
    return {"by": form.get("by") or "now"}


def _muted(form: Mapping[str, str]) -> Mapping[str, object]:
    """Return what ends it; what was left empty is not asked for."""
    typed = {"duration": form.get("duration", "").strip()}
    counts = {name: form.get(name, "").strip() for name in ("events", "events_an_hour")}
    return {
        **{name: value for name, value in typed.items() if value},
        **{name: _number(value) for name, value in counts.items() if value},
    }


def _merged(form: Mapping[str, str]) -> Mapping[str, object]:
    return {"others": [_number(one) for one in form.get("others", "").replace(",", " ").split()]}


def _split(form: Mapping[str, str]) -> Mapping[str, object]:
    if merged := form.get("merged"):
        return {"merged": _number(merged)}
    return {"keys": [_number(form.get("key", ""))]}


def _number(text: str) -> int | str:
    """Return a number where it is one; the API says what is wrong with anything else."""
    bare = text.removeprefix("#")
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) < 20 else text


_BODIES = {
    "resolve": _resolved,
    "reopen": _nothing,
    "mute": _muted,
    "unmute": _nothing,
    "merge": _merged,
    "split": _split,
}
