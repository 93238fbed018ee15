"""Of several addresses, the first that takes a connection is it."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from fettle.model.probed import Step
from fettle.targets.probing import wire
from fettle.targets.probing.wire import Endpoint, NoAnswer


def at(sock: socket.socket) -> Endpoint:
    host, port = sock.getsockname()
    return Endpoint(ipaddress.ip_address(host), socket.AF_INET, (host, port))


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.create_server((host, 0)) as sock:
        yield sock


@contextmanager
def refusing(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind((host, 0))
        yield sock


@contextmanager
def silent() -> Iterator[socket.socket]:
    """Listen with a queue that is full: Linux answers nothing to who comes then."""
    with ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(sock.getsockname())
        yield sock


async def test_one_that_refuses_is_passed_over() -> None:
    with (
        refusing("127.0.0.2") as no,
        listening() as yes,
        await wire.connect([at(no), at(yes)]) as sock,
    ):
        assert sock.getpeername() == yes.getsockname()


async def test_one_that_says_nothing_is_not_waited_for() -> None:
    with silent() as no, listening() as yes, await wire.connect([at(no), at(yes)]) as sock:
        assert sock.getpeername() == yes.getsockname()


async def test_why_none_took_it_is_said_of_each() -> None:
    with refusing() as one, refusing("127.0.0.2") as other, pytest.raises(NoAnswer) as refused:
        await wire.connect([at(one), at(other)])

    assert (refused.value.step, refused.value.local) == (Step.CONNECTION, False)
    assert refused.value.reason == (
        "no connection to 127.0.0.1: connection refused; 127.0.0.2: connection refused"
    )
