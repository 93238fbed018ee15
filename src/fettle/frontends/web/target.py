"""A service, or anything that is watched: how it is, how it was, and what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import quote

from starlette.responses import Response

from fettle.flow import seen_lately, why
from fettle.flow.catalogued import Known
from fettle.frontends.api import targets as api
from fettle.frontends.report import target_document
from fettle.frontends.report.check_document import (
    CauseDocument,
    CheckDocument,
    FindingDocument,
    UnknownDocument,
)
from fettle.frontends.report.moments import said
from fettle.frontends.report.target_document import LookDocument, TargetDocument
from fettle.frontends.web import beats, panels
from fettle.frontends.web.beats import Bar, Day
from fettle.frontends.web.panels import Figure, Panel
from fettle.frontends.web.recent import Recent
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.frontends.web.targets import PATH, path_of
from fettle.model.deploy import Deploy
from fettle.model.incident import Suspect
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.store import deploys, samples
from fettle.store.samples import Span, Stands

_BEATS, _DAYS, _RECENT = 60, 30, 12
_POINTS = 240
_DEPLOYS = 20
_SUSPECTS = 3
_LASTS = timedelta(minutes=1)  # of what hangs together with much they take a part of a second
TIMES: Mapping[str, timedelta] = {
    "3h": timedelta(hours=3),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
_USUAL = "1d"


Why = Recent[tuple[str, datetime], Sequence[Suspect]]


@dataclass(frozen=True)
class Other:
    """Another target: what this one needs, or what needs it; `path` None for a mere name."""

    name: str
    path: str | None
    status: str | None


@dataclass(frozen=True)
class Found:
    """What the latest look of each schedule found, as it was saved.

    `at` is when the latest of them was; one that could see nothing is none of them.
    """

    findings: Sequence[FindingDocument]
    causes: Sequence[CauseDocument]
    unknown: Sequence[UnknownDocument]
    clean: Sequence[str]
    at: str | None = None


@dataclass(frozen=True)
class Chosen:
    """A time of charts: its name, and whether it is shown."""

    name: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class TargetPage:
    """What target.html is given."""

    target: TargetDocument
    path: str
    every: str | None
    found: Found
    suspects: Sequence[Suspect]
    beats: Bar
    days: Sequence[Day]
    well: str | None
    panels: Sequence[Panel]
    marks: Sequence[Mapping[str, object]]
    figures: Sequence[Figure]
    times: Sequence[Chosen]
    needs: Sequence[Other]
    needed_by: Sequence[Other]
    looks: Sequence[LookDocument]
    deploys: Sequence[Deploy]

    @property
    def here(self) -> str:
        """The address of what is shown."""
        over = next(one.query for one in self.times if one.chosen)
        return f"{self.path}?{over}"

    def said(self, deploy: Deploy) -> str:
        """Return when something was deployed, as documents write it."""
        return said(deploy.at)


def install(pages: Pages) -> None:
    """Add the page, and what its form does."""
    recent: Why = Recent(pages.serving.clock, _LASTS)

    async def shown(look: Look) -> Response:
        return await _show(look, recent)

    async def look_again(deed: Deed) -> Response:
        """Let it be looked at now."""
        name = deed.request.path_params["name"]
        answer = await deed.call(f"/api/v1/targets/{quote(name)}/look", {})
        if not answer.ok:
            return await deed.refused(shown, answer.reason, answer.remedy)
        asked = deed.request.url.query
        return deed.back(f"{PATH}/{quote(name)}" + (f"?{asked}" if asked else ""))

    pages.add(f"{PATH}/{{name:path}}", shown)
    pages.act(f"{PATH}/{{name:path}}", look_again)


async def _show(look: Look, recent: Why) -> Response:
    """Show a target; the query says of which time its charts are."""
    known = api.find(look.serving, look.request.path_params["name"])
    now = look.serving.clock.now()
    others = list(dict.fromkeys((*known.needs, *known.needed_by)))
    stands = await samples.stand(look.connection, [known.name, *others])
    over = look.request.query_params.get("over", _USUAL)
    over = over if over in TIMES else _USUAL
    page = await _Telling(recent, look, known, stands, now).page(over)
    here = stands.get(known.name)
    live = ["issue", *([] if here is None else [f"target {here.id}"])]
    return look.page("target.html", page, known.name, live=live)


@dataclass(frozen=True)
class _Telling:
    """Reads what is to be told of a target; what takes long is told again for a while."""

    recent: Why
    look: Look
    known: Known
    stands: Mapping[str, Stands]
    now: datetime

    async def page(self, over: str) -> TargetPage:
        """Return the page."""
        connection, known, now = self.look.connection, self.known, self.now
        here = self.stands.get(known.name)
        issues = (await samples.issues(connection, [known.name])).get(known.name, ())
        series = [] if here is None else await samples.series(connection, here.id)
        past = series, *await self._past(here)
        target = target_document.of_target(known, here, issues, past, now)
        latest = past[1][0].at if past[1] else None
        span = self._span(over)
        lines = await samples.lines(connection, panels.shown(series, span), span) if series else {}
        deployed = await self._deploys(span)
        return TargetPage(
            target,
            path_of(known.name, known.kind),
            None if known.every is None else say_duration(known.every),
            await self._found(),
            await self._suspects(here),
            beats.bar([one["status"] for one in reversed(target["looks"])], _BEATS),
            beats.days(target["days"], now.date(), _DAYS),
            beats.share_well(target["days"]),
            panels.panels(series, lines, span, latest),
            [{"at": int(one.at.timestamp()), "says": one.version[:40]} for one in deployed],
            panels.figures(series, latest),
            [Chosen(name, f"over={name}", name == over) for name in TIMES],
            [self._other(name) for name in known.needs],
            [self._other(name) for name in known.needed_by],
            target["looks"][:_RECENT],
            deployed,
        )

    async def _past(
        self, here: Stands | None
    ) -> tuple[Sequence[samples.Took], Sequence[samples.Day]]:
        if here is None:
            return [], []
        since = self.now - self.look.serving.settings.keep.samples
        first = (self.now - timedelta(days=_DAYS - 1)).date()
        return (
            await samples.looks(self.look.connection, here.id, since, _BEATS),
            await samples.days(self.look.connection, [here.id], first),
        )

    def _span(self, over: str) -> Span:
        """Return the time of the charts, in steps that are no shorter than its looks are apart."""
        length = TIMES[over]
        apart = self.known.every or timedelta(minutes=1)
        points = max(1, min(_POINTS, length // apart))
        settings = self.look.serving.settings
        return api.stepped(self.now - length, self.now, points, settings, self.now)

    async def _deploys(self, span: Span) -> Sequence[Deploy]:
        if self.known.kind != "service":
            return []
        names = [self.known.name]
        return await deploys.around(self.look.connection, names, span.since, span.until, _DEPLOYS)

    async def _found(self) -> Found:
        """Return what was found lately, on all schedules; else what was at last, and when."""
        connection = self.look.connection
        documents = await seen_lately.believed(connection, self.known, self.now)
        if not documents:
            saved = await samples.saved(connection, self.known.name)
            if saved is None:
                return Found([], [], [], [])
            documents = [saved[1]]
        told = [cast("CheckDocument", one) for one in documents]  # they are what was saved as such
        found = [one for document in told for one in document["findings"]]
        return Found(
            sorted(found, key=lambda one: -Severity.named(one["severity"])),
            [cause for document in told for cause in document["causes"]],
            [gap for document in told for gap in document["unknown"]],
            [check for document in told for check in document["clean"]],
            told[0]["started_at"],
        )

    async def _suspects(self, here: Stands | None) -> Sequence[Suspect]:
        """Return what may have caused the trouble that goes on, the likeliest first."""
        if here is None:
            return []
        since = self.now - self.look.serving.settings.keep.samples
        began = await samples.began(self.look.connection, here.id, since)
        if began is None:
            return []
        key, serving = (self.known.name, began), self.look.serving
        connection, targets = self.look.connection, serving.targets
        made = await self.recent.get(
            key, lambda: why.suspects(connection, targets, [self.known.name], began, self.now)
        )
        return made.answer[:_SUSPECTS]

    def _other(self, name: str) -> Other:
        known = self.look.serving.targets.get(name)
        if known is None:
            return Other(name, None, None)
        status = target_document.status(known, self.stands.get(name), self.now)
        return Other(name, path_of(name, known.kind), status)
