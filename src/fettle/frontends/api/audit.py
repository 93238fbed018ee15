"""The audit log."""

from fastapi import APIRouter

from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.paging import Cursor, Limit, next_after
from fettle.frontends.report import audit_document
from fettle.frontends.report.audit_document import AuditDocument
from fettle.model.role import Role
from fettle.store import access

router = APIRouter(prefix="/api/v1/audit", route_class=ApiRoute, tags=["access"])


@router.get("", openapi_extra=needs(Role.ADMIN))
async def listed(act: Act, cursor: Cursor = None, limit: Limit = 50) -> AuditDocument:
    """List unsafe acts, the latest first."""
    rows = await access.read_audit(act.connection, cursor, limit)
    return audit_document.of_audit(rows, next_after(rows[-1]["id"] if len(rows) == limit else None))
