"""Questions to registries: many at once, over one pool of connections, and each only once.

Who asks for less is given less: a 429 and its Retry-After hold for all questions to that host. Who
does not answer some is not asked for the rest.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from fettle.errors import CannotLook, Unreachable
from fettle.model.ports import Clock

AT_ONCE = 16
LARGEST = 64 * 1024**2
_TRIES = 3
_LONGEST_WAIT_S = 60.0  # that a host may ask for; longer, and it is another day's question
_PAUSE_S = 1.0  # where it asks for none
_MOST_SILENCES = 5
_WHOLE = timedelta(minutes=1)  # in which an answer must have come
_TIMEOUT = httpx.Timeout(20, connect=5, pool=None)
_AGAIN = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Reply:
    """What a registry answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = ""


@dataclass(frozen=True)
class _Request:
    """What is asked; the same each time that it is."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    largest: int


@dataclass
class _Host:
    """What is known of a host: from when on it may be asked again, and how often it was silent."""

    resumes_at: datetime | None = None
    silent: int = 0


class Asking:
    """Asks registries, a bounded number of questions at once."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        at_once: int = AT_ONCE,
        whole: timedelta = _WHOLE,
    ) -> None:
        self._client = client
        self._clock = clock
        self._whole_s = whole.total_seconds()
        self._few = asyncio.Semaphore(at_once)
        self._hosts: dict[str, _Host] = {}

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        largest: int = LARGEST,
    ) -> Reply:
        """Ask, and again where the answer says so; raises CannotLook with the reason."""
        request = _Request(method, url, headers, content, largest)
        host = self._hosts.setdefault(urlsplit(url).netloc, _Host())
        reply = None
        for tried in range(1, _TRIES + 1):
            await self._wait(host)
            async with self._few:
                self._refuse_silent(host, url)
                reply = await self._asked(request, host, last=tried == _TRIES)
            if reply is not None and reply.status not in _AGAIN:
                return reply
            if tried < _TRIES:
                self._hold(host, reply, url)
        if reply is None:
            raise Unreachable(f"{_shown(url)} gave no answer")
        raise CannotLook(f"{_shown(url)} answered {said(reply.status)}, {_TRIES} times")

    async def _asked(self, request: _Request, host: _Host, *, last: bool) -> Reply | None:
        """Ask once; None for no answer, which is raised only in the end."""
        url = request.url
        try:
            async with asyncio.timeout(self._whole_s):
                reply = await self._sent(request)
        except httpx.TransportError as error:
            host.silent += 1
            if last or isinstance(error, httpx.UnsupportedProtocol):
                problem = str(error) or type(error).__name__
                raise Unreachable(f"{_shown(url)} gave no answer: {problem}") from None
            return None
        except TimeoutError:
            host.silent += 1
            raise Unreachable(
                f"{_shown(url)} gave no whole answer in {self._whole_s:g} s"
            ) from None
        except (httpx.TooManyRedirects, httpx.InvalidURL, httpx.DecodingError) as error:
            raise CannotLook(f"{_shown(url)} cannot be read: {error}") from None
        host.silent = 0
        return reply

    async def _sent(self, request: _Request) -> Reply:
        url = request.url
        async with self._client.stream(
            request.method, url, headers=request.headers, content=request.content
        ) as response:
            parts, size = [], 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > request.largest:
                    most = request.largest // 1024**2
                    raise CannotLook(f"{_shown(url)} answers more than {most} MB, and is not read")
                parts.append(part)
            told = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, told, b"".join(parts), str(response.url))

    def _refuse_silent(self, host: _Host, url: str) -> None:
        if host.silent >= _MOST_SILENCES:
            name = urlsplit(url).netloc
            raise Unreachable(f"{name} gave no answer {_MOST_SILENCES} times, and is not asked on")

    def _hold(self, host: _Host, reply: Reply | None, url: str) -> None:
        """Hold all questions to a host until it may be asked again; raises CannotLook."""
        now = self._clock.now()
        seconds = _PAUSE_S if reply is None else _retry_after(reply, now)
        if seconds > _LONGEST_WAIT_S:
            raise CannotLook(
                f"{_shown(url)} asks to be left alone for {seconds:.0f} s",
                remedy="look again later",
            )
        until = datetime.fromtimestamp(now.timestamp() + seconds, now.tzinfo)
        host.resumes_at = max(host.resumes_at or until, until)

    async def _wait(self, host: _Host) -> None:
        while host.resumes_at is not None and (now := self._clock.now()) < host.resumes_at:
            await self._clock.sleep((host.resumes_at - now).total_seconds())


def said(status: int) -> str:
    """Return a status as people say it."""
    words = {401: "that it wants a password", 403: "that we may not", 404: "that it has none"}
    words |= {429: "that it is asked too often (429)"}
    return words.get(status, f"with status {status}")


def _retry_after(reply: Reply, now: datetime) -> float:
    told = reply.headers.get("retry-after", "").strip()
    if not told:
        return _PAUSE_S
    if told.isdecimal():
        return float(told[:9])
    try:
        return max((parsedate_to_datetime(told) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return _PAUSE_S


def _shown(url: str) -> str:
    """Return an address without a password, a query or a fragment."""
    parted = urlsplit(url)
    return f"{parted.scheme}://{parted.netloc.rpartition('@')[2]}{parted.path}"


@asynccontextmanager
async def asking(
    clock: Clock,
    authorities: Sequence[Path] = (),
    at_once: int = AT_ONCE,
    whole: timedelta = _WHOLE,
) -> AsyncIterator[Asking]:
    """Open a pool of connections; proxies are those of the environment, as clients take them."""
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(
        limits=limits,
        timeout=_TIMEOUT,
        follow_redirects=True,
        max_redirects=5,
        verify=_trusted(authorities),
        headers={"User-Agent": "fettle", "Accept-Encoding": "gzip"},
    ) as client:
        yield Asking(client, clock, at_once, whole)


def _trusted(authorities: Sequence[Path]) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    for file in authorities:
        try:
            context.load_verify_locations(file)
        except (OSError, ssl.SSLError) as error:
            raise CannotLook(
                f"the authorities in {file} cannot be read: {error}",
                remedy="mend `cert` of pip, or `cafile` of npm",
            ) from None
    return context
