"""Until when a domain is registered, as its registry says by RDAP (RFC 9083).

Only the server that stands in the settings is asked, and what it said is believed for half a day:
a registration changes once a year, and registries count who asks them.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fettle.errors import CannotLook, Unreachable, WrongUsage
from fettle.model.probed import Registration
from fettle.model.quantity import Bytes
from fettle.model.watchpoint import Site
from fettle.targets.permitted import Permitted
from fettle.targets.probing import address
from fettle.targets.probing.address import Address
from fettle.targets.probing.certificates import is_address
from fettle.targets.probing.visit import Rules, visit

if TYPE_CHECKING:
    from fettle.targets.sources import Means

_LARGEST = Bytes(256 * 1024)
_WITHIN_S = 8.0
_BELIEVED = timedelta(hours=12)
_MOST_KEPT = 1_000


@dataclass(frozen=True)
class Told:
    """What a registry said of a domain, and when; `domain` None where it knows of none."""

    at: datetime
    domain: str | None
    expires: datetime | None = None
    registrar: str | None = None


@dataclass
class Memory:
    """What registries said, by server and host."""

    told: dict[tuple[str, str], Told] = field(default_factory=dict)

    def of(self, key: tuple[str, str], now: datetime) -> Told | None:
        """Return what was said lately."""
        told = self.told.get(key)
        return told if told is not None and timedelta() <= now - told.at < _BELIEVED else None

    def keep(self, key: tuple[str, str], told: Told) -> None:
        """Keep what was said; the oldest goes where there is too much."""
        self.told.pop(key, None)
        if len(self.told) >= _MOST_KEPT:
            self.told.pop(next(iter(self.told)))
        self.told[key] = told


_MEMORY = Memory()


async def registration(
    site: Site, asked: Address, means: "Means", memory: Memory = _MEMORY
) -> list[Registration]:
    """Return until when a site's name is registered; none where it has no name of the web.

    Raises CannotLook when the registry does not say.
    """
    now = means.clock.now()
    server = site.rdap
    if server is None or is_address(asked.host) or "." not in asked.host:
        return []
    key = (server, asked.host)
    told = memory.of(key, now)
    if told is None:
        told = await _ask(server, asked.host, means)
        memory.keep(key, told)
    if told.domain is None or told.expires is None:
        known = told.domain or asked.host
        raise CannotLook(
            f"the registry does not say until when {known} is registered",
            remedy="ask a server that knows the domain's ending: [probe] rdap",
        )
    return [
        Registration(site.subject, told.domain, told.expires, now, told.registrar, site.critical)
    ]


async def _ask(server: str, host: str, means: "Means") -> Told:
    """Ask for a host's name, then for what it is a part of: the first that is known is the domain.

    So no list of endings is needed: co.uk is never asked for where shop.co.uk is known.
    """
    labels = host.split(".")
    for first in range(len(labels) - 1):
        name = ".".join(labels[first:])
        body = await _object(f"{server.rstrip('/')}/domain/{name}", means)
        if body is not None:
            return Told(means.clock.now(), name, _expires(body), _registrar(body))
    return Told(means.clock.now(), None)


async def _object(url: str, means: "Means") -> dict[str, Any] | None:
    """Return what a registry says of a domain; None where it knows of none."""
    try:
        place = address.read(url)
    except WrongUsage as error:
        raise CannotLook(f"[probe] rdap: {error.reason}", remedy=error.remedy) from None
    rules = Rules(
        Permitted(means.allowed),
        min(_WITHIN_S, means.timeout.total_seconds() / 3),
        _LARGEST,
        accept="application/rdap+json, application/json",
    )
    said = await visit(place, rules)
    if said.refused is not None:
        raise CannotLook(f"the registry: {said.refused.reason}", remedy=said.refused.remedy)
    if said.reply is None or said.failed is not None:
        raise Unreachable(f"the registry at {place.shown} did not answer: {said.problem}")
    if said.status in (400, 404, 422):
        return None
    if said.status != 200:
        raise CannotLook(f"the registry at {place.shown} answered {said.status}")
    return _rdap(said.reply.body, place)


def _rdap(answer: bytes, place: Address) -> dict[str, Any]:
    try:
        body = json.loads(answer)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise CannotLook(
            f"the registry at {place.shown} answered no RDAP",
            remedy="give the base of an RDAP server: [probe] rdap",
        )
    return body


def _expires(body: dict[str, Any]) -> datetime | None:
    events = body.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("eventAction") == "expiration":
            try:
                moment = datetime.fromisoformat(str(event.get("eventDate")))
            except ValueError:
                continue
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _registrar(body: dict[str, Any]) -> str | None:
    """Return who the domain is registered with: the name on its card (RFC 7095)."""
    entities = body.get("entities")
    for entity in entities if isinstance(entities, list) else ():
        if isinstance(entity, dict) and "registrar" in (entity.get("roles") or ()):
            card = entity.get("vcardArray")
            fields = card[1] if isinstance(card, list) and len(card) > 1 else ()
            for one in fields if isinstance(fields, list) else ():
                if isinstance(one, list) and len(one) > 3 and one[0] == "fn":
                    return str(one[3])[:80]
    return None
