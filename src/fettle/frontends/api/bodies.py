"""A request's body within its limit.

Who sends too much is told so. Most clients listen only when they have sent all of it, and see a
torn connection otherwise; so the rest is let pass, as far as that is bearable, and kept nowhere.
"""

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from fettle.errors import BadPayload, TooLarge

LARGEST_BODY = 2 * 1024**2
LET_PASS = 64 * 1024**2


async def whole(request: Request) -> bytes:
    """Return the body of a request; raises BadPayload where its sender goes away before its end."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise BadPayload("its sender went away in the middle of it") from None


def limited(request: Request, largest: int = LARGEST_BODY, *, remedy: str | None = None) -> Request:
    """Return a request whose body has a limited size; reading a larger one raises TooLarge."""
    return Request(request.scope, _limited(request, largest, remedy))


def _limited(request: Request, largest: int, remedy: str | None) -> Receive:
    size = 0

    async def receiving() -> Message:
        nonlocal size
        if not size and _waits_to_be_asked(request) and _said(request) > largest:
            raise TooLarge(_why(largest), remedy=remedy)
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > largest:
            await _let_pass(request.receive, message, size)
            raise TooLarge(_why(largest), remedy=remedy)
        return message

    return receiving


def _why(largest: int) -> str:
    return f"a request has at most {largest:,} bytes"


def _waits_to_be_asked(request: Request) -> bool:
    return request.headers.get("expect", "").casefold() == "100-continue"


def _said(request: Request) -> int:
    """Return how large a request says that it is; 0 where it says nothing that can be read."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0


async def _let_pass(receive: Receive, message: Message, size: int) -> None:
    while message.get("more_body", False) and size < LET_PASS:
        message = await receive()
        size += len(message.get("body", b""))
