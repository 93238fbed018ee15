"""What asking a site tells: over loopback, from servers that do what servers do."""

import asyncio
import socket
from datetime import timedelta

import pytest

from fettle.errors import BadSettings
from fettle.model.probed import Answer, Certificate, NameLookup, Reached, Registration, Step
from fettle.model.watchpoint import Site
from fettle.targets.probing import site
from fettle.targets.sources import Means
from fettle.testing import SteppedClock
from tests.speaking import Heard, answer, in_turn, saying, speaking
from tests.targets.probing import asking


async def test_a_good_answer_is_measured_part_by_part() -> None:
    async with speaking(saying(answer(body="hello"))) as server:
        said = await asking.answer(server.url("/a?b=c"))

    assert (said.good, said.status, said.failed, said.size) == (True, 200, None, 5)
    assert said.url == server.url("/a")
    assert said.authority == f"127.0.0.1:{server.port}"
    assert set(said.parts) == {"connection", "first byte", "body"}  # no name, and no TLS
    assert said.whole_s is not None
    assert sum(said.parts.values()) <= said.whole_s
    assert [one.path for one in server.heard] == ["/a?b=c"]


async def test_what_a_server_is_asked_with() -> None:
    async with speaking(saying(answer())) as server:
        await asking.answer(server.url())
        plain = server.heard[0].headers
        await asking.answer(server.url().replace("//", "//ada:s%20t:x@"))
        known = server.heard[1].headers

    assert plain["host"] == f"127.0.0.1:{server.port}"
    assert "Fettle" in plain["user-agent"]
    assert plain["accept-encoding"] == "identity"
    assert "authorization" not in plain
    assert known["authorization"] == "Basic YWRhOnMgdDp4"


async def test_no_password_is_ever_shown() -> None:
    async with speaking(saying(answer(503))) as server:
        said = await asking.answer(server.url("/x?token=geheim").replace("//", "//ada:geheim@"))

    assert "geheim" not in repr(said)


