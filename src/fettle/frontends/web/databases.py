"""Databases: what is wrong with each, how that went, and what has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from fettle.frontends.report.check_document import (
    CauseDocument,
    CheckDocument,
    FindingDocument,
    RecommendationDocument,
    UnknownDocument,
)
from fettle.frontends.report.moments import said
from fettle.frontends.web import trends
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.frontends.web.targets import PATH, path_of
from fettle.model import command
from fettle.model.severity import Severity
from fettle.model.target import Kind
from fettle.store import diagnoses
from fettle.store.diagnoses import Past, Saved

_HISTORY = 60
_BY_HAND = timedelta(days=1)


@dataclass(frozen=True)
class Database:
    """A database and the latest that is known of it; `status` None where nobody has looked yet.

    It is unknown where the latest look is so old that nobody knows how it is now.
    """

    name: str
    watched: bool
    status: str | None
    findings: int
    unknown: int
    looked_at: str | None
    worst: str


@dataclass(frozen=True)
class DatabasesPage:
    """What databases.html is given."""

    items: Sequence[Database]


@dataclass(frozen=True)
class Step:
    """One look of the history."""

    id: int
    at: str
    by: str
    status: str
    findings: int
    unknown: int


@dataclass(frozen=True)
class Change:
    """What is new, gone and worse since the look before, in the findings' own words."""

    since: str
    new: Sequence[str]
    gone: Sequence[str]
    worse: Sequence[str]


@dataclass(frozen=True)
class Found:
    """A finding, and the commands that plan its cures; `fixes` are those that the server plans."""

    finding: FindingDocument
    plans: Sequence[str]
    fixes: Sequence[str]


@dataclass(frozen=True)
class DatabasePage:
    """What database.html is given; `watched` is whether the server looks at it by itself."""

    name: str
    path: str
    watched: bool
    server: str
    status: str
    stale: bool
    looked_at: str
    findings: Sequence[Found]
    causes: Sequence[CauseDocument]
    recommendations: Sequence[RecommendationDocument]
    unknown: Sequence[UnknownDocument]
    accepted: Sequence[FindingDocument]
    clean: Sequence[str]
    change: Change | None
    history: Sequence[Step]
    points: str
    shown: int


def install(pages: Pages) -> None:
    """Add the pages."""
    pages.place("Databases", "/databases", "g d", daily=True)
    pages.add("/databases", show_all)
    pages.add("/databases/{name:path}", show)
    pages.act("/databases/{name:path}", act)


async def show_all(look: Look) -> Response:
    """Show every database that is known: those of the settings, and those that were looked at."""
    known = {saved.target: saved for saved in await diagnoses.latest(look.connection)}
    named = [one.name for one in look.serving.settings.database]
    names = [*named, *sorted(known.keys() - set(named))]
    items = [_database(look, name, known.get(name)) for name in names]
    return look.page("databases.html", DatabasesPage(items), "Databases", live=["diagnosis"])


def _database(look: Look, name: str, saved: Saved | None) -> Database:
    watched = name in {one.name for one in look.serving.settings.database}
    if saved is None:
        return Database(name, watched, None, 0, 0, None, "")
    findings = saved.document["findings"]
    return Database(
        name,
        watched,
        "unknown" if _is_stale(look, saved) else saved.document["status"],
        len(findings),
        len(saved.document["unknown"]),
        said(saved.started_at),
        _told(findings[0]) if findings else "",
    )


def _is_stale(look: Look, saved: Saved) -> bool:
    """Whether a look is so old that nobody knows how its database is now.

    What nobody looks at by itself is what somebody found by hand, for a day.
    """
    now, known = look.serving.clock.now(), look.serving.targets.get(saved.target)
    if known is None or known.every is None:
        return now - saved.started_at > _BY_HAND
    return known.is_stale(saved.started_at, now)


async def show(look: Look) -> Response:
    """Show what one look found; the latest, or the one that the query names.

    What no look could see anything of yet is shown as any other target is.
    """
    name = look.request.path_params["name"]
    past = await diagnoses.history(look.connection, name, _HISTORY)
    if not past and name in look.serving.targets:
        return RedirectResponse(f"{PATH}/{quote(name)}", 303)
    saved, before = await diagnoses.one(look.connection, name, look.number("look"))
    latest = look.number("look") in (None, past[0].id)
    stale = latest and _is_stale(look, saved)
    found = cast("CheckDocument", saved.document)  # it is what was saved as one
    known = look.serving.targets.get(name)
    page = DatabasePage(
        name,
        path_of(name, Kind.DATABASE),
        known is not None and known.every is not None,
        str(found["server"].get("version", "")),
        "unknown" if stale else found["status"],
        stale,
        said(saved.started_at),
        [_found(name, one, planned=known is not None) for one in found["findings"]],
        found["causes"],
        found["recommendations"],
        found["unknown"],
        found["accepted"],
        found["clean"],
        None if before is None else _change(saved, before),
        [_step(one) for one in past],
        trends.points([one.findings for one in reversed(past)]),
        saved.id,
    )
    return look.page("database.html", page, name, live=["diagnosis"])


async def act(deed: Deed) -> Response:
    """Let it be looked at now, or a fix be planned."""
    name = deed.request.path_params["name"]
    if deed.form.get("do") == "plan":
        wish = {key: deed.form[key] for key in ("fix", "subject") if deed.form.get(key)}
        answer = await deed.call("/api/v1/plans", {"target": name, **wish})
        shown = f"/fixes/plannings/{answer.document['planning']}" if answer.ok else ""
    else:
        answer = await deed.call(f"/api/v1/targets/{quote(name)}/look", {})
        shown = path_of(name, Kind.DATABASE)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back(shown)


def _found(target: str, finding: FindingDocument, *, planned: bool) -> Found:
    plans = [command.fix_plan(target, fix, finding["subject"]) for fix in finding["fixes"]]
    return Found(finding, plans, finding["fixes"] if planned else ())


def _step(past: Past) -> Step:
    by = past.schedule or "a person"
    return Step(past.id, said(past.started_at), by, past.status, past.findings, past.unknown)


def _change(saved: Saved, before: Saved) -> Change:
    now, then = _by_key(saved), _by_key(before)
    worse = [
        _told(one)
        for key, one in now.items()
        if key in then and _badness(one) > _badness(then[key])
    ]
    return Change(
        said(before.started_at),
        [_told(one) for key, one in now.items() if key not in then],
        [_told(one) for key, one in then.items() if key not in now],
        worse,
    )


def _by_key(saved: Saved) -> Mapping[str, FindingDocument]:
    return {one["key"]: one for one in saved.document["findings"]}


def _badness(finding: FindingDocument) -> Severity:
    return Severity.named(finding["severity"])


def _told(finding: FindingDocument) -> str:
    return f"{finding['subject']}: {finding['title']}"
