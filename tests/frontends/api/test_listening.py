"""A client that is slow, or sends nothing, is not waited for for ever; one that asks is."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fettle.errors import WrongUsage
from fettle.frontends import listening
from fettle.frontends.api.patient import Patient
from fettle.frontends.listening import UNREAD_S, Protocol, Server
from fettle.store import access
from fettle.store.access import CredentialKind
from tests.frontends.api.conftest import Api
from tests.frontends.test_logs import objects, written

_ASKED = b"GET / HTTP/1.1\r\nHost: fettle\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


class Impatient(Protocol):
    """One that waits for a request to begin for the fifth of a second."""

    patience_s = 0.2


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer once the body is there."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def serving(
    app: ASGIApp, protocol: type[Protocol], unread_s: float = UNREAD_S
) -> AsyncIterator[Connect]:
    """Serve on loopback; yield what connects to it."""
    listener = listening.listen("127.0.0.1", 0, unread_s)
    address = listener.getsockname()
    config = uvicorn.Config(app, http=protocol, log_config=None, lifespan="off")
    server = Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield lambda: asyncio.open_connection(*address)
    finally:
        server.should_exit = server.force_exit = True
        await running


async def closed(reader: asyncio.StreamReader) -> bytes:
    """Return what was sent until the connection was closed, by whatever way."""
    sent = b""
    async with asyncio.timeout(60):
        with suppress(ConnectionResetError):  # what we sent last was not read any more
            while part := await reader.read(65536):
                sent += part
    return sent


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: fet", b"\r\n"])
async def test_a_request_that_does_not_begin_is_not_waited_for(sent: bytes) -> None:
    async with serving(hello, Impatient) as connect:
        reader, writer = await connect()
        writer.write(sent)

        assert b"hello" not in await closed(reader)
        writer.close()


async def test_nor_is_the_second_one_of_a_connection() -> None:
    async with serving(hello, Impatient) as connect:
        reader, writer = await connect()
        writer.write(_ASKED)
        await reader.readuntil(b"hello")
        writer.write(_ASKED[:-1])

        assert await closed(reader) == b""
        writer.close()


async def test_one_that_trickles_in_has_no_more_time() -> None:
    async with serving(hello, Impatient) as connect:
        reader, writer = await connect()
        ending = asyncio.create_task(closed(reader))
        while not ending.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)

        writer.close()
        assert b"hello" not in await ending


async def test_a_request_that_has_begun_has_its_time() -> None:
    head = b"POST / HTTP/1.1\r\nHost: fettle\r\nContent-Length: 4\r\n\r\n"
    async with serving(hello, Impatient) as connect:
        reader, writer = await connect()
        writer.write(head + b"ab")
        await asyncio.sleep(0.5)  # longer than it waits for one to begin
        writer.write(b"cd")

        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        writer.close()


def head_of(api: Api, path: str, key: str) -> bytes:
    """Return the head of a request of 9 bytes, and the first of them; an admin's, in the API."""
    token = api.admin.headers["Authorization"] if path.startswith("/api/v1") else f"Bearer {key}"
    return (
        f"POST {path.format(key=key)} HTTP/1.1\r\nHost: fettle\r\nAuthorization: {token}\r\n"
        "Content-Length: 9\r\n\r\n{"
    ).encode()


_ERRORS = ("/api/1/envelope/?sentry_key={key}", "/v1/logs?key={key}")
_DOORS = ("/hooks/{key}/generic", "/v2/enqueue", "/api/v1/intake/replay", *_ERRORS)


async def key_of(api: Api, path: str) -> str:
    """Return a key of what is sent to a door."""
    kind = CredentialKind.ERRORS if path in _ERRORS else CredentialKind.HOOK
    return await access.create_credential(api.store.connection, kind, "prod", None, "test")


@pytest.mark.parametrize("path", _DOORS)
async def test_a_body_that_does_not_come_is_answered_and_the_connection_closed(
    api: Api, path: str
) -> None:
    key = await key_of(api, path)
    async with serving(Patient(api.app, 0.2), Protocol) as connect:
        reader, writer = await connect()
        writer.write(head_of(api, path, key))

        answer = await closed(reader)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"the request was not here within 0.2 s" in answer


@pytest.mark.parametrize("path", _DOORS)
async def test_a_sender_that_goes_away_in_the_middle_is_no_bug(api: Api, path: str) -> None:
    key = await key_of(api, path)
    with written("json") as out:
        async with serving(api.app, Protocol) as connect:
            _, writer = await connect()
            writer.write(head_of(api, path, key))
            await asyncio.sleep(0.2)
            writer.close()
            await writer.wait_closed()

    (request,) = objects(out)
    assert (request["message"], request["status"]) == ("request", 400)


@pytest.mark.parametrize("path", _ERRORS)
async def test_chunks_that_never_end_are_answered_too(api: Api, path: str) -> None:
    key = await key_of(api, path)
    head = head_of(api, path, key).replace(b"Content-Length: 9", b"Transfer-Encoding: chunked")
    async with serving(Patient(api.app, 0.2), Protocol) as connect:
        reader, writer = await connect()
        writer.write(head[:-1])
        ending = asyncio.create_task(closed(reader))
        while not ending.done():
            writer.write(b"1\r\n \r\n")
            await asyncio.sleep(0.02)

        writer.close()
    assert (await ending).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("path", _ERRORS)
