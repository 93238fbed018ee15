"""The source of a site or a dependency: its answer, its names, its certificates, its domain.

An address is asked twice where the first time was not good, so that one packet that is lost, or one
process that is exchanged, is no finding; what came of both times is told.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from fettle.errors import BadSettings, WrongUsage
from fettle.model.finding import Scalar, Unknown
from fettle.model.ports import ReadingT
from fettle.model.probed import Answer, Certificate, NameLookup, Reached, Registration, Step
from fettle.model.provider import PROVIDERS
from fettle.model.quantity import Bytes
from fettle.model.watchpoint import Site
from fettle.targets.permitted import Permitted
from fettle.targets.probing import address, certificates, registry, wire
from fettle.targets.probing.address import Address
from fettle.targets.probing.visit import Named, Rules, Visit, visit

if TYPE_CHECKING:
    from fettle.targets.sources import Means

# Nobody waits longer for a page; and a proxy before it has mostly given up by then.
_ANSWER_S = 10.0
# The share of the look's own time that asking may take, so that it still is told what came of it.
_SHARE = 0.9
_PAUSE_S = 0.3  # before the second time: longer than a burst of losses, or a process's exchange
_LEAST_S = 0.5
_MOST_NAMES = 20
# A connection whose first packet is lost takes a second longer (RFC 6298).
_LOST_PACKET_S = 1.0
# What a resolver nearby knows takes less; the second time it does know.
_LONG_LOOKUP_S = 0.1
_AGAIN_S = 1.0
_OF_A_PAGE = Bytes(1024**2)
_OF_AN_API = Bytes(64 * 1024)
_TRIED_AGAIN = frozenset({Step.RESOLVER, Step.CONNECTION, Step.TLS, Step.ANSWER, Step.BODY})
_PARTS = {
    Step.LOOKUP: "lookup_s",
    Step.CONNECTION: "connect_s",
    Step.TLS: "tls_s",
    Step.ANSWER: "first_byte_s",
    Step.BODY: "body_s",
}


@asynccontextmanager
async def opened(point: Site, means: "Means") -> AsyncIterator["SiteSource"]:
    """Open the source of a site; what it still asks at the end is given up."""
    source = SiteSource(point, means)
    try:
        yield source
    finally:
        await source.close()


@dataclass
class SiteSource:
    """What asks a site, once for a look; implements model.ports.Source."""

    point: Site
    means: "Means"
    address: Address = field(init=False)
    _looking: "asyncio.Task[Looked] | None" = None

    def __post_init__(self) -> None:
        """Read the address; raises BadSettings."""
        try:
            self.address = address.read(self.point.url)
        except WrongUsage as error:
            raise BadSettings(
                f"{self.point.subject}: {error.reason}", remedy=error.remedy
            ) from None

    @property
    def name(self) -> str:
        """The address without its secrets."""
        return self.address.shown

    @property
    def offers(self) -> Collection[type]:
        """What asking an address tells."""
        registered = [Registration] if self.point.rdap else []
        return [Reached if self.point.dependency else Answer, NameLookup, Certificate, *registered]

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """Return the readings of a kind."""
        told: list[Any] = []
        if kind is Registration:
            told += await registry.registration(self.point, self.address, self.means)
        else:
            looked = await self._looked()
            told += looked.of(kind)
        return told

    async def close(self) -> None:
        """Give up what is still asked."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _looked(self) -> "Looked":
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> "Looked":
        visits = [visit_ async for visit_ in self._visits()]
        names = [named for visit_ in visits for named in visit_.lookups]
        names += [again async for again in _looked_up_again(names)]
        return Looked(self.point, visits, names, self.means)

    async def _visits(self) -> AsyncIterator[Visit]:
        """Ask once, and a second time where that may tell more."""
        began = time.perf_counter()
        whole_s = self.means.timeout.total_seconds() * _SHARE
        first = await visit(self.address, self._rules(min(_ANSWER_S, whole_s)))
        yield first
        left = whole_s - (time.perf_counter() - began) - _PAUSE_S
        if left >= _LEAST_S and self._is_worth_another(first):
            await self.means.clock.sleep(_PAUSE_S)
            yield await visit(self.address, self._rules(min(_ANSWER_S, left)))

    def _is_worth_another(self, first: Visit) -> bool:
        if first.late or first.local or first.refused or first.whole_s >= _ANSWER_S:
            return False
        if first.failed is not None:
            return first.failed in _TRIED_AGAIN
        if not is_good(self.point, first):
            return (first.status or 0) >= 500
        return first.whole_s > _LOST_PACKET_S

    def _rules(self, within_s: float) -> Rules:
        """Return how to ask: a dependency is not followed to where it sends people."""
        return Rules(
            Permitted(self.means.allowed),
            within_s,
            _OF_AN_API if self.point.dependency else _OF_A_PAGE,
            follow=not self.point.dependency,
            final=self.point.expect,
        )


