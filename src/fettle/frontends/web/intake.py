"""What arrived: what came of it, source by source, and what could not be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from fettle.frontends.report.intake_document import (
    CountsDocument,
    DeadLetterItem,
    QuotaDocument,
    counted,
    dead_item,
    quotas,
)
from fettle.frontends.web import numbers
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.role import Role
from fettle.store import dead_letters, deliveries

_DAYS = 7
_MOST = 100
_NAMED = {"error": "errors", "lines": "lines"}


@dataclass(frozen=True)
class IntakePage:
    """What intake.html is given."""

    counts: Sequence[CountsDocument]
    days: int
    dead: Sequence[DeadLetterItem]
    may_replay: bool
    quotas: Sequence[QuotaDocument]

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
    dead = await dead_letters.listed(look.connection, None, _MOST) if look.may_act else []
    may_replay = look.viewer.role >= Role.ADMIN
    page = IntakePage(
        counts,
        _DAYS,
        [dead_item(row) for row in dead],
        may_replay,
        quotas(look.serving.settings),
    )
    return look.page("intake.html", page, "Intake")


async def replay(deed: Deed) -> Response:
    """Take a dead letter again, or all."""
    answer = await deed.call("/api/v1/intake/replay", _asked(deed.form))
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back("/intake")


def _asked(form: Mapping[str, str]) -> Mapping[str, object]:
    if form.get("all"):
        return {"all": True}
    given = numbers.read(form.get("id", ""))
    if given is None:
        return {"hook": form.get("hook")}
    return {_NAMED.get(form.get("kind", ""), "ids"): [given]}
