"""What arrived: what came of it, source by source, and what could not be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from fettle.frontends.report.intake_document import CountsDocument, counted
from fettle.frontends.report.moments import moment, said
from fettle.frontends.web import numbers
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.role import Role
from fettle.store import deliveries

_DAYS = 7
_MOST = 100


@dataclass(frozen=True)
class Dead:
    """A delivery that could not be taken, and why."""

    id: int
    hook: str
    vendor: str
    received_at: str
    settled_at: str | None
    reason: str
    bytes: int
    replays: int


@dataclass(frozen=True)
class IntakePage:
    """What intake.html is given."""

    counts: Sequence[CountsDocument]
    days: int
    dead: Sequence[Dead]
    may_replay: bool

    @property
    def outcomes(self) -> Sequence[str]:
        """Everything that came of something."""
        return sorted({name for one in self.counts for name in one["outcomes"]})


def install(pages: Pages) -> None:
    """Add the page, and what its form does."""
    pages.place("Intake", "/intake", "g n")
    pages.add("/intake", show)
    pages.act("/intake/replay", replay)


async def show(look: Look) -> Response:
    """Show what arrived within a week."""
    since = look.serving.clock.now().date() - timedelta(days=_DAYS - 1)
    counts = counted(await deliveries.counts(look.connection, since))
    rows = await deliveries.listed(look.connection, "dead", None, _MOST) if look.may_act else []
    page = IntakePage(counts, _DAYS, [_dead(row) for row in rows], look.viewer.role >= Role.ADMIN)
    return look.page("intake.html", page, "Intake")


def _dead(row: Mapping[str, Any]) -> Dead:
    return Dead(
        row["id"],
        row["hook"],
        row["vendor"],
        said(row["received_at"]),
        moment(row["settled_at"]),
        row["reason"] or "",
        row["bytes"] or 0,
        row["replays"],
    )


async def replay(deed: Deed) -> Response:
    """Take a dead letter again."""
    given = numbers.read(deed.form.get("id", ""))
    body = {"hook": deed.form.get("hook")} if given is None else {"ids": [given]}
    answer = await deed.call("/api/v1/intake/replay", body)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back("/intake")
