"""Whoever sends too much hears so, and nothing of it is kept."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from fettle.errors import BadPayload, TooLarge
from fettle.frontends.api.bodies import LET_PASS, limited, whole

PART = b"x" * 1000


class Sender:
    """Somebody who sends a body in parts, and listens when all of it is sent."""

    def __init__(self, parts: Iterator[bytes], *, stays: bool = True, **headers: str) -> None:
        self._parts = parts
        self._stays = stays
        self.asked = 0
        named = [(name.replace("_", "-").encode(), to.encode()) for name, to in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": named}
        self.request = Request(scope, self.receive)

    async def receive(self) -> Message:
        self.asked += 1
        part = next(self._parts, None)
        if part is not None:
            return {"type": "http.request", "body": part, "more_body": True}
        return {"type": "http.request"} if self._stays else {"type": "http.disconnect"}


async def test_a_body_within_its_limit_is_read_whole() -> None:
    sender = Sender(iter([PART] * 3))

    assert await whole(limited(sender.request, 3000)) == PART * 3


async def test_the_rest_of_what_is_too_large_is_let_pass_before_it_is_told() -> None:
    sender = Sender(iter([PART] * 50))

    with pytest.raises(TooLarge, match="at most 3,000 bytes"):
        await whole(limited(sender.request, 3000))

    assert sender.asked == 51


async def test_what_never_ends_is_not_let_pass_for_ever() -> None:
    sender = Sender(iter(lambda: bytes(1024**2), b""))

    with pytest.raises(TooLarge):
        await whole(limited(sender.request, 3000))

    assert sender.asked == LET_PASS / 1024**2


async def test_who_asks_first_sends_nothing_that_is_too_large() -> None:
    sender = Sender(iter([PART] * 50), content_length="50000", expect="100-continue")

    with pytest.raises(TooLarge):
        await whole(limited(sender.request, 3000))

    assert sender.asked == 0


@pytest.mark.parametrize("said", ["", "-1", "ten", "9" * 40, "²"])
async def test_a_length_that_cannot_be_read_says_nothing(said: str) -> None:
    sender = Sender(iter([PART]), content_length=said, expect="100-continue")

    assert await whole(limited(sender.request, 3000)) == PART


async def test_who_goes_away_in_the_middle_has_sent_nothing() -> None:
    sender = Sender(iter([PART]), stays=False)

    with pytest.raises(BadPayload, match="in the middle"):
        await whole(limited(sender.request, 3000))
