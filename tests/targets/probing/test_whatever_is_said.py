"""Whatever is said on a wire, it is an answer, a failure of theirs, or unknown: never a bug."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.probed import Announced, Answer
from fettle.model.watchpoint import Site, StatusPage
from fettle.targets.probing import certificates
from tests.certificates import made
from tests.speaking import answer, saying, speaking
from tests.targets.probing import asking

SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HEADS = st.sampled_from(
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 302 X\r\nLocation: ",
        b"HTTP/1.1 302 X\r\nSet-Cookie: ",
        b"HTTP/1.0 ",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["status", "indicator", "components", "name", "incidents", "page", "url"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(HEADS, st.binary(max_size=200), st.sampled_from([b"", b"\r\n\r\n"]))
@SOME
def test_of_a_site(head: bytes, rest: bytes, end: bytes) -> None:
    async def ask() -> Answer | Unknown:
        async with speaking(saying(head + rest + end)) as server:
            (said,) = await asking.told(Site("shop", server.url()), Answer)
            assert isinstance(said, Answer | Unknown)
            return said

    said = asyncio.run(ask())

    if isinstance(said, Answer):
        assert (said.failed is None) == (said.problem is None)
        assert not (said.good and said.failed)


@given(JSON)
@SOME
def test_of_a_status_page(body: object) -> None:
    async def ask() -> list[object]:
        async with speaking(saying(answer(200, json.dumps(body)))) as server:
            return await asking.told(StatusPage("bank", server.url()), Announced)

    try:
        told = asyncio.run(ask())
    except CannotLook:
        return
    assert all(isinstance(one, Announced | Unknown) for one in told)
    assert told


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_of_a_certificate(data: st.DataObject) -> None:
    der = bytearray(_DER)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = certificates.read(bytes(der))
    except ValueError:
        return
    assert read.issuer


_DER = made("shop", ["shop.example", "127.0.0.1"], by=None).der


@pytest.mark.parametrize("der", [b"", b"\x30\x00", _DER[:-1]])
def test_what_is_no_certificate_is_said_to_be_none(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        certificates.read(der)
