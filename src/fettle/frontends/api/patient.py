"""How long a request's body is waited for, and its answer."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fettle.errors import TooSlow
from fettle.frontends.api.problems import problem

PATIENCE_S = 60.0  # a delivery of the largest size arrives within it over a slow mobile line
ANSWER_S = 40.0  # more than it takes to ask two others for up to 15 s; less than a proxy waits


class Patient:
    """Wait for the whole body of a request for so long, and no longer.

    What is not answered so long after its body was there is given up, with all that it holds.
    """

    def __init__(
        self, app: ASGIApp, seconds: float = PATIENCE_S, answer_s: float = ANSWER_S
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._answer_s = answer_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; receiving raises TooSlow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = asyncio.timeout(self._answer_s)
        try:
            async with limit:
                await self._app(scope, self._receiving(receive, limit), _sending(send, limit))
        except TimeoutError:
            if not limit.expired():
                raise
            said = f"there was no answer within {self._answer_s:g} s, and it was given up"
            late = problem(503, said, remedy="try again", headers={"Retry-After": "5"})
            await late(scope, receive, send)

    def _receiving(self, receive: Receive, limit: asyncio.Timeout) -> Receive:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        whole = False

        async def receiving() -> Message:
            nonlocal whole
            if whole:  # what is waited for then is that the client goes away
                return await receive()
            _extend(limit, None)
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(f"the request was not here within {self._seconds:g} s") from None
            finally:
                _extend(limit, loop.time() + self._answer_s)
            whole = not message.get("more_body", False)
            return message

        return receiving


def _sending(send: Send, limit: asyncio.Timeout) -> Send:
    """Return what sends an answer; one that has begun is not given up."""

    async def sending(message: Message) -> None:
        _extend(limit, None)
        await send(message)

    return sending


def _extend(limit: asyncio.Timeout, until: float | None) -> None:
    if not limit.expired():  # else what waits is being cancelled already
        limit.reschedule(until)
