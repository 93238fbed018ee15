"""One page is asked for again and again, at a rate that does not wait for its answers.

It speaks HTTP/1.1 over connections that are kept: a library that does more sends a tenth as fast.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import fettle
from fettle.errors import NotSupported, Unreachable
from fettle.model.browser import PageAsked
from fettle.model.capacity import Answered, Volley
from fettle.targets.browser.secrets import LogIn
from fettle.targets.probing.wire import believing
from fettle.targets.site_address import shown, shown_location, split

_PATIENCE_S = 10.0
_SOON_S = 0.02
_LARGEST_HEAD = 64 * 1024
_LARGEST_BODY = 64 * 1024**2
_PART = 256 * 1024
_OPEN = 64  # so many requests may wait at any rate
_OPEN_S = 3.0  # and at a high one, those of so many seconds
_IN_A_ROW = 10  # so many failures one after the other, and nothing more is sent
_LOG_IN = 'give what lets in: --cookie NAME=VALUE, or --header "Name: value"'


@dataclass(frozen=True)
class _Said:
    """How an answer begins."""

    status: int
    headers: Mapping[str, str]
    version: str

    @property
    def closes(self) -> bool:
        """Whether the connection ends with it."""
        return self.version == "HTTP/1.0" or "close" in self.headers.get("connection", "").lower()

    @property
    def has_body(self) -> bool:
        """Whether anything follows."""
        return self.status >= 200 and self.status not in (204, 304)

    @property
    def chunked(self) -> bool:
        """Whether what follows comes in pieces that say how long they are."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def length(self) -> int | None:
        """How long what follows is; None where only the end of the connection ends it."""
        said = self.headers.get("content-length", "")
        return int(said) if said.isdecimal() and len(said) < 12 else None


class _BrokenError(Exception):
    """An answer that did not come to its end; `begun` says whether it had begun."""

    def __init__(self, why: str, *, begun: bool = True) -> None:
        super().__init__(why)
        self.begun = begun


