"""A page is asked for at a rate, whatever becomes of what was asked before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

import pytest

from fettle.errors import CannotLook
from fettle.main import SystemClock
from fettle.model.browser import PageAsked
from fettle.model.capacity import LoadLimits
from fettle.model.measurement import Profile
from fettle.optimisation.capacity import ramp
from fettle.targets.load import HttpLoad

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@asynccontextmanager
async def serving(answer: Answering) -> AsyncIterator[PageAsked]:
    """Serve on loopback; each request of a connection is answered after the one before."""
    writers: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await answer(reader, writer, head)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        url = f"http://ada:pw@127.0.0.1:{port}/orders?of=ada"
        page = PageAsked(url, Profile.DESKTOP, timedelta(seconds=9), {"X-Key": "k"}, {"s": "1"})
        yield page
        for writer in writers:
            writer.transport.abort()


def saying(*answers: bytes) -> Answering:
    """Answer so, the last again and again."""
    left = list(answers)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return answer


@pytest.mark.soak
async def test_a_known_capacity_is_found() -> None:
    desk = asyncio.Semaphore(2)  # so few that a busy machine is in nobody's way

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        async with desk:
            await asyncio.sleep(0.1)
        writer.write(OK)

    limits = LoadLimits(within=timedelta(seconds=90))
    async with serving(answer) as page, aclosing(HttpLoad(page)) as load:
        found = await ramp(load, page.url, limits, SystemClock(), lambda _: None)
    assert found.carried is not None
    assert 15 <= found.carried.rate <= 21
    assert not found.at_least
    assert found.alone_ms >= 100


async def test_what_lets_in_is_sent_and_answers_are_read_to_their_end() -> None:
    heads: list[bytes] = []
    answers = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        OK,
    ]

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        heads.append(head)
        writer.write(answers[len(heads) - 1])

    async with serving(answer) as page, aclosing(HttpLoad(page)) as load:
        for _ in answers:
            assert await load.alone() > 0
    assert len(heads) == 3
    assert heads[0].startswith(b"GET /orders?of=ada HTTP/1.1\r\n")
    for line in (b"Cookie: s=1", b"X-Key: k", b"Authorization: Basic YWRhOnB3", b"Fettle/"):
        assert line in heads[0]


async def test_one_that_is_slow_keeps_no_other_from_being_sent() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        await asyncio.sleep(0.6)
        writer.write(OK)

    async with serving(answer) as page, aclosing(HttpLoad(page)) as load:
        volley = await load.volley(20, 1)
    assert len(volley.answers) == 20
    assert not volley.cut
    assert all(600 <= one.lasted_ms < 1500 for one in volley.answers)


@pytest.mark.parametrize("said", ["500 No", "302 Found\r\nLocation: /busy"])
async def test_a_server_that_fails_is_left_alone(said: str) -> None:
    heads: list[bytes] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        heads.append(head)
        writer.write(f"HTTP/1.1 {said}\r\nContent-Length: 0\r\n\r\n".encode())

    async with serving(answer) as page, aclosing(HttpLoad(page)) as load:
        volley = await load.volley(100, 3)
    assert volley.cut
    assert len(heads) < 60
    assert {one.failed for one in volley.answers} == {f"answered {said[:3]}"}


async def test_a_server_that_asks_for_less_gets_it() -> None:
    busy = b"HTTP/1.1 429 Slowly\r\nContent-Length: 0\r\n\r\n"
    async with serving(saying(OK, OK, busy)) as page, aclosing(HttpLoad(page)) as load:
        volley = await load.volley(50, 2)
    assert volley.told_to_wait
    assert volley.cut
    assert len(volley.answers) < 50


async def test_what_hangs_is_not_asked_for_ever() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        await asyncio.sleep(60)

    async with serving(answer) as page, aclosing(HttpLoad(page)) as load:
        volley = await load.volley(100, 4)
    assert volley.cut
    assert len(volley.answers) == 300
    assert {one.failed for one in volley.answers} == {"no answer within 10 s"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            b"HTTP/1.1 302 F\r\nLocation: http://ada:p@h/?key=s3cret\r\nContent-Length: 0\r\n\r\n",
            "answers 302",
        ),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "answers 401"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "answers 404"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "headers have no end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "torn"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "no end"),
    ],
)
async def test_what_is_no_page_is_said_in_a_sentence(answer: bytes, says: str) -> None:
    async with serving(saying(answer)) as page, aclosing(HttpLoad(page)) as load:
        with pytest.raises(CannotLook) as raised:
            await load.alone()
    assert says in raised.value.reason
    told = f"{raised.value.reason} {raised.value.remedy}"
    assert "ada" not in told
    assert "s3cret" not in told


async def test_who_is_not_there_cannot_be_reached() -> None:
    page = PageAsked("http://127.0.0.1:9/", Profile.DESKTOP, timedelta(seconds=9))
    async with aclosing(HttpLoad(page)) as load:
        with pytest.raises(CannotLook, match="cannot be reached"):
            await load.alone()


async def test_a_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    async with serving(answer) as page, aclosing(HttpLoad(page)) as load:
        volley = await load.volley(20, 1)
    assert [one.failed for one in volley.answers] == [None] * 20
