"""A request's body within its limit.

Who sends too much is told so. Most clients listen only when they have sent all of it, and see a
torn connection otherwise; so the rest is let pass, as far as that is bearable, and kept nowhere.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from fettle.errors import BadPayload, FettleError, TooLarge

LARGEST_BODY = 2 * 1024**2
LET_PASS = 64 * 1024**2


async def whole(request: Request) -> bytes:
    """Return the body of a request; raises BadPayload where its sender goes away before its end."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise BadPayload("its sender went away in the middle of it") from None


class Limited(Request):
    """A request whose body has a limited size; reading a larger one raises TooLarge."""

    def __init__(self, request: Request, largest: int, remedy: str | None) -> None:
        super().__init__(request.scope, self._receiving)
        self._given = request
        self._largest = largest
        self._remedy = remedy
        self._size = 0
        self._ended = False

    async def let_pass(self) -> None:
        """Let the rest of the body pass; of who asks before sending it nothing is waited for."""
        if not self._size and _waits_to_be_asked(self):
            return
        while not self._ended and self._size < LET_PASS:
            await self._next()

    async def _receiving(self) -> Message:
        said = _said(self) if _waits_to_be_asked(self) else 0
        if not self._size and said > self._largest:
            raise self._too_large()
        message = await self._next()
        if self._size > self._largest:
            await self.let_pass()
            raise self._too_large()
        return message

    async def _next(self) -> Message:
        message = await self._given.receive()
        self._size += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a request has at most {self._largest:,} bytes", remedy=self._remedy)


def limited(request: Request, largest: int = LARGEST_BODY, *, remedy: str | None = None) -> Limited:
    """Return a request whose body has a limited size; reading a larger one raises TooLarge."""
    return Limited(request, largest, remedy)


@asynccontextmanager
async def heard_out(request: Limited) -> AsyncIterator[None]:
    """Let who is refused in this block send the rest, so that they hear why."""
    try:
        yield
    except FettleError:
        await request.let_pass()
        raise


def _waits_to_be_asked(request: Request) -> bool:
    return request.headers.get("expect", "").casefold() == "100-continue"


def _said(request: Request) -> int:
    """Return how large a request says that it is; 0 where it says nothing that can be read."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0