class HttpLoad:
    """Asks for one page; implements model.capacity.Load. `aclose` lets go of its connections."""

    def __init__(self, page: PageAsked) -> None:
        log_in = LogIn.of(page)
        self._called = shown(page.url)
        parts, port = split(log_in.url)
        self._tls = parts.scheme == "https"
        self._host = str(parts.hostname)
        self._port = port or (443 if self._tls else 80)
        self._free: list[_Line] = []
        self._words = _request(log_in)

    async def alone(self) -> float:
        """See model.capacity.Load.alone."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                said = await self.ask()
        except TimeoutError:
            raise Unreachable(f"{self._called} gave no answer within {_PATIENCE_S:g} s") from None
        except (_BrokenError, OSError) as error:
            raise Unreachable(f"{self._called} cannot be reached: {error}") from None
        if said.status in (401, 403, 407):
            raise Unreachable(f"{self._called} answers {said.status}", remedy=_LOG_IN)
        if said.status >= 400:
            raise Unreachable(f"{self._called} answers {said.status}")
        if said.status >= 300:
            where = shown_location(said.headers.get("location", ""))
            raise NotSupported(
                f"{self._called} answers {said.status}, and is no page by itself",
                remedy=f"name the address that it leads to: {where}",
            )
        return (loop.time() - began) * 1000

    async def volley(self, rate: float, seconds: float) -> Volley:
        """See model.capacity.Load.volley."""
        return await _Volley(self, rate, seconds).sent()

    async def aclose(self) -> None:
        """Let go of all connections."""
        while self._free:
            self._free.pop().close()

    async def ask(self) -> _Said:
        """Ask once; raises OSError and _BrokenError where no whole answer came."""
        while self._free:
            line = self._free.pop()
            try:
                return await self._over(line)
            except (_BrokenError, OSError) as error:
                # one that was kept may have been closed meanwhile; what began is an answer
                if not isinstance(error, OSError) and error.begun:
                    raise
        return await self._over(await self._line())

    async def _over(self, line: "_Line") -> _Said:
        kept = False
        try:
            said = await line.ask(self._words)
            kept = not said.closes and (
                not said.has_body or said.chunked or said.length is not None
            )
        finally:
            if kept:
                self._free.append(line)
            else:
                line.close()
        return said

    async def _line(self) -> "_Line":
        context = believing() if self._tls else None
        reader, writer = await asyncio.open_connection(
            self._host, self._port, ssl=context, limit=_LARGEST_HEAD
        )
        return _Line(reader, writer)


class _Volley:
    """A volley that is being sent."""

    def __init__(self, load: HttpLoad, rate: float, seconds: float) -> None:
        self._load = load
        self._rate = rate
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time() + _SOON_S
        self._answers: list[Answered] = []
        self._late: list[float] = []
        self._in_a_row = 0
        self._told_to_wait = False

    async def sent(self) -> Volley:
        """Send all of it, unless that harms, and wait for the answers."""
        waiting: set[asyncio.Task[None]] = set()
        most = max(_OPEN, round(self._rate * _OPEN_S))
        many = max(1, round(self._rate * self._seconds))
        cut = False
        try:
            for number in range(many):
                due = self._began + number / self._rate
                if (delay := due - self._loop.time()) > 0:
                    await asyncio.sleep(delay)
                if len(waiting) >= most or self._in_a_row >= _IN_A_ROW or self._told_to_wait:
                    cut = True
                    break
                task = asyncio.create_task(self._one(due))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            while waiting:
                await asyncio.wait(waiting)
        finally:
            for task in waiting:
                task.cancel()
        late = sorted(self._late)
        return Volley(
            self._rate,
            self._seconds,
            tuple(self._answers),
            cut=cut,
            told_to_wait=self._told_to_wait,
            late_ms=late[int(0.95 * len(late))] * 1000 if late else 0.0,
        )

    async def _one(self, due: float) -> None:
        self._late.append(max(0.0, self._loop.time() - due))
        failed = None
        try:
            async with asyncio.timeout_at(due + _PATIENCE_S):
                failed = self._failed(await self._load.ask())
        except TimeoutError:
            failed = f"no answer within {_PATIENCE_S:g} s"
        except (_BrokenError, OSError) as error:
            failed = str(error)[:80] or type(error).__name__
        self._in_a_row = 0 if failed is None else self._in_a_row + 1
        lasted = (self._loop.time() - due) * 1000
        self._answers.append(Answered((due - self._began) * 1000, lasted, failed))

    def _failed(self, said: _Said) -> str | None:
        if said.status == 429 or "retry-after" in said.headers:
            self._told_to_wait = True
        # who leads away when asked too often (to a waiting room, a log-in) has not answered
        return f"answered {said.status}" if said.status >= 300 else None


@dataclass(frozen=True)
class _Line:
    """A connection that is kept from one request to the next."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, words: bytes) -> _Said:
        """Ask, and read the answer to its end."""
        self.writer.write(words)
        said = await self._head()
        while said.status < 200:
            said = await self._head()
        if said.has_body:
            await self._body(said)
        return said

    def close(self) -> None:
        """Let go of it."""
        with suppress(OSError, RuntimeError):
            self.writer.transport.abort()

    async def _head(self) -> _Said:
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise _BrokenError("its headers have no end") from None
        except asyncio.IncompleteReadError as error:
            begun = bool(error.partial)
            raise _BrokenError("it closed the connection", begun=begun) from None
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1") or not words[1].isdecimal():
            raise _BrokenError("it does not speak HTTP")
        named = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in named}
        return _Said(int(words[1]), headers, words[0])

    async def _body(self, said: _Said) -> None:
        if said.chunked:
            await self._chunks()
        elif said.length is not None:
            await self._bytes(said.length)
        else:
            while await self.reader.read(_PART):
                pass

    async def _chunks(self) -> None:
        left = _LARGEST_BODY
        while left >= 0:
            try:
                line = await self.reader.readuntil(b"\n")
                size = int(line.partition(b";")[0], 16)
            except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                raise _BrokenError("its answer is torn") from None
            await self._bytes(size + 2)
            left -= size
            if not size:
                return
        raise _BrokenError("its answer has no end")

    async def _bytes(self, number: int) -> None:
        if number > _LARGEST_BODY:
            raise _BrokenError("its answer has no end")
        while number > 0:
            part = await self.reader.read(min(number, _PART))
            if not part:
                raise _BrokenError("its answer is torn")
            number -= len(part)


def _request(log_in: LogIn) -> bytes:
    """Return the request, as it is sent each time."""
    parts, _ = split(log_in.url)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (
        f"?{parts.query}" if parts.query else ""
    )
    given = {
        "Host": parts.netloc,
        "User-Agent": f"Fettle/{fettle.__version__} (capacity)",
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Encoding": "gzip, br",
        **log_in.headers,
    }
    if log_in.cookies:
        given["Cookie"] = "; ".join(f"{name}={value}" for name, value in log_in.cookies.items())
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
