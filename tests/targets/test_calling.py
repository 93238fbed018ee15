"""The calls of remedies: signed, under one key, and told apart by whether anything was sent."""

import hashlib
import hmac
import socket

import pytest

from fettle.errors import ActFailed, NotAllowed, Unreachable
from fettle.model.remedy import Call
from fettle.targets.calling import CallMaker
from fettle.targets.outgoing import Outgoing
from fettle.testing import START
from tests.receiving import receiving

BODY = '{"issue": 7}'


def maker(whole_s: float = 5) -> CallMaker:
    return CallMaker(Outgoing(["127.0.0.1"], whole_s=whole_s))


async def test_a_call_carries_its_key_its_token_and_a_signature_of_what_it_says() -> None:
    with receiving() as hook:
        status = await maker().make(
            Call("POST", f"{hook.url}/x", BODY, "t0ken", "s3cret"), "k-1", START
        )

    (request,) = hook.requests
    timestamp = request.headers["Fettle-Timestamp"]
    signed = f"k-1.{timestamp}.".encode() + request.body
    expected = "v1=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert (status, request.path, request.body) == (200, "/x", BODY.encode())
    assert request.headers["Idempotency-Key"] == request.headers["Fettle-Id"] == "k-1"
    assert request.headers["Authorization"] == "Bearer t0ken"
    assert request.headers["Fettle-Signature"] == expected
    assert request.headers["Content-Type"] == "application/json"


async def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(Unreachable):
            await maker().make(Call("POST", f"http://127.0.0.1:{port}/"), "k", START)
    with pytest.raises(Unreachable):
        await maker().make(Call("POST", "http://no-such-host.invalid/"), "k", START)


async def test_what_was_sent_and_is_not_answered_may_have_been_heard() -> None:
    with receiving() as hook:
        hook.delay_s = 1.5
        with pytest.raises(ActFailed, match="no whole answer"):
            await maker(0.5).make(Call("POST", hook.url), "k", START)

    assert len(hook.requests) == 1


async def test_nobody_is_followed_elsewhere() -> None:
    with receiving() as hook:
        hook.status, hook.headers = 302, {"Location": "http://127.0.0.1:1/"}
        assert await maker().make(Call("POST", hook.url), "k", START) == 302
        assert await maker().probe(hook.url) == 302

    assert len(hook.requests) == 2


async def test_private_addresses_are_refused_unless_they_are_allowed() -> None:
    strict = CallMaker(Outgoing([]))
    for url in ("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/"):
        with pytest.raises(NotAllowed):
            await strict.make(Call("POST", url), "k", START)
        with pytest.raises(NotAllowed):
            await strict.probe(url)
