"""One request and its answer over a connection that is there, within bounds of size and time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import h11

from fettle.model.probed import Step
from fettle.model.quantity import Bytes
from fettle.targets.probing.address import Address
from fettle.targets.probing.wire import NoAnswer

_HEAD = 64 * 1024  # bytes that the head of an answer may have: what browsers take, and more
_CHUNK = 64 * 1024

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Bounds:
    """How many bytes of a body are read, and until when (the loop's time) an answer is awaited."""

    most: int
    by: float


@dataclass(frozen=True)
class Reply:
    """An answer: its body as far as it was read, and the seconds to its first byte and from there.

    `cut` says why the body was not read to its end, `broken` why it has none.
    """

    status: int
    headers: Headers
    body: bytes
    first_byte_s: float
    body_s: float
    cut: str | None = None
    broken: str | None = None

    def header(self, name: str) -> str | None:
        """Return the first header of a name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass
class _Talk:
    """A connection that is spoken HTTP over, and what was read of it until now."""

    reader: asyncio.StreamReader
    http: h11.Connection
    began: float
    first_byte_s: float | None = None
    raw: bytes = b""

    async def next(self) -> object:
        """Return the next event; raises what h11 and the connection raise."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.reader.read(_CHUNK)
            if self.first_byte_s is None and data:
                self.first_byte_s = time.perf_counter() - self.began
                self.raw = data[:60]
            self.http.receive_data(data)
        return event


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    address: Address,
    headers: Headers,
    bounds: Bounds,
) -> Reply:
    """Send a GET, and read the answer; raises NoAnswer, and TimeoutError before its head is there.

    It is GET also where only the head is of interest: many servers answer HEAD otherwise than GET,
    or not at all, and it is GET that people and programs live by.
    """
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
    request = h11.Request(
        method="GET", target=address.target, headers=[("Host", address.authority), *headers]
    )
    writer.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    talk = _Talk(reader, http, time.perf_counter())
    async with asyncio.timeout_at(bounds.by):
        head = await _head(talk, writer)
    return await _with_body(talk, head, bounds)


async def _head(talk: _Talk, writer: asyncio.StreamWriter) -> h11.Response:
    try:
        await writer.drain()
        event = await talk.next()
        while isinstance(event, h11.InformationalResponse):
            event = await talk.next()
    except h11.RemoteProtocolError as error:
        raise NoAnswer(Step.ANSWER, _why_no_answer(talk, error)) from None
    except (OSError, EOFError):
        event = None
    if not isinstance(event, h11.Response):
        raise NoAnswer(Step.ANSWER, "it hung up without an answer")
    return event


def _why_no_answer(talk: _Talk, error: h11.RemoteProtocolError) -> str:
    if not talk.raw:
        return "it hung up without an answer"
    if talk.raw.startswith(b"HTTP/"):
        return f"its answer cannot be read: {_said(error)}"
    said = talk.raw.decode("ascii", "replace").splitlines()[0]
    return f"what answers there speaks no HTTP: {said!r}"


def _said(error: h11.RemoteProtocolError) -> str:
    """Return what is wrong, without the bytes that show it as Python writes them."""
    return str(error).partition(": bytearray(")[0]


async def _with_body(talk: _Talk, head: h11.Response, bounds: Bounds) -> Reply:
    """Read the body until its end, its bound, or the end of the time for it."""
    parts: list[bytes] = []
    cut = broken = None
    began = time.perf_counter()
    try:
        async with asyncio.timeout_at(bounds.by):
            cut = await _read(talk, parts, bounds.most)
    except h11.RemoteProtocolError as error:
        broken = f"its answer broke off: {_said(error)}"
    except TimeoutError:
        cut = f"its body had no end in time, {Bytes(sum(map(len, parts)))} of it came"
    except OSError:
        broken = f"it hung up in the middle of its answer, after {Bytes(sum(map(len, parts)))}"
    return Reply(
        head.status_code,
        [(name.decode("ascii"), _text(value)) for name, value in head.headers],
        b"".join(parts)[: bounds.most],
        talk.first_byte_s or 0.0,
        time.perf_counter() - began,
        cut,
        broken,
    )


async def _read(talk: _Talk, parts: list[bytes], most: int) -> str | None:
    """Gather the parts of a body; return why it was not read to its end."""
    size = 0
    while not isinstance(event := await talk.next(), h11.EndOfMessage | h11.ConnectionClosed):
        if isinstance(event, h11.Data):
            parts.append(bytes(event.data))
            size += len(event.data)
        if size > most:
            return f"its body was read up to {Bytes(most)}"
    return None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
