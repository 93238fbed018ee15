"""Silences: those that hold or are to come, and making and ending them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from fettle.frontends.report import silence_document
from fettle.frontends.report.silence_document import SilenceItem
from fettle.frontends.web.shell import Deed, Look, Pages
from fettle.model.silence import Matcher
from fettle.store import silences
from fettle.store.silences import State

_MOST = 200


@dataclass(frozen=True)
class SilencesPage:
    """What silences.html is given; `past` are those that have ended."""

    items: Sequence[SilenceItem]
    past: Sequence[SilenceItem]


def install(pages: Pages) -> None:
    """Add the page, and what its forms do."""
    pages.place("Silences", "/silences", "g s")
    pages.add("/silences", show)
    pages.act("/silences", create)
    pages.act("/silences/{id:uuid}/end", end)


async def show(look: Look) -> Response:
    """Show the silences."""
    page = SilencesPage(
        await _items(look, ["pending", "active"], _MOST), await _items(look, ["ended"], 20)
    )
    return look.page("silences.html", page, "Silences")


async def _items(look: Look, states: list[State], limit: int) -> Sequence[SilenceItem]:
    now = look.serving.clock.now()
    found = await silences.listed(look.connection, states, now, None, limit)
    return silence_document.of_silences(found, now, None)["items"]


async def create(deed: Deed) -> Response:
    """Make a silence of what was typed: a matcher a line."""
    try:
        matchers = [Matcher.parse(line) for line in deed.form["matchers"].splitlines() if line]
    except (KeyError, ValueError) as error:
        return await deed.refused(show, str(error), "write a condition a line, like service=shop")
    body: dict[str, Any] = {
        "matchers": [{"name": one.name, "op": str(one.op), "value": one.value} for one in matchers],
        "comment": deed.form.get("comment", ""),
        "duration": deed.form.get("duration", ""),
    }
    answer = await deed.call("/api/v1/silences", body)
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back("/silences")


async def end(deed: Deed) -> Response:
    """End a silence now."""
    path = f"/api/v1/silences/{deed.request.path_params['id']}"
    answer = await deed.call(path, {}, method="DELETE")
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    return deed.back("/silences")
