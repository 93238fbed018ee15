"""One stream a browser: what has changed, so that its pages show it anew."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fettle.frontends.api.serving import Serving
from fettle.frontends.web.shell import Admit
from fettle.store.changes import Changes, Topics

_SIGN_OF_LIFE_S = 20.0  # proxies close what is silent for a minute
_LONGEST_S = 900.0  # then the browser asks again, and is asked who it is
_AGAIN_MS = 2000
_MOST_TOPICS = 200
_AGE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


class Live:
    """Serves the stream; `end` closes all that are open, when the server stops."""

    def __init__(self, serving: Serving, changes: Changes, admit: Admit) -> None:
        self._serving = serving
        self._changes = changes
        self._admit = admit
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Close every stream: browsers go on at another server, or at this one later."""
        self._ended.set()

    async def stream(self, request: Request) -> Response:
        """Answer with the stream; who is not logged in is told so, and asks no more."""
        async with self._serving.pool.connection() as connection:
            viewer = await self._admit(connection, request)
        if isinstance(viewer, Response):
            return Response(status_code=204)
        return StreamingResponse(
            self._told(_age_of(request)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _told(self, age_s: float) -> AsyncIterator[str]:
        until = asyncio.get_running_loop().time() + _LONGEST_S
        ended = asyncio.create_task(self._ended.wait())
        try:
            async with self._changes.followed() as changed:
                yield f"retry: {_AGAIN_MS}\nevent: open\ndata: {{}}\n\n"
                if missed := self._changes.lately(age_s):
                    yield _event(missed)
                while not ended.done() and asyncio.get_running_loop().time() < until:
                    topics = await _next(changed, ended)
                    yield _event(topics) if topics else ": still here\n\n"
        finally:
            ended.cancel()


def _age_of(request: Request) -> float:
    """Return how old the page is that listens, in seconds: what changed meanwhile it has missed.

    It allows for the time that its question takes, and looks anew where it took longer.
    """
    given = request.query_params.get("age", "")
    return min(float(given), _LONGEST_S) if _AGE.fullmatch(given) else 0.0


async def _next(changed: "asyncio.Queue[Topics]", ended: "asyncio.Task[bool]") -> Topics:
    """Return what has changed; nothing after a while, or when the stream is to end."""
    got = asyncio.create_task(changed.get())
    try:
        await asyncio.wait(
            {got, ended}, timeout=_SIGN_OF_LIFE_S, return_when=asyncio.FIRST_COMPLETED
        )
        return got.result() if got.done() else frozenset()
    finally:
        got.cancel()


def _event(topics: Topics) -> str:
    named = sorted(topics) if len(topics) <= _MOST_TOPICS else ["*"]
    return f"event: changed\ndata: {json.dumps(named)}\n\n"