async def test_an_application_that_sends_too_much_hears_so_at_its_end(api: Api, path: str) -> None:
    """Most SDKs listen only when they have sent all of it; a torn connection tells them nothing."""
    key, size = await key_of(api, path), 12 * 1024**2
    head = head_of(api, path, key)[:-1].replace(b"Length: 9", b"Length: %d" % size)
    async with serving(api.app, Protocol) as connect:
        reader, writer = await connect()
        writer.write(head)
        for _ in range(size // 2**16):
            writer.write(b" " * 2**16)
            await writer.drain()

        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 413")
        writer.close()


async def test_a_length_that_is_too_short_makes_no_second_request(api: Api) -> None:
    path = _ERRORS[0]
    head = head_of(api, path, await key_of(api, path))[:-1].replace(b"Length: 9", b"Length: 2")
    async with serving(api.app, Protocol) as connect:
        reader, writer = await connect()
        writer.write(head + b'{}\n{"type":"event"}\n{"message":"m"}')

        answers = await closed(reader)
        writer.close()
    assert answers.startswith(b"HTTP/1.1 200")
    assert b"Invalid HTTP request" in answers


async def test_who_is_not_known_is_told_so_before_a_body_is_waited_for(api: Api) -> None:
    for path in ("/hooks/unknown/generic", "/api/v1/intake/replay"):
        head = f"POST {path} HTTP/1.1\r\nHost: fettle\r\nContent-Length: 9\r\n\r\n"
        async with serving(api.app, Protocol) as connect:
            reader, writer = await connect()
            writer.write(head.encode())

            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 401")
            writer.close()


@pytest.mark.parametrize("path", ["/hooks/unknown/generic", "/hooks/unknown/logs", "/v1/logs"])
async def test_who_is_not_known_and_sends_all_before_it_listens_hears_so(
    api: Api, path: str
) -> None:
    """They are answered before their body is read; what they still send costs them no answer."""
    size = 12 * 1024**2
    head = f"POST {path} HTTP/1.1\r\nHost: fettle\r\nContent-Length: {size}\r\n\r\n"
    async with serving(api.app, Protocol) as connect:
        reader, writer = await connect()
        writer.write(head.encode())
        for _ in range(size // 2**16):
            writer.write(b" " * 2**16)
            await writer.drain()

        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 401")
        writer.close()


async def test_a_request_of_two_lengths_is_the_last_of_its_connection(api: Api) -> None:
    head = (
        b"POST /api/v1/reports HTTP/1.1\r\nHost: fettle\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    async with serving(api.app, Protocol) as connect:
        reader, writer = await connect()
        writer.write(head + b"GET /healthz HTTP/1.1\r\nHost: fettle\r\n\r\n")

        answer = await closed(reader)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"in two ways" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_what_is_not_answered_in_time_is_given_up_and_undone(api: Api) -> None:
    issue = await api.report()
    path = f"/api/v1/issues/{issue['number']}/acknowledge"
    transport = httpx.ASGITransport(Patient(api.app, answer_s=0.3))
    async with (
        httpx.AsyncClient(
            transport=transport, base_url="http://fettle", headers=api.admin.headers
        ) as client,
        api.serving.pool.connection() as other,
    ):
        async with other.transaction():
            await other.execute("SELECT FROM issue FOR UPDATE")
            late = await client.post(path)
        unchanged = await api.show(issue["number"])
        again = await client.post(path)

    assert (late.status_code, late.headers["retry-after"]) == (503, "5")
    assert late.headers["content-type"] == "application/problem+json"
    assert "no answer within 0.3 s" in late.json()["detail"]
    assert (unchanged["status"], again.status_code) == ("triaged", 200)


async def test_an_answer_that_nobody_reads_does_not_stay(api: Api) -> None:
    ended = asyncio.Event()

    class Told(Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ended.set()

    async def much(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 32 * 1024**2})

    async with serving(much, Told, unread_s=0.5) as connect:
        _, writer = await connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(_ASKED)

        async with asyncio.timeout(60):
            await ended.wait()
        writer.transport.abort()


async def test_a_job_whose_output_does_not_come_has_run_all_the_same(api: Api) -> None:
    made = await api.admin.post("/api/v1/heartbeats", json={"name": "backup", "every": "1d"})
    path = made.json()["url"].removeprefix("http://fettle")
    head = f"POST {path} HTTP/1.1\r\nHost: fettle\r\nContent-Length: 9\r\n\r\nok"
    async with serving(Patient(api.app, 0.2), Protocol) as connect:
        reader, writer = await connect()
        writer.write(head.encode())

        answer = await reader.readuntil(b"OK")
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_bug_is_logged_under_the_requests_id(api: Api) -> None:
    def fail(_: Request) -> Response:
        raise ZeroDivisionError("fettle_t_secret")

    api.app.add_route("/bug", fail)
    asked = b"GET /bug HTTP/1.1\r\nHost: fettle\r\nConnection: close\r\nX-Request-ID: bug-00001\r\n"
    with written("json") as out:
        async with serving(api.app, Protocol) as connect:
            reader, writer = await connect()
            writer.write(asked + b"\r\n")
            answer = await closed(reader)
            writer.close()

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500")
    assert b"x-request-id: bug-00001" in head
    assert b"content-security-policy: " in head
    assert json.loads(body)["request"] == "bug-00001"
    assert b"ZeroDivisionError" not in answer
    (trace,) = [line for line in objects(out) if "ZeroDivisionError" in line.get("trace", "")]
    assert (trace["level"], trace["request"]) == ("error", "bug-00001")
    assert "secret" not in out.getvalue()


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(WrongUsage, match="cannot listen on"):
            listening.listen("127.0.0.1", taken.getsockname()[1])
