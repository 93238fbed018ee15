"""The source of a status page: what a dependency says of itself, in Statuspage's summary.

https://metastatuspage.com/api; many others write the same. What it links to is not asked.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from fettle.errors import BadSettings, CannotLook, NotSupported, Unreachable, WrongUsage
from fettle.model.finding import Unknown
from fettle.model.ports import ReadingT
from fettle.model.probed import Announced, Trouble
from fettle.model.provider import PROVIDERS
from fettle.model.quantity import Bytes
from fettle.model.watchpoint import StatusPage
from fettle.targets.permitted import Permitted
from fettle.targets.probing import address
from fettle.targets.probing.address import Address
from fettle.targets.probing.exchange import Reply
from fettle.targets.probing.visit import Rules, visit

if TYPE_CHECKING:
    from fettle.targets.sources import Means

# The largest summary known, of a cloud with every component in every region, has half of that.
_LARGEST = Bytes(2 * 1024**2)
_WITHIN_S = 10.0
_SHARE = 0.45  # of the look's own time: it may be asked twice
_PAUSE_S = 0.3
_MOST = 20
_WRITE_IT = "give the address of its summary, like https://status.example/api/v2/summary.json"
# What Statuspage calls the state of a component, as it calls the whole page's.
_STATES = {
    "operational": Trouble.NONE,
    "under_maintenance": Trouble.MAINTENANCE,
    "degraded_performance": Trouble.MINOR,
    "partial_outage": Trouble.MAJOR,
    "major_outage": Trouble.CRITICAL,
}
_ORDER = tuple(Trouble)


@asynccontextmanager
async def opened(point: StatusPage, means: "Means") -> AsyncIterator["StatusPageSource"]:
    """Open the source of a status page."""
    yield StatusPageSource(point, means)


@dataclass
class StatusPageSource:
    """What asks a status page; implements model.ports.Source."""

    point: StatusPage
    means: "Means"
    address: Address = field(init=False)

    def __post_init__(self) -> None:
        """Read the address; raises BadSettings."""
        try:
            self.address = address.read(self.point.url)
        except WrongUsage as error:
            raise BadSettings(f"{self.point.subject}: {error.reason}", remedy=_WRITE_IT) from None

    @property
    def name(self) -> str:
        """The address without its secrets."""
        return f"the status page {self.address.shown}"

    @property
    def offers(self) -> Collection[type]:
        """What a status page tells."""
        return [Announced]

    async def read(self, _: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """Return what is announced; raises CannotLook where it cannot be read."""
        told: list[Any] = list(_announced(self.point, await self._summary()))
        return told

    async def _summary(self) -> Mapping[str, Any]:
        try:
            reply = await self._asked()
        except Unreachable:
            await self.means.clock.sleep(_PAUSE_S)
            reply = await self._asked()
        return _read(reply)

    async def _asked(self) -> Reply:
        whole_s = self.means.timeout.total_seconds() * _SHARE
        rules = Rules(
            Permitted(self.means.allowed),
            min(_WITHIN_S, whole_s),
            _LARGEST,
            accept="application/json",
        )
        said = await visit(self.address, rules)
        if said.refused is not None:
            raise CannotLook(said.refused.reason, remedy=said.refused.remedy)
        if said.failed is not None or said.reply is None:
            reason = said.problem or "it did not answer"
            raise CannotLook(reason) if said.late else Unreachable(reason)
        return said.reply


def _read(reply: Reply) -> Mapping[str, Any]:
    """Return a summary; raises CannotLook and NotSupported."""
    if reply.status != 200:
        raise CannotLook(f"it answered {reply.status}", remedy=_WRITE_IT)
    if reply.cut is not None:
        raise CannotLook(f"its answer is no summary: {reply.cut}", remedy=_WRITE_IT)
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        kind = (reply.header("content-type") or "").partition(";")[0]
        page = "a page for people" if "html" in kind or b"<html" in reply.body[:1000] else "no JSON"
        raise NotSupported(f"it answered {page}, and no summary", remedy=_WRITE_IT) from None
    if not isinstance(body, dict) or not isinstance(body.get("status"), dict):
        raise NotSupported("it answered JSON that is no summary of Statuspage", remedy=_WRITE_IT)
    return body


def _announced(point: StatusPage, body: Mapping[str, Any]) -> Iterator[Announced | Unknown]:
    """Yield what a summary says, of the components that matter where some are named."""
    status = body["status"]
    parts = _states(body)
    concerned = _concerned(point, parts)
    yield from _unknown_names(point, parts)
    if point.components and not concerned:
        return
    trouble = _worst(concerned) if point.components else _of_page(status)
    if trouble is None:
        yield Unknown(f"it calls its state {_text(status.get('indicator'))!r}, which means nothing")
        return
    provider = PROVIDERS.get(point.provider or "")
    bad = [(name, state) for name, state in concerned.items() if state != "operational"]
    yield Announced(
        point.subject,
        trouble,
        _said(point, status, bad),
        point.critical,
        bad[:_MOST],
        list(_incidents(body, concerned if point.components else None))[:_MOST],
        _web(body),
        provider.advice if provider else (),
    )


def _states(body: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the states of components; the worst, where one name stands in several regions."""
    states: dict[str, str] = {}
    for name, state in _components(body):
        states[name] = max(states.get(name, state), state, key=_how_bad)
    return states


