"""Who asks, behind reverse proxies: X-Forwarded-For and -Proto, believed of those that are trusted.

Proxies append the address of who asked them. So the last address that is none of a trusted proxy
is the client's; whatever stands before it the client may have written itself.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

Address = IPv4Address | IPv6Address


class Proxied:
    """Put the client's address and scheme into the request, in place of a trusted proxy's."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._proxies = [ip_network(proxy) for proxy in proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope.get("client"):
            peer = _address(scope["client"][0])
            if peer is not None and self._trusted(peer):
                scope["client"] = (str(self._client(peer, scope)), 0)
                if (scheme := _last(scope, b"x-forwarded-proto")) in ("http", "https"):
                    scope["scheme"] = scheme
            elif peer is not None:
                scope["client"] = (str(peer), scope["client"][1])
        await self._app(scope, receive, send)

    def _trusted(self, address: Address) -> bool:
        return any(address in network for network in self._proxies)

    def _client(self, peer: Address, scope: Scope) -> Address:
        client = peer
        for text in reversed(list(_listed(scope, b"x-forwarded-for"))):
            address = _address(text)
            if address is None:  # what a proxy wrote is an address; nothing before it is believed
                break
            client = address
            if not self._trusted(address):
                break
        return client


def _listed(scope: Scope, header: bytes) -> Iterator[str]:
    for name, value in scope["headers"]:
        if name == header:
            yield from (part.strip() for part in value.decode("latin-1").split(","))


def _last(scope: Scope, header: bytes) -> str | None:
    return next(reversed(list(_listed(scope, header))), None)


def _address(text: str) -> Address | None:
    """Return an address, with or without a port; None for what is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
