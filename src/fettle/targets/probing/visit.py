"""Ask an address as a careful client does: within bounds, over redirects, and never led astray.

The address that somebody has written may be private. Where a redirect leads elsewhere, to another
host or port, what that means is judged, and what was judged is what is called (targets.permitted).
"""

import asyncio
import time
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import TypeVar

from fettle import __version__
from fettle.errors import NotAllowed, WrongUsage
from fettle.model.probed import Step
from fettle.model.quantity import say_duration
from fettle.targets.permitted import Permitted
from fettle.targets.probing import wire
from fettle.targets.probing.address import Address
from fettle.targets.probing.certificates import Shown
from fettle.targets.probing.exchange import Bounds, Reply, exchange
from fettle.targets.probing.wire import Endpoint, NoAnswer

# Browsers follow twenty; a site that takes more than ten has them by mistake.
_MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SILENT = {
    Step.RESOLVER: "no resolver said what {host} means within {limit}",
    Step.CONNECTION: "{host} took no connection within {limit}",
    Step.TLS: "{host} did not agree on TLS within {limit}",
    Step.ANSWER: "{host} sent no answer within {limit}",
}
_AGENT = f"Mozilla/5.0 (compatible; Fettle/{__version__})"

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """A name that was looked up: the seconds that took, or why it told nothing."""

    host: str
    port: int
    took_s: float | None = None
    error: NoAnswer | None = None


@dataclass(frozen=True)
class Rules:
    """How to ask: who may be called, for how long, and how much of a body is read.

    `final` are statuses that are taken for an answer though they are redirects.
    """

    permitted: Permitted
    within_s: float
    most: int
    follow: bool = True
    final: tuple[int, ...] = ()
    accept: str = "*/*"


@dataclass
class Visit:
    """What came of asking an address once; seconds are over all redirects.

    `refused` says where it was not followed to, and why. `late` says that it was the time that
    ended it, and `local` that it is this machine that has no way there.
    """

    address: Address
    parts: dict[Step, float] = field(default_factory=dict)
    whole_s: float = 0.0
    reply: Reply | None = None
    failed: Step | None = None
    problem: str | None = None
    refused: NotAllowed | None = None
    late: bool = False
    local: bool = False
    redirects: int = 0
    lookups: list[Named] = field(default_factory=list)
    certificates: list[Shown] = field(default_factory=list)

    @property
    def status(self) -> int | None:
        """The status that was answered in the end."""
        return None if self.reply is None else self.reply.status

    def took(self, step: Step, seconds: float | None) -> None:
        """Add to the time of a part."""
        if seconds is not None:
            self.parts[step] = self.parts.get(step, 0.0) + seconds


async def visit(start: Address, rules: Rules) -> Visit:
    """Ask an address, and follow where it leads; what went wrong stands in what is returned."""
    visit_ = Visit(start)
    began = time.perf_counter()
    try:
        await _Way(visit_, rules).go(start)
    except NoAnswer as error:
        visit_.failed, visit_.local = error.step, error.local
        led = visit_.redirects and error.step is not Step.REDIRECT
        said = f"after a redirect to {visit_.address.shown}: " if led else ""
        visit_.problem = f"{said}{error.reason}"
    except NotAllowed as error:
        visit_.refused = error
    visit_.whole_s = time.perf_counter() - began
    return visit_