async def test_the_time_to_the_first_byte_is_the_servers() -> None:
    async def late(_: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(b"ok")

    async with speaking(late) as server:
        said = await asking.answer(server.url())

    assert said.first_byte_s is not None
    assert said.body_s is not None
    assert said.first_byte_s >= 0.29
    assert said.body_s >= 0.19


async def test_one_failure_is_asked_again_and_told() -> None:
    async with speaking(in_turn(answer(503), answer(200))) as server:
        said = await asking.answer(server.url())

    assert (said.good, said.flapped) == (True, "it answered 503")
    assert [row["outcome"] for row in said.tries] == ["answered 503", "answered 200"]


async def test_one_connection_that_is_hung_up_on_is_asked_again() -> None:
    async with speaking(in_turn("", answer(200))) as server:
        said = await asking.answer(server.url())

    assert (said.good, said.flapped) == (True, "it hung up without an answer")


async def test_what_fails_twice_fails() -> None:
    async with speaking(saying(answer(503))) as server:
        said = await asking.answer(server.url())

    assert (said.good, said.status, said.flapped) == (False, 503, None)
    assert len(said.tries) == len(server.heard) == 2


async def test_what_is_refused_is_not_asked_again() -> None:
    async with speaking(saying(answer(404))) as server:
        said = await asking.answer(server.url())

    assert (said.good, said.status) == (False, 404)
    assert len(server.heard) == 1


async def test_the_faster_of_two_slow_answers_counts() -> None:
    waits = [1.1, 0.0]

    async def late(_: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(waits.pop(0))
        writer.write(answer().encode())

    async with speaking(late) as server:
        said = await asking.answer(server.url())

    assert said.whole_s is not None
    assert said.whole_s < 1.1
    assert len(said.tries) == 2
    assert said.flapped is None


async def test_several_kinds_are_told_from_one_look() -> None:
    async with speaking(saying(answer())) as server:
        await asking.told(Site("shop", server.url()), Answer, NameLookup, Certificate)

    assert len(server.heard) == 1


@pytest.mark.parametrize(
    ("said", "step", "why"),
    [
        ("", Step.ANSWER, "hung up without an answer"),
        ("SSH-2.0-OpenSSH_9.2\r\n", Step.ANSWER, "speaks no HTTP: 'SSH-2.0-OpenSSH_9.2'"),
        ("HTTP/1.1 nonsense\r\n\r\n", Step.ANSWER, "its answer cannot be read"),
        ("HTTP/1.1 200 OK\r\nX: " + "y" * 100_000, Step.ANSWER, "its answer cannot be read"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Step.BODY, "broke off"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
            Step.BODY,
            "broke off: illegal chunk header",
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", Step.BODY, "broke off"),
    ],
)
async def test_a_broken_answer_is_none(said: str, step: Step, why: str) -> None:
    async with speaking(saying(said)) as server:
        came = await asking.answer(server.url())

    assert (came.good, came.failed) == (False, step)
    assert why in (came.problem or "")
    assert "bytearray" not in (came.problem or "")
    assert len(came.tries) == 2


@pytest.mark.parametrize(
    "said",
    [
        "HTTP/1.0 200 OK\r\n\r\nhello",  # its end is that the connection ends
        "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
)
async def test_old_and_odd_servers_are_understood(said: str) -> None:
    async with speaking(saying(said)) as server:
        came = await asking.answer(server.url())

    assert (came.good, came.status, came.size) == (True, 200, 5)


async def test_a_reset_is_told_as_one() -> None:
    async def reset(_: Heard, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with speaking(reset) as server:
        came = await asking.answer(server.url())

    assert (came.failed, came.problem) == (Step.ANSWER, "it hung up without an answer")


async def test_an_endless_body_is_cut_and_said() -> None:
    async def endless(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with speaking(endless) as server:
        came = await asking.answer(server.url())

    assert came.good
    assert came.size == 1024**2
    assert came.cut == "its body was read up to 1.0 MiB"


async def test_a_body_that_trickles_on_is_left_in_time() -> None:
    async def trickle(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with speaking(trickle) as server:
        came = await asking.answer(server.url(), timeout_s=1)

    assert came.good
    assert came.whole_s is not None
    assert came.whole_s >= 0.85
    assert (came.cut or "").startswith("its body had no end in time")


async def test_who_says_nothing_is_not_waited_for_for_ever() -> None:
    async def silent(_: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with speaking(silent) as server:
        came = await asking.answer(server.url(), timeout_s=0.5)

    assert (came.failed, came.problem) == (
        Step.ANSWER,
        "127.0.0.1 sent no answer within 450 ms",
    )
    assert len(server.heard) == 1


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        came = await asking.answer(f"http://127.0.0.1:{port}/")

    assert (came.failed, came.problem) == (
        Step.CONNECTION,
        "no connection to 127.0.0.1: connection refused",
    )


async def test_a_name_that_means_nothing() -> None:
    came = await asking.answer("http://no-such-host.invalid/")
    (name,) = await asking.names("http://no-such-host.invalid/")

    # without a resolver nobody says that it means nothing
    assert came.failed in (Step.LOOKUP, Step.RESOLVER)
    assert name.host == "no-such-host.invalid"
    assert name.problem is not None
    assert name.known is (came.failed is Step.RESOLVER)


async def test_an_address_of_no_interface_is_not_known() -> None:
    came = await asking.answer("http://[fe80::1%25nosuch0]/")

    assert came.failed in (Step.LOOKUP, Step.CONNECTION)


async def test_the_other_family_is_tried_where_one_takes_no_connection() -> None:
    async with speaking(saying(answer())) as server:
        came = await asking.answer(server.url(host="localhost"))
        (name,) = await asking.names(server.url(host="localhost"))

    assert came.good
    assert came.lookup_s is not None
    assert (name.host, name.problem) == ("localhost", None)


async def test_ipv6_is_asked() -> None:
    try:
        async with speaking(saying(answer()), host="::1") as server:
            came = await asking.answer(server.url(host="[::1]"))
    except OSError:
        pytest.skip("this machine has no IPv6")

    assert came.good
    assert server.heard[0].headers["host"] == f"[::1]:{server.port}"
    assert came.url == f"http://[::1]:{server.port}"


async def test_what_this_machine_has_no_way_to_is_unknown() -> None:
    # an address for documentation (RFC 3849): routed nowhere, and mostly refused at once
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("2001:db8::1", 9))
        except OSError:
            pass
        else:
            pytest.skip("this machine sends it somewhere")
    gap = await asking.gap("http://[2001:db8::1]/")

    assert gap.reason.startswith("this machine has no way to 2001:db8::1")
    assert "IPv6" in (gap.remedy or "")


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:1")

    async with speaking(saying(answer())) as server:
        assert (await asking.answer(server.url())).good


async def test_what_is_expected_is_good_and_nothing_else() -> None:
    async with speaking(saying(answer(401))) as server:
        (said,) = await asking.told(Site("shop", server.url(), expect=(401, 403)), Answer)
        (other,) = await asking.told(Site("shop", server.url(), expect=(200,)), Answer)

    assert said.good
    assert not other.good


@pytest.mark.parametrize("url", ["ftp://shop.example", "https://", "http://a:b:c/", "shop"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="shop: that is no address of a site"):
        await asking.told(Site("shop", url), Answer)


@pytest.mark.parametrize("status", [200, 301, 401, 403, 404, 429])
async def test_a_dependency_that_answers_is_there(status: int) -> None:
    text = answer(status, Location="http://127.0.0.1:1/")
    async with speaking(saying(text)) as server:
        said = await asking.reached(server.url())

    assert (said.good, said.status) == (True, status)
    assert len(server.heard) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 529])
async def test_a_dependency_that_fails_is_not(status: int) -> None:
    async with speaking(saying(answer(status))) as server:
        assert not (await asking.reached(server.url())).good


async def test_a_providers_own_failures_are_known() -> None:
    async with speaking(saying(answer(402))) as server:
        restricted = await asking.reached(server.url(), provider="supabase")
        anybodys = await asking.reached(server.url())
        expected = await asking.reached(server.url(), provider="supabase", expect=(402,))

    assert not restricted.good
    assert restricted.says == "the project is restricted: over its quota, or a bill is overdue"
    assert restricted.advice[0] == "See what Supabase says itself: https://status.supabase.com"
    assert anybodys.good
    assert expected.good


async def test_what_is_offered_is_what_can_be_told() -> None:
    shop = Site("shop", "http://shop.example", rdap="https://rdap.example")
    bank = Site("bank", "http://bank.example", dependency=True)

    assert await _offered(shop) == {Answer, NameLookup, Certificate, Registration}
    assert await _offered(bank) == {Reached, NameLookup, Certificate}


async def _offered(point: Site) -> set[type]:
    async with site.opened(point, Means((), timedelta(seconds=1), SteppedClock())) as source:
        return set(source.offers)
