"""How long a request's body is waited for."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fettle.errors import TooSlow

PATIENCE_S = 60.0  # a delivery of the largest size arrives within it over a slow mobile line


class Patient:
    """Wait for the whole body of a request for so long, and no longer."""

    def __init__(self, app: ASGIApp, seconds: float = PATIENCE_S) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; receiving raises TooSlow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        until = asyncio.get_running_loop().time() + self._seconds
        whole = False

        async def receiving() -> Message:
            nonlocal whole
            if whole:  # what is waited for then is that the client goes away
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(f"the request was not here within {self._seconds:g} s") from None
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, receiving, send)
