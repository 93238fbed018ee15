"""People's reports: each becomes an issue at once, or joins the one that it is about."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import Field

from fettle.flow import absorb
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.issues import whole
from fettle.frontends.api.moves import Body, Name, Text
from fettle.frontends.api.paging import Moment
from fettle.frontends.api.serving import AtDesk, serving
from fettle.frontends.report.issue_document import IssueDocument
from fettle.model.role import Role
from fettle.model.severity import Severity, SeverityName
from fettle.model.signal import Facts, Signal, SignalKind

router = APIRouter(prefix="/api/v1/reports", route_class=ApiRoute, tags=["issues"])
_LONGEST_TITLE = 200


class Report(Body):
    """What somebody noticed, in their words, and what is known beside them.

    Without a title it is called by the first line of its text. `severity` is what who reports it
    says; it is never lowered.
    """

    text: Annotated[Text, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    symptoms: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field([], max_length=100)
    service: Name | None = None
    severity: SeverityName | None = None
    users_affected: int | None = Field(None, ge=0, lt=10**12)
    data_lost: bool = False
    data_exposed: bool = False
    money_stuck: bool = False
    started_at: Moment | None = None

    def signal(self, actor: str) -> Signal:
        """Return it as the signal that it is."""
        facts = Facts(self.users_affected, self.data_lost, self.data_exposed, self.money_stuck)
        return Signal(
            "report",
            SignalKind.REPORT,
            str(uuid4()),
            True,
            self.title or _first_line(self.text),
            self.text,
            None if self.severity is None else Severity.named(self.severity),
            service=self.service,
            symptoms=tuple(self.symptoms),
            labels={"reporter": actor},
            facts=facts,
            started_at=self.started_at,
        )


@router.post(
    "", status_code=201, openapi_extra=needs(Role.RESPONDER, place="/api/v1/issues/{number}")
)
async def report(act: Act, desk: AtDesk, request: Request, what: Report) -> IssueDocument:
    """Report trouble; answers with the issue that it is now."""
    issue = await absorb.report(act.connection, serving(request).taking, what.signal(act.actor))
    return await whole(act.connection, desk, issue)


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else "A report without words"
    return first if len(first) <= _LONGEST_TITLE else first[: _LONGEST_TITLE - 1] + "…"
