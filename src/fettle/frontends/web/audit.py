"""The audit log: every unsafe act, who did it, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from fettle.frontends.report.moments import said
from fettle.frontends.web.shell import Look, Pages
from fettle.model.role import Role
from fettle.store import access

_PAGE = 100
_API = "/api/v1/"
_DEEDS = {"POST": "create", "PUT": "write", "PATCH": "change", "DELETE": "end"}


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
    rows = await access.read_audit(look.connection, look.number("cursor"), _PAGE)
    items = [
        Act(
            said(row["at"]), row["actor"], *_plain(row["act"], row["subject"]), row["request"] or ""
        )
        for row in rows
    ]
    page = AuditPage(items, rows[-1]["id"] if len(rows) == _PAGE else None)
    return look.page("audit.html", page, "Audit")


def _plain(act: str, subject: str) -> tuple[str, str]:
    """Return what was done, and to what: a call of the API is said without its address.

    `POST /api/v1/issues/{number}/hold` on `/api/v1/issues/6/hold` is `hold`, on `issues 6`.
    """
    method, _, route = act.partition(" ")
    if not route.startswith(_API) or not subject.startswith(_API):
        return act, subject
    parts, last = subject.removeprefix(_API).split("/"), route.rpartition("/")[2]
    if len(parts) > 1 and not last.startswith("{"):
        return last.replace("-", " "), " ".join(parts[:-1])
    return _DEEDS.get(method, method), " ".join(parts)
