"""Targets that are watched: how they are, how looks went, what was measured, and looking now."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from fettle.errors import NotFound, Refused, WrongUsage
from fettle.flow import watch
from fettle.flow.catalogued import Known
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body
from fettle.frontends.api.paging import Moment, Optional
from fettle.frontends.api.serving import ByServing, Serving
from fettle.frontends.report import target_document
from fettle.frontends.report.moments import moment
from fettle.frontends.report.target_document import (
    LookAskedDocument,
    SeriesDocument,
    TargetDocument,
    TargetsDocument,
)
from fettle.model.role import Role
from fettle.model.target import Kind
from fettle.settings import Settings
from fettle.store import samples, timers
from fettle.store.samples import FIVE_MINUTES, HOUR, Span

router = APIRouter(prefix="/api/v1/targets", route_class=ApiRoute, tags=["targets"])

USUAL = timedelta(days=1)
LOOKS, DAYS = 60, 30
# What a chart can show; of more than that a step is made longer.
MOST_POINTS = 1500
TargetName = Annotated[str, Path(min_length=1, max_length=300, description="its name")]


class AskedSeries(Body):
    """Which figure, of which time: of the last day, unless another one is given."""

    metric: Annotated[str, Field(min_length=1, max_length=300)]
    subject: Annotated[Annotated[str, Field(max_length=1000)] | None, Optional] = None
    start: Annotated[Moment | None, Optional] = Field(None, alias="from")
    to: Annotated[Moment | None, Optional] = None
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)] = 300


@router.get("", openapi_extra=needs(Role.VIEWER))
async def listed(act: Act, serving: ByServing, kind: Kind | None = None) -> TargetsDocument:
    """List services, and all else that is watched."""
    known = [one for one in serving.targets.values() if kind in (None, one.kind)]
    names = [one.name for one in known]
    stands = await samples.stand(act.connection, names)
    issues = await samples.issues(act.connection, names)
    return target_document.of_targets(known, stands, issues, serving.clock.now())


# Names hold slashes as well: what stands behind one comes first.
@router.get("/{name:path}/series", openapi_extra=needs(Role.VIEWER))
async def series(
    act: Act, serving: ByServing, name: TargetName, asked: Annotated[AskedSeries, Query()]
) -> SeriesDocument:
    """Return a figure over a time: the least, the mean and the most of each step.

    A step is five minutes at least; of a time that is longer ago than [keep] samples an hour.
    """
    known = find(serving, name)
    span = span_of(asked, serving.settings, serving.clock.now())
    stands = (await samples.stand(act.connection, [known.name])).get(known.name)
    every = [] if stands is None else await samples.series(act.connection, stands.id)
    wanted = asked.metric, asked.subject or ""
    found = next((one for one in every if (one.metric, one.subject) == wanted), None)
    if found is None:
        metrics = ", ".join(sorted({one.metric for one in every})[:20]) or "none yet"
        raise NotFound(
            f"{known.name} has no figure {asked.metric[:100]}"
            + (f" of {asked.subject[:100]}" if asked.subject else ""),
            remedy=f"its figures are {metrics}",
        )
    lines = await samples.lines(act.connection, [found.id], span)
    return target_document.of_series(known.name, found, span, lines.get(found.id))


@router.post("/{name:path}/look", status_code=202, openapi_extra=needs(Role.RESPONDER))
async def look(act: Act, serving: ByServing, name: TargetName) -> LookAskedDocument:
    """Let a target be looked at now, and not only when it is its turn."""
    known = find(serving, name)
    if not known.subjects:
        raise Refused(
            f"nobody looks at {known.name} by themselves",
            remedy=f"fettle check {known.name} --save looks at it once"
            if known.watched
            else "say in fettle.toml where it is watched: give it a url, or another place to look",
        )
    stands = (await samples.stand(act.connection, [known.name])).get(known.name)
    for subject in known.subjects:
        now = serving.clock.now()
        await timers.hasten(act.connection, watch.KIND, subject, now, wanted=True)
    return {
        "schema": "fettle.look_asked/1",
        "target": known.name,
        "looked_at": moment(None if stands is None else stands.looked_at),
    }


@router.get("/{name:path}", openapi_extra=needs(Role.VIEWER))
async def shown(act: Act, serving: ByServing, name: TargetName) -> TargetDocument:
    """Show how a target is, how the last looks and days went, and what was measured last."""
    known, now = find(serving, name), serving.clock.now()
    stands = (await samples.stand(act.connection, [known.name])).get(known.name)
    issues = (await samples.issues(act.connection, [known.name])).get(known.name, ())
    if stands is None:
        return target_document.of_target(known, None, issues, ([], [], []), now)
    since = now - serving.settings.keep.samples
    past = (
        await samples.series(act.connection, stands.id),
        await samples.looks(act.connection, stands.id, since, LOOKS),
        await samples.days(act.connection, [stands.id], (now - timedelta(days=DAYS)).date()),
    )
    return target_document.of_target(known, stands, issues, past, now)


def find(serving: Serving, name: str) -> Known:
    """Return the target of that name, `-` and `_` being equal; raises NotFound."""
    if (found := serving.targets.get(name)) is not None:
        return found
    plain = name.replace("-", "_")
    for one in serving.targets.values():
        if one.name.replace("-", "_") == plain:
            return one
    raise NotFound(
        f"nothing that is watched is called {name[:100]}",
        remedy="GET /api/v1/targets lists all: services, dependencies, databases, hosts",
    )


def span_of(asked: AskedSeries, settings: Settings, now: datetime) -> Span:
    """Return the time that is asked for, in steps of which samples are kept; raises WrongUsage."""
    until = asked.to or now
    try:
        since = asked.start or until - USUAL
    except OverflowError:
        raise WrongUsage("to is before all calendars", remedy="give a later one") from None
    if since >= until:
        raise WrongUsage("the time ends before it begins", remedy="from is before to")
    return stepped(since, until, asked.points, settings, now)


def stepped(
    since: datetime, until: datetime, points: int, settings: Settings, now: datetime
) -> Span:
    """Return a time in at most so many steps, whole five minutes or hours each."""
    least = (until - since) / points
    # steps of more than half an hour are made of hours: they are read from a twelfth of the rows
    fine = least <= HOUR / 2 and since >= now - settings.keep.samples
    unit = FIVE_MINUTES if fine else HOUR
    steps = max(1, -(-least // unit))
    return Span(since, until, steps * unit)