async def _looked_up_again(names: Sequence[Named]) -> AsyncIterator[Named]:
    """Look up again what took long: a resolver nearby knows it by now."""
    for named in names:
        if named.took_s is not None and named.took_s > _LONG_LOOKUP_S:
            try:
                known = await asyncio.wait_for(wire.lookup(named.host, named.port), _AGAIN_S)
            except (wire.NoAnswer, TimeoutError):
                continue
            yield Named(named.host, named.port, known.took_s)


def is_good(point: Site, visit_: Visit) -> bool:
    """Whether what was answered in the end is what is expected."""
    if visit_.status is None or visit_.failed is not None:
        return False
    if point.expect:
        return visit_.status in point.expect
    if not point.dependency:
        return visit_.status < 400
    provider = PROVIDERS.get(point.provider or "")
    return visit_.status < 500 and not (provider and visit_.status in provider.failures)


@dataclass(frozen=True)
class Looked:
    """What came of asking a site, and the readings that it makes."""

    point: Site
    visits: Sequence[Visit]
    names: Sequence[Named]
    means: "Means"

    def of(self, kind: type) -> Iterator[object]:
        """Yield the readings of a kind."""
        if kind in (Answer, Reached):
            yield self._answer()
        elif kind is NameLookup:
            yield from self._name_lookups()
        elif kind is Certificate:
            yield from self._certificates()

    @property
    def _best(self) -> Visit:
        """The visit that counts: a good one, the faster of two; else the last."""
        good = [one for one in self.visits if is_good(self.point, one)]
        return min(good, key=lambda one: one.whole_s, default=self.visits[-1])

    def _answer(self) -> Answer | Unknown:
        best = self._best
        if best.refused is not None:
            return Unknown(best.refused.reason, best.refused.remedy)
        if best.local:
            return Unknown(
                f"this machine has no way to {best.address.host}: {best.problem}",
                "look from a machine that reaches it, or give this one a route (IPv6?)",
            )
        first = self.visits[0]
        flapped = first is not best and not is_good(self.point, first)
        return replace(
            self._of_visit(best),
            flapped=_came_to(first) if flapped and is_good(self.point, best) else None,
            tries=tuple(_row(number, one) for number, one in enumerate(self.visits, 1)),
        )

    def _of_visit(self, visit_: Visit) -> Answer:
        reply = visit_.reply
        times: Mapping[str, Any] = {name: visit_.parts.get(step) for step, name in _PARTS.items()}
        answer = Answer(
            self.point.subject,
            visit_.address.shown,
            visit_.address.host,
            visit_.address.authority,
            is_good(self.point, visit_),
            visit_.status,
            visit_.failed,
            visit_.problem,
            **times,
            whole_s=visit_.whole_s if visit_.failed is None else None,
            size=Bytes(len(reply.body)) if reply else None,
            cut=reply.cut if reply else None,
            critical=self.point.critical,
        )
        return _reached(answer, self.point.provider) if self.point.dependency else answer

    def _name_lookups(self) -> Iterator[NameLookup]:
        for host in dict.fromkeys(named.host for named in self.names):
            same = [named for named in self.names if named.host == host]
            took = [named.took_s for named in same if named.took_s is not None]
            error = same[-1].error
            yield NameLookup(
                self.point.subject,
                host,
                min(took, default=None),
                took[0] if took else None,
                error.reason if error else None,
                error is None or error.step is not Step.LOOKUP,
                self.point.critical,
                self.point.dependency,
            )

    def _certificates(self) -> Iterator[Certificate | Unknown]:
        now = self.means.clock.now()
        for shown in {shown.authority: shown for shown in self._best.certificates}.values():
            try:
                read = certificates.read(shown.der)
            except ValueError as error:
                yield Unknown(f"the certificate of {shown.authority} cannot be read: {error}")
                continue
            yield Certificate(
                self.point.subject,
                shown.authority,
                read.not_before,
                read.not_after,
                now,
                read.issuer,
                read.names[:_MOST_NAMES],
                certificates.distrust(shown, read, now),
                shown.error.verify_message if shown.error else None,
                self.point.critical,
                self.point.dependency,
            )


def _reached(answer: Answer, name: str | None) -> Reached:
    """Return an answer with what its provider means by it."""
    given = {one.name: getattr(answer, one.name) for one in fields(answer)}
    provider = PROVIDERS.get(name or "")
    if provider is None:
        return Reached(**given)
    says = provider.says.get(answer.status or 0)
    page = f"See what {provider.title} says itself: {provider.status_page}"
    return Reached(**given, says=says, advice=(page, *provider.advice))


def _came_to(visit_: Visit) -> str:
    if visit_.problem is not None:
        return visit_.problem
    return f"it answered {visit_.status}"


def _row(number: int, visit_: Visit) -> dict[str, Scalar]:
    outcome = visit_.problem or f"answered {visit_.status}"
    parts = {
        name: round(visit_.parts[step], 4) for step, name in _PARTS.items() if step in visit_.parts
    }
    return {"try": number, "outcome": outcome, **parts, "whole_s": round(visit_.whole_s, 4)}
