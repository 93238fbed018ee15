"""A body on its way in: unpacked as it arrives, its first line before the rest is waited for."""

from functools import cached_property

from starlette.requests import ClientDisconnect, Request

from fettle.errors import BadPayload
from fettle.intake.errors.packed import Unpacking


class Arriving:
    """The body of a request, of which at most so many bytes are unpacked.

    Each of its methods raises BadPayload, and TooLarge as soon as it is too much.
    """

    def __init__(self, request: Request, most: int) -> None:
        self._parts = request.stream()
        self._encoding = request.headers.get("content-encoding")
        self._most = most

    async def first_line(self, most: int) -> bytes:
        """Return its first line as soon as that is here; of a longer one `most` bytes."""
        while True:
            begun = self._unpacking.begin(most)
            if b"\n" in begun or len(begun) == most or not await self._take():
                return begun.partition(b"\n")[0]

    async def whole(self) -> bytes:
        """Return all of it."""
        while await self._take():
            pass
        return self._unpacking.whole()

    async def _take(self) -> bool:
        """Take what arrives next; return whether anything did."""
        try:
            async for part in self._parts:
                self._unpacking.take(part)
                return True
        except ClientDisconnect:
            raise BadPayload("its sender went away in the middle of it") from None
        return False

    @cached_property
    def _unpacking(self) -> Unpacking:
        return Unpacking(self._encoding, most=self._most)
