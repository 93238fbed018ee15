"""Where a site leads: followed within bounds, and never into a private network by somebody else."""

import asyncio

import pytest

from fettle.model.probed import Answer, Step
from fettle.model.watchpoint import Site
from tests.speaking import Heard, answer, saying, speaking
from tests.targets.probing import asking


def to(where: str, status: int = 302, **headers: str) -> str:
    return answer(status, "", Location=where, **headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_it_is_followed_on_its_own_host(status: int) -> None:
    async def say(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write((to("/b", status) if heard.path == "/a" else answer()).encode())

    async with speaking(say) as server:
        came = await asking.answer(server.url("/a"))

    assert (came.good, came.status, came.url) == (True, 200, server.url("/b"))
    assert [one.path for one in server.heard] == ["/a", "/b"]


async def test_a_circle_ends() -> None:
    async with speaking(saying(to("/again"))) as server:
        came = await asking.answer(server.url())

    assert (came.good, came.failed, came.status) == (False, Step.REDIRECT, 302)
    assert (came.problem or "").startswith("it redirects more than 10 times, to ")
    assert len(server.heard) == 11


async def test_a_cookie_that_is_waited_for_is_shown() -> None:
    async def say(heard: Heard, writer: asyncio.StreamWriter) -> None:
        known = heard.headers.get("cookie") == "seen=yes"
        writer.write((answer() if known else to("/", Set_Cookie="seen=yes; Path=/")).encode())

    async with speaking(say) as server:
        assert (await asking.answer(server.url())).good


@pytest.mark.parametrize(
    "where", ["itms-apps://x", "mailto:a@b.example", "https://", "http://a b/"]
)
async def test_what_is_no_page_is_not_followed(where: str) -> None:
    async with speaking(saying(to(where))) as server:
        came = await asking.answer(server.url())

    assert came.failed is Step.REDIRECT
    assert (came.problem or "").startswith("it redirects to what is no page")


async def test_another_port_of_a_private_host_is_refused_unless_allowed() -> None:
    async with (
        speaking(saying(answer())) as inside,
        speaking(saying(to(inside.url("/secret?key=geheim")))) as server,
    ):
        gap = await asking.gap(server.url())
        heard = len(inside.heard)
        allowed = await asking.answer(server.url(), allow=["127.0.0.0/8"])

    assert heard == 0
    assert gap.reason == (
        f"it redirects to {inside.url('/secret')}, which is not followed: "
        "127.0.0.1 is an address of a private network"
    )
    assert gap.remedy == 'allow it if it is meant: [outgoing] allow = ["127.0.0.1"]'
    assert allowed.good
    assert len(inside.heard) == 1


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00::1]",
        "0",
    ],
)
async def test_no_spelling_leads_into_a_private_network(host: str) -> None:
    async with speaking(saying(to(f"http://{host}/"))) as server:
        gap = await asking.gap(server.url())

    assert "private network" in gap.reason or "not known" in gap.reason


async def test_nobody_is_where_it_leads() -> None:
    async with speaking(saying(to("http://127.0.0.1:1/"))) as server:
        came = await asking.answer(server.url(), allow=["127.0.0.1"])

    assert (came.failed, came.status) == (Step.CONNECTION, None)
    assert came.problem == (
        "after a redirect to http://127.0.0.1:1: no connection to 127.0.0.1: connection refused"
    )


async def test_the_same_host_and_port_may_be_private() -> None:
    async def say(heard: Heard, writer: asyncio.StreamWriter) -> None:
        back = f"http://{heard.headers['host']}/b"
        writer.write((to(back) if heard.path == "/" else answer()).encode())

    async with speaking(say) as server:
        came = await asking.answer(server.url())

    assert (came.good, came.url) == (True, server.url("/b"))


async def test_a_password_is_shown_to_nobody_else() -> None:
    async with speaking(saying(answer())) as other, speaking(saying(to(other.url()))) as server:
        with_password = server.url().replace("//", "//ada:geheim@")
        came = await asking.answer(with_password, allow=["127.0.0.1"])

    assert came.good
    assert "authorization" in server.heard[0].headers
    assert "authorization" not in other.heard[0].headers


async def test_a_redirect_that_is_expected_is_the_answer() -> None:
    async with speaking(saying(to("http://10.0.0.1/"))) as server:
        (came,) = await asking.told(Site("shop", server.url(), expect=(302,)), Answer)

    assert (came.good, came.status) == (True, 302)
