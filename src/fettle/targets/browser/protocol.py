"""The DevTools protocol: messages of JSON, each ended by a NUL, over a socket of our own.

Not over a port: whoever is on this machine could take over a browser that is logged in. And a
browser whose socket is closed ends by itself, however whoever held it has ended.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from fettle.errors import CannotLook, Unreachable

Json = dict[str, Any]
Heard = Callable[[str, str, Json], None]

_LONGEST = 256 * 1024**2  # a message; what a page makes of it is not ours to say
_ANSWER_S = 15.0
# Where there is none the socket says so itself; a signal would end all of us.
_QUIETLY = getattr(socket, "MSG_NOSIGNAL", 0)


class Gone(Unreachable):
    """The browser has ended, or its tab has."""


class Unanswered(CannotLook):
    """The browser does not answer in time: something keeps the page busy."""


class Conversation:
    """What is asked of a browser, and what it tells by itself."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._asked: dict[int, asyncio.Future[Json]] = {}
        self._heard: list[Heard] = []
        self._last = 0
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone: str | None = None

    def hear(self, heard: Heard) -> None:
        """Have every event told: its session (empty for the browser's), its name, what it says."""
        self._heard.append(heard)

    async def ask(
        self,
        method: str,
        parameters: Mapping[str, object] | None = None,
        *,
        session: str = "",
        within_s: float = _ANSWER_S,
    ) -> Json:
        """Return the answer. Raises Gone, Unanswered, and CannotLook for what was refused."""
        answer = self._send(method, parameters, session)
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            raise Unanswered(f"the browser did not answer ({method})") from None

    def tell(
        self, method: str, parameters: Mapping[str, object] | None = None, *, session: str = ""
    ) -> None:
        """Say something whose answer is of no interest."""
        self._send(method, parameters, session).add_done_callback(_forget)

    def _send(
        self, method: str, parameters: Mapping[str, object] | None, session: str
    ) -> asyncio.Future[Json]:
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        if self._gone is not None:
            answer.set_exception(Gone(self._gone))
            return answer
        self._last += 1
        message: Json = {"id": self._last, "method": method, "params": dict(parameters or {})}
        if session:
            message["sessionId"] = session
        self._asked[self._last] = answer
        self._outgoing.put_nowait(msgspec.json.encode(message) + b"\0")
        return answer

    def end(self, why: str) -> None:
        """Let everything that waits, and that is asked from now on, fail."""
        self._gone = why
        asked, self._asked = self._asked, {}
        for answer in asked.values():
            if not answer.done():
                answer.set_exception(Gone(why))
                answer.add_done_callback(_forget)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Hear and speak as long as this is entered."""
        listening = asyncio.create_task(self._listen())
        speaking = asyncio.create_task(self._speak())
        try:
            yield
        finally:
            self.end("the browser was ended")
            for task in (listening, speaking):
                task.cancel()
            await asyncio.gather(listening, speaking, return_exceptions=True)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        begun = bytearray()
        try:
            while (chunk := await _received(loop, self._socket)) and len(begun) < _LONGEST:
                first, *more = chunk.split(b"\0")
                begun += first
                for part in more:
                    self._take(msgspec.json.decode(begun, type=dict[str, Any]))
                    begun = bytearray(part)
        finally:
            self.end("the browser ended by itself")

    def _take(self, message: Json) -> None:
        if "id" in message:
            answer = self._asked.pop(message["id"], None)
            if answer is None or answer.done():
                return
            if "error" in message:
                answer.set_exception(CannotLook(f"the browser says: {message['error']['message']}"))
            else:
                answer.set_result(message["result"])
            return
        for heard in self._heard:
            heard(message.get("sessionId", ""), message["method"], message.get("params", {}))

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await _sent(loop, self._socket, await self._outgoing.get())


def _forget(answer: asyncio.Future[Json]) -> None:
    """Let nobody be told of an answer that nobody waits for."""
    if not answer.cancelled():
        answer.exception()


async def _received(loop: asyncio.AbstractEventLoop, ours: socket.socket) -> bytes:
    """Return what has come, nothing at the end."""
    try:
        return await loop.sock_recv(ours, 1024 * 1024)
    except OSError:
        return b""


async def _sent(loop: asyncio.AbstractEventLoop, ours: socket.socket, message: bytes) -> None:
    """Send all of a message; one that nobody hears any more is dropped."""
    rest = memoryview(message)
    while rest:
        try:
            rest = rest[ours.send(rest, _QUIETLY) :]
        except BlockingIOError:
            await _writable(loop, ours)
        except OSError:
            return


async def _writable(loop: asyncio.AbstractEventLoop, ours: socket.socket) -> None:
    ready = asyncio.Event()
    loop.add_writer(ours, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(ours)
