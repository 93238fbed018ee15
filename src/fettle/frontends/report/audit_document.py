"""The shape of the audit log, as the API and `fettle audit --format json` give it."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import said
from fettle.store.statements import Row


class ActOfAudit(TypedDict):
    """Something that was done."""

    id: int
    at: str
    actor: str
    """Who: `user:ada`, `token:ci`, `cli:ada`."""
    act: str
    """What, as it was asked for: `POST /api/v1/issues/{number}/note`, `create token`."""
    subject: str
    """On what: the address that was called, or a name."""
    request: str | None
    """The request's id, as the log and the answer have it."""
    detail: dict[str, object]
    """What else there is to say of it."""


class AuditDocument(TypedDict):
    """A page of the audit log, the latest first."""

    schema: Literal["fettle.audit/1"]
    items: list[ActOfAudit]
    next: str | None
    """The cursor of the next page; null at the end."""


def of_audit(rows: Sequence[Row], next_: str | None) -> AuditDocument:
    """Return a page of the audit log."""
    return {"schema": "fettle.audit/1", "items": [_act(row) for row in rows], "next": next_}


def _act(row: Row) -> ActOfAudit:
    return {
        "id": row["id"],
        "at": said(row["at"]),
        "actor": row["actor"],
        "act": row["act"],
        "subject": row["subject"],
        "request": row["request"],
        "detail": row["detail"],
    }