class _Way:
    """The way of a visit: where it has been, what it carries, and until when it may take."""

    def __init__(self, visit_: Visit, rules: Rules) -> None:
        self._visit = visit_
        self._rules = rules
        self._written = visit_.address
        self._by = asyncio.get_running_loop().time() + rules.within_s
        self._known: dict[tuple[str, int], Sequence[Endpoint]] = {}
        self._cookies: dict[str, dict[str, str]] = {}

    async def go(self, address: Address) -> None:
        """Ask one address after the other; raises NoAnswer, and NotAllowed for a private one."""
        for _ in range(_MOST_REDIRECTS + 1):
            self._visit.address, self._visit.reply = address, None
            endpoints = await self._look_up(address)
            if address.place != self._written.place:
                self._refuse_private(address, endpoints)
            self._visit.reply = reply = await self._ask(address, endpoints)
            if reply.broken is not None:
                raise NoAnswer(Step.BODY, reply.broken)
            following = self._following(address, reply)
            if following is None:
                return
            self._visit.redirects += 1
            address = following
        raise NoAnswer(
            Step.REDIRECT, f"it redirects more than {_MOST_REDIRECTS} times, to {address.shown}"
        )

    def _refuse_private(self, address: Address, endpoints: Sequence[Endpoint]) -> None:
        try:
            self._rules.permitted.refuse(address.host, [one.address for one in endpoints])
        except NotAllowed as error:
            raise NotAllowed(
                f"it redirects to {address.shown}, which is not followed: {error.reason}",
                remedy=error.remedy,
            ) from None

    def _following(self, address: Address, reply: Reply) -> Address | None:
        location = reply.header("location")
        followed = self._rules.follow and reply.status not in self._rules.final
        if not followed or reply.status not in _REDIRECTS or not location:
            return None
        self._keep_cookies(address, reply)
        try:
            return address.to(location)
        except WrongUsage as error:
            raise NoAnswer(
                Step.REDIRECT, f"it redirects to what is no page: {error.reason}"
            ) from None

    def _keep_cookies(self, address: Address, reply: Reply) -> None:
        """Keep what a redirect gives to be shown where it leads: some wait for that in a circle."""
        kept = self._cookies.setdefault(address.host, {})
        for name, value in reply.headers:
            if name == "set-cookie":
                try:
                    given = SimpleCookie(value)
                except CookieError:
                    continue
                kept.update((key, morsel.coded_value) for key, morsel in given.items())

    async def _look_up(self, address: Address) -> Sequence[Endpoint]:
        """Return what a host's name means; it stays so for the whole of the way."""
        known = self._known.get(address.place)
        if known is not None:
            return known
        host, port = address.place
        try:
            told = await self._within(Step.RESOLVER, address, wire.lookup(host, port))
        except NoAnswer as error:
            self._visit.lookups.append(Named(host, port, error=error))
            raise
        if told.took_s is not None:
            self._visit.took(Step.LOOKUP, told.took_s)
            self._visit.lookups.append(Named(host, port, told.took_s))
        self._known[address.place] = told.endpoints
        return told.endpoints

    async def _ask(self, address: Address, endpoints: Sequence[Endpoint]) -> Reply:
        reader, writer = await self._connected(address, endpoints)
        bounds = Bounds(self._rules.most, self._by)
        try:
            headers = list(self._headers(address))
            reply = await exchange(reader, writer, address, headers, bounds)
        except TimeoutError:
            raise self._late(Step.ANSWER, address) from None
        finally:
            writer.transport.abort()
            await asyncio.sleep(0)  # the loop closes what it was told to let go
        self._visit.took(Step.ANSWER, reply.first_byte_s)
        self._visit.took(Step.BODY, reply.body_s)
        return reply

    async def _connected(
        self, address: Address, endpoints: Sequence[Endpoint]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        sock = await self._measured(Step.CONNECTION, address, wire.connect(endpoints))
        if address.scheme == "http":
            return await asyncio.open_connection(sock=sock)
        agreed = await self._measured(Step.TLS, address, wire.encrypt(sock, address.host))
        if agreed.reader is not None and agreed.writer is not None:
            self._visit.certificates.append(
                Shown(address.host, address.authority, agreed.certificate or b"")
            )
            return agreed.reader, agreed.writer
        again = await self._within(Step.CONNECTION, address, wire.connect(endpoints))
        shown = await self._within(Step.TLS, address, wire.shown_certificate(again, address.host))
        if shown is not None:
            self._visit.certificates.append(
                Shown(address.host, address.authority, shown, agreed.distrusted)
            )
        said = agreed.distrusted.verify_message if agreed.distrusted else "it was not shown"
        raise NoAnswer(Step.CERTIFICATE, f"its certificate is not believed: {said}")

    def _headers(self, address: Address) -> Iterator[tuple[str, str]]:
        yield "User-Agent", _AGENT
        yield "Accept", self._rules.accept
        # as it is: a few bytes can be packed of which a gigabyte comes out
        yield "Accept-Encoding", "identity"
        yield "Connection", "close"
        if self._written.login and (address.scheme, *address.place) == (
            self._written.scheme,
            *self._written.place,
        ):
            yield "Authorization", self._written.login
        if cookies := self._cookies.get(address.host):
            yield "Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())

    async def _measured(self, step: Step, address: Address, work: Awaitable[T]) -> T:
        began = time.perf_counter()
        done = await self._within(step, address, work)
        self._visit.took(step, time.perf_counter() - began)
        return done

    async def _within(self, step: Step, address: Address, work: Awaitable[T]) -> T:
        """Return what comes of it in the time that is left; raises NoAnswer."""
        try:
            async with asyncio.timeout_at(self._by):
                return await work
        except TimeoutError:
            raise self._late(step, address) from None

    def _late(self, step: Step, address: Address) -> NoAnswer:
        self._visit.late = True
        limit = say_duration(timedelta(seconds=self._rules.within_s))
        return NoAnswer(step, _SILENT[step].format(host=address.host, limit=limit))
