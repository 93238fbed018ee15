"""The audit log: every unsafe act, who did it, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.errors import WrongUsage
from fettle.frontends.report.moments import said
from fettle.frontends.web.shell import Look, Pages
from fettle.model.role import Role
from fettle.store import access

_PAGE = 100


@dataclass(frozen=True)
class Act:
    """One act."""

    at: str
    actor: str
    act: str
    subject: str
    request: str


@dataclass(frozen=True)
class AuditPage:
    """What audit.html is given; `older` is the cursor of the next page."""

    items: Sequence[Act]
    older: int | None


def install(pages: Pages) -> None:
    """Add the page."""
    pages.place("Audit", "/audit", "g a", Role.ADMIN)
    pages.add("/audit", show, Role.ADMIN)


async def show(look: Look) -> Response:
    """Show what was done, the latest first."""
    before = look.request.query_params.get("cursor", "")
    if before and not before.isdecimal():
        raise WrongUsage("cursor: it is a number", remedy="begin again at Audit")
    rows = await access.read_audit(look.connection, int(before) if before else None, _PAGE)
    items = [
        Act(said(row["at"]), row["actor"], row["act"], row["subject"], row["request"] or "")
        for row in rows
    ]
    page = AuditPage(items, rows[-1]["id"] if len(rows) == _PAGE else None)
    return look.page("audit.html", page, "Audit")
