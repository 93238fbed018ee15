"""An answer for every request, also where no part of the application has one."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fettle.frontends.api import problems


class Answered:
    """Answer what fails by a mistake of ours, and let it rise: whoever serves us logs it.

    It stands within what gives an answer its headers, so that this one carries them too. An answer
    that has begun is left torn: its connection is closed, and nobody takes it for a whole one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if scope["type"] == "http" and not begun:
                await problems.of_bug(scope["state"]["id"])(scope, receive, send)
            raise
