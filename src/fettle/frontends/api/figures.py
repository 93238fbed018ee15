"""Figures over a time: how long things took, what was not kept, noise, what came back."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import PlainTextResponse

from fettle.errors import WrongUsage
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.given import Body
from fettle.frontends.api.paging import Moment, Optional
from fettle.frontends.api.serving import ByServing
from fettle.frontends.report import figures_document
from fettle.frontends.report.figures_document import FiguresReport
from fettle.model.role import Role
from fettle.review import figures
from fettle.review.figures import Every, Part
from fettle.store import happened
from fettle.store.pool import Pool
from fettle.store.statements import Connection

router = APIRouter(prefix="/api/v1/figures", route_class=ApiRoute, tags=["figures"])

USUAL = timedelta(days=90)
LONGEST = timedelta(days=3 * 366)
MOST = 100_000

Word = Annotated[Annotated[str, Field(max_length=500)] | None, Optional]


class AskedFigures(Body):
    """Which figures: of the last 90 days, unless another time is given."""

    start: Annotated[Moment | None, Optional] = Field(None, alias="from")
    to: Annotated[Moment | None, Optional] = None
    by: Annotated[Part | None, Optional] = None
    every: Every = Every.WEEK
    team: Word = None
    service: Word = None
    format: Literal["json", "csv"] = "json"

    def between(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the time that is asked for; raises WrongUsage."""
        end = self.to or now
        start = self.start or end - USUAL
        if start >= end:
            raise WrongUsage("the time ends before it begins", remedy="from is before to")
        if end - start > LONGEST:
            raise WrongUsage("figures are made of three years at most")
        return start, end


@router.get(
    "",
    openapi_extra=needs(Role.VIEWER),
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    response_model=FiguresReport,
)
async def read(
    act: Act, serving: ByServing, asked: Annotated[AskedFigures, Query()]
) -> FiguresReport | PlainTextResponse:
    """Return MTTD, MTTA, MTTM, MTTR, and the rates of breaches, noise and what came back."""
    made = await report(act.connection, serving.pool, asked, serving.clock.now())
    if asked.format == "csv":
        return PlainTextResponse(figures_document.as_csv(made), media_type="text/csv")
    return made


async def report(
    connection: Connection,
    pool: Pool,
    asked: AskedFigures,
    now: datetime,
    most: int | None = None,
) -> FiguresReport:
    """Return the figures that are asked for; raises WrongUsage, and Refused when it is too much.

    `most` is of how many groups, of the largest ones, the series is told; None is of all.
    """
    start, end = asked.between(now)
    bounds = list(figures.stretches(start, end, asked.every))
    of = happened.Asked(bounds, asked.team, asked.service)
    cells = await happened.figures(connection, of, asked.by, MOST, most, pool)
    made = figures.report(cells, bounds)
    return figures_document.of_report(made, start, end, asked.by, asked.every)
