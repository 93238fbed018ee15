"""Calls to addresses that somebody has set: never to a private network, unless that is allowed.

The host's name is resolved once, and what was judged is what is called: a name that answers
otherwise a moment later leads nowhere else. Where it means several addresses, and the first takes
no connection, the next is called: `localhost` often means ::1 first, where nothing listens.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import httpx

from fettle.errors import NotAllowed, Unreachable
from fettle.targets.permitted import IpAddress, Permitted, resolved

_TIMEOUT = httpx.Timeout(10, connect=5)
WHOLE_S = 15.0  # a call altogether, its host's name resolved: some answer a byte every few seconds
LARGEST_ANSWER = 1024**2
_MOST_ADDRESSES = 4

Resolve = Callable[[str, int], Awaitable[Sequence[IpAddress]]]


@dataclass(frozen=True)
class Answer:
    """What a server answered; `body` is cut where it is larger than what was wanted of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def _of_the_web() -> ssl.SSLContext:
    """Return the authorities of the web, read once: it takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


class Outgoing:
    """Make calls; `allowed` are hosts, addresses and networks that may be called though private.

    `trusted` are the authorities whose certificates are believed; those of the web unless others
    are given.
    """

    def __init__(
        self,
        allowed: Iterable[str],
        trusted: ssl.SSLContext | None = None,
        whole_s: float = WHOLE_S,
        resolve: Resolve = resolved,
    ) -> None:
        self._whole_s = whole_s
        self._trusted = trusted or _of_the_web()
        self._permitted = Permitted(allowed)
        self._resolve = resolve

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        largest: int = LARGEST_ANSWER,
    ) -> Answer:
        """Make one request; redirects are not followed, and an answer is cut at `largest` bytes.

        Raises NotAllowed for a private address or another scheme, Unreachable when no answer came.
        """
        try:
            async with asyncio.timeout(self._whole_s):
                return await self._call(method, url, headers or {}, content, largest)
        except TimeoutError:
            host = _address_of(url).host
            raise Unreachable(f"{host} gave no whole answer within {self._whole_s:g} s") from None

    async def _call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        largest: int,
    ) -> Answer:
        asked = _address_of(url)
        if asked.scheme not in ("http", "https") or not asked.host:
            raise NotAllowed(f"{asked.scheme or 'nothing'}:// is no address of a web server")
        addresses = await self._addresses(asked.host, asked.port or _port(asked.scheme))
        host = asked.netloc.decode("ascii")
        requests = [
            httpx.Request(
                method,
                asked.copy_with(host=str(address)),
                # as it is: a few bytes can be packed of which a gigabyte comes out
                headers={**headers, "Host": host, "Accept-Encoding": "identity"},
                content=content,
                extensions={"sni_hostname": asked.host, "timeout": _TIMEOUT.as_dict()},
            )
            for address in addresses[:_MOST_ADDRESSES]
        ]
        try:
            async with httpx.AsyncClient(trust_env=False, verify=self._trusted) as client:
                response = await _first(client, requests)
                body = await _read(response, largest)
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise Unreachable(f"{asked.host} gave no answer: {said}") from error
        return Answer(response.status_code, dict(response.headers), body)

    async def permitted(self, host: str, port: int) -> IpAddress:
        """Return the address to call first for a host; raises NotAllowed and Unreachable."""
        return (await self._addresses(host, port))[0]

    async def _addresses(self, host: str, port: int) -> Sequence[IpAddress]:
        addresses = await self._resolve(host, port)
        self._permitted.refuse(host, addresses)
        return list(dict.fromkeys(addresses))


def _address_of(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotAllowed(f"that is no address: {error}") from None


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


async def _first(client: httpx.AsyncClient, requests: Sequence[httpx.Request]) -> httpx.Response:
    """Return what the first answers that takes a connection: to the others nothing was sent."""
    *others, last = requests
    for request in others:
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await client.send(last, stream=True)


async def _read(response: httpx.Response, largest: int) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_raw():
        parts.append(part)
        size += len(part)
        if size >= largest:
            break
    await response.aclose()
    return b"".join(parts)[:largest]