def _concerned(point: StatusPage, parts: Mapping[str, str]) -> Mapping[str, str]:
    if not point.components:
        return parts
    patterns = point.components
    return {
        name: state
        for name, state in parts.items()
        if any(_fits(name, pattern) for pattern in patterns)
    }


def _of_page(status: Mapping[str, Any]) -> Trouble | None:
    try:
        return Trouble(_text(status.get("indicator")))
    except ValueError:
        return None


def _worst(states: Mapping[str, str]) -> Trouble:
    """Return the worst of components' states; one that nobody knows is some trouble."""
    return _STATES.get(max(states.values(), key=_how_bad), Trouble.MINOR)


def _how_bad(state: str) -> int:
    return _ORDER.index(_STATES.get(state, Trouble.MINOR))


def _said(point: StatusPage, status: Mapping[str, Any], bad: Sequence[tuple[str, str]]) -> str:
    if not point.components:
        return _text(status.get("description")) or "nothing"
    if not bad:
        return "All that matters of it is operational"
    told = [f"{name}: {state.replace('_', ' ')}" for name, state in bad[:3]]
    return f"{', '.join(told)}{', and more' if len(bad) > 3 else ''}"


def _components(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield components and their states; groups only repeat what stands in them."""
    for one in _rows(body, "components"):
        if not one.get("group"):
            yield _text(one.get("name")), _text(one.get("status"))


def _incidents(
    body: Mapping[str, Any], concerned: Mapping[str, str] | None
) -> Iterator[tuple[str, str]]:
    """Yield what goes on, with how far it is; only what touches components that matter."""
    for one in _rows(body, "incidents"):
        touched = {_text(part.get("name")) for part in _rows(one, "components")}
        if concerned is None or not touched or touched & set(concerned):
            yield _text(one.get("name")), _text(one.get("status"))


def _unknown_names(point: StatusPage, parts: Mapping[str, str]) -> Iterator[Unknown]:
    for pattern in point.components:
        if not any(_fits(name, pattern) for name in parts):
            near = get_close_matches(pattern, list(parts), 1) or list(parts)[:3]
            yield Unknown(
                f"its status page knows no component {pattern}",
                f"name it as the page does: {', '.join(near)}" if near else None,
            )


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


def _web(body: Mapping[str, Any]) -> str | None:
    page = body.get("page")
    url = _text(page.get("url")) if isinstance(page, dict) else ""
    return url if url.startswith(("https://", "http://")) else None


def _rows(body: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    rows = body.get(name)
    yield from (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))


def _text(value: object) -> str:
    return value.strip()[:300] if isinstance(value, str) else ""
