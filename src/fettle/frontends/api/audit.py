"""The audit log."""

from typing import Any

from fastapi import APIRouter

from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Cursor, Limit
from fettle.model.role import Role
from fettle.store import access

router = APIRouter(prefix="/api/v1/audit", route_class=ApiRoute, tags=["access"])


@router.get("", openapi_extra=needs(Role.ADMIN))
async def listed(
    act: Act,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """List unsafe acts, the latest first."""
    rows = await access.read_audit(act.connection, cursor, limit)
    last = rows[-1]["id"] if len(rows) == limit else None
    return {"items": rows, "next": None if last is None else str(last)}
