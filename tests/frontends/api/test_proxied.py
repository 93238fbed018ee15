"""Who asks is whom a trusted proxy names, and nobody else's word counts."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from fettle.frontends.api.proxied import Proxied
from fettle.settings.server import ServerSettings

PROXIES = ("10.0.0.0/24", "::1", "192.0.2.7")


async def seen(peer: str, headers: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the client's address and the scheme as the application sees them."""
    found: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.update(client=scope["client"][0], scheme=scope["scheme"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(Proxied(app, PROXIES), client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://fettle") as client:
        await client.get("/", headers=headers)
    return found["client"], found["scheme"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.9", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.9", "203.0.113.5, 10.0.0.8", "203.0.113.5"),
        ("10.0.0.9", "1.1.1.1, 203.0.113.5", "203.0.113.5"),  # the client made the first one up
        ("10.0.0.9", "1.1.1.1, <script>", "10.0.0.9"),
        ("10.0.0.9", "<script>, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.9", "10.0.0.8", "10.0.0.8"),
        ("10.0.0.9", "", "10.0.0.9"),
        ("10.0.0.9", "203.0.113.5:1234", "203.0.113.5"),
        ("10.0.0.9", "[2001:db8::5]:1234", "2001:db8::5"),
        ("10.0.0.9", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.9", "203.0.113.5", "203.0.113.5"),
        ("::1", "203.0.113.5", "203.0.113.5"),
        ("192.0.2.7", "203.0.113.5", "203.0.113.5"),
        ("192.0.2.8", "203.0.113.5", "192.0.2.8"),
        ("::ffff:192.0.2.8", "203.0.113.5", "192.0.2.8"),
    ],
)
async def test_the_last_address_that_is_no_proxy_is_the_clients(
    peer: str, forwarded: str, client: str
) -> None:
    assert (await seen(peer, [("X-Forwarded-For", forwarded)]))[0] == client


async def test_a_header_that_comes_twice_is_read_as_one() -> None:
    headers = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.5")]

    assert (await seen("10.0.0.9", headers))[0] == "203.0.113.5"


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("10.0.0.9", "https", "https"),
        ("10.0.0.9", "http, https", "https"),
        ("10.0.0.9", "javascript", "http"),
        ("192.0.2.8", "https", "http"),
    ],
)
async def test_the_scheme_is_believed_of_a_proxy(peer: str, said: str, scheme: str) -> None:
    assert (await seen(peer, [("X-Forwarded-Proto", said)]))[1] == scheme


@pytest.mark.parametrize("proxy", ["*", "10.0.0.1/8", "proxy.example", "", "10.0.0.0/33"])
def test_a_proxy_is_an_address_or_a_network(proxy: str) -> None:
    with pytest.raises(ValidationError, match="is no address and no network"):
        ServerSettings(trusted_proxies=(proxy,))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://ops.example/fettle", "not served below a path"),
        ("https://ops.example/?a=b", "not served below a path"),
        ("https://ada:pw@ops.example", "names more than a site"),
        ("ops.example", "no address of a site"),
        ("ftp://ops.example", "no address of a site"),
        ("https://", "no address of a site"),
    ],
)
def test_a_public_address_is_a_site_of_its_own(url: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ServerSettings(public_url=url)


def test_the_slash_at_its_end_says_nothing() -> None:
    assert ServerSettings(public_url="https://ops.example:8443/").public_url == (
        "https://ops.example:8443"
    )
