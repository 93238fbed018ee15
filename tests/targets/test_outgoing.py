"""Calls go where they may, and nowhere else."""

import asyncio
import gzip
import ipaddress
from contextlib import suppress

import pytest

from fettle.errors import NotAllowed, Unreachable
from fettle.targets.outgoing import Outgoing
from tests.receiving import receiving


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://10.1.2.3/",
        "http://192.168.0.1:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://224.0.0.1/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::10.1.2.3]/",
        "http://[2002:7f00:1::]/",
        "http://[::7f00:1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[5f00::1]/",
    ],
)
async def test_a_private_address_is_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(NotAllowed, match="private network"):
        await Outgoing(()).call("GET", url)


async def test_what_is_refused_names_the_address_once_and_the_setting() -> None:
    with pytest.raises(NotAllowed) as spelt:
        await Outgoing(()).call("GET", "http://127.0.0.1/")
    with pytest.raises(NotAllowed) as named:
        await Outgoing(()).call("GET", "http://localhost/")

    assert spelt.value.reason == "127.0.0.1 is an address of a private network"
    assert named.value.reason.startswith("localhost is ")
    assert named.value.reason.endswith(", an address of a private network")
    assert '[outgoing] allow = ["localhost"]' in (named.value.remedy or "")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/", "gopher://x/", "x"])
async def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(NotAllowed, match="web server"):
        await Outgoing(("127.0.0.0/8",)).call("GET", url)


@pytest.mark.parametrize("url", ["http://a\nb/", "http://x:port/", "http://x/" + "y" * 70_000])
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed, match="no address"):
        await Outgoing(()).call("GET", url)


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "localhost"])
async def test_what_is_allowed_is_called(allowed: str) -> None:
    with receiving() as server:
        url = server.url.replace("127.0.0.1", "localhost") if allowed == "localhost" else server.url
        answer = await Outgoing((allowed,)).call("POST", f"{url}/hook?a=1", content=b"hello")

    assert (answer.status, answer.body) == (200, b"ok")
    assert (server.requests[0].path, server.requests[0].body) == ("/hook?a=1", b"hello")
    assert server.requests[0].headers["Host"] == url.removeprefix("http://")


async def test_a_redirect_is_not_followed() -> None:
    with receiving() as server:
        server.status, server.headers = 302, {"Location": "http://169.254.169.254/"}
        answer = await Outgoing(("127.0.0.1",)).call("GET", server.url)

    assert answer.status == 302
    assert len(server.requests) == 1


async def test_an_endless_answer_is_cut() -> None:
    with receiving() as server:
        server.body = b"x" * 3 * 1024**2
        answer = await Outgoing(("127.0.0.1",)).call("GET", server.url)

    assert len(answer.body) == 1024**2


async def test_what_is_packed_stays_packed() -> None:
    packed = gzip.compress(b"x" * 64 * 1024**2)
    with receiving() as server:
        server.body, server.headers = packed, {"Content-Encoding": "gzip"}
        answer = await Outgoing(("127.0.0.1",)).call("GET", server.url)

    assert answer.body == packed
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


async def test_an_answer_that_trickles_in_is_not_waited_for() -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    ended = asyncio.Event()
    async with await asyncio.start_server(trickle, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        with pytest.raises(Unreachable, match=r"no whole answer within 0\.5 s"):
            await Outgoing((host,), whole_s=0.5).call("GET", f"http://{host}:{port}/")
        await ended.wait()


async def test_a_public_address_in_the_dress_of_another_may_be_called() -> None:
    outgoing = Outgoing(())

    for host in ("64:ff9b::1.1.1.1", "2002:101:101::", "::ffff:1.1.1.1", "2606:4700::1111"):
        assert str(await outgoing.permitted(host, 443)) == str(ipaddress.ip_address(host))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no-such-host.invalid/"])
async def test_no_answer_is_said_so(url: str) -> None:
    with pytest.raises(Unreachable):
        await Outgoing(("127.0.0.1",)).call("GET", url)


async def test_of_several_addresses_the_next_is_called_where_one_takes_no_connection() -> None:
    async def resolve(_: str, __: int) -> list[ipaddress.IPv4Address]:
        return [ipaddress.IPv4Address("127.0.0.2"), ipaddress.IPv4Address("127.0.0.1")]

    with receiving() as server:
        url = server.url.replace("127.0.0.1", "shop.example")
        answer = await Outgoing(("shop.example",), resolve=resolve).call("POST", url, content=b"x")

    assert answer.status == 200
    assert [one.body for one in server.requests] == [b"x"]


async def test_of_several_addresses_a_private_one_is_refused_wherever_it_stands() -> None:
    async def resolve(_: str, __: int) -> list[ipaddress.IPv4Address]:
        return [ipaddress.IPv4Address("1.1.1.1"), ipaddress.IPv4Address("127.0.0.1")]

    with pytest.raises(NotAllowed, match="private network"):
        await Outgoing((), resolve=resolve).call("GET", "http://shop.example/")
