"""What triage has learnt, and how often it was right."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.serving import serving
from fettle.frontends.report import triage_document
from fettle.frontends.report.triage_document import TriageDocument
from fettle.model.role import Role
from fettle.store import decisions, trainings

router = APIRouter(prefix="/api/v1/triage", route_class=ApiRoute, tags=["triage"])


@router.get("", openapi_extra=needs(Role.VIEWER))
async def judged(
    act: Act, request: Request, days: Annotated[int, Query(ge=1, le=3660)] = 30
) -> TriageDocument:
    """Say what is learnt, and count what was decided against what people settled that it was."""
    until = serving(request).clock.now()
    since = until - timedelta(days=days)
    learnt = await trainings.newest(act.connection)
    counted = await decisions.counted(act.connection, since, until)
    return triage_document.of(learnt, counted, since, until)
