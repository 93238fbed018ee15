"""What a dependency says of itself: summaries as Statuspage writes them, and what is none."""

import asyncio
import json
from typing import Any

import pytest

from fettle.errors import BadSettings, CannotLook
from fettle.model.finding import Unknown
from fettle.model.probed import Announced, Trouble
from fettle.model.watchpoint import StatusPage
from tests.speaking import Heard, answer, in_turn, saying, speaking
from tests.targets.probing import asking

COMPONENTS = [
    {"name": "API", "status": "operational", "group": False},
    {"name": "Dashboard", "status": "degraded_performance", "group": False},
    {"name": "eu-west-1", "status": "operational", "group": False},
    {"name": "Regions", "status": "major_outage", "group": True},
]
SUMMARY: dict[str, Any] = {
    "page": {"id": "x", "name": "Bank", "url": "https://status.bank.example"},
    "status": {"indicator": "minor", "description": "Partially Degraded Service"},
    "components": COMPONENTS,
    "incidents": [
        {
            "name": "The dashboard is slow",
            "status": "investigating",
            "impact": "minor",
            "components": [{"name": "Dashboard"}],
        }
    ],
    "scheduled_maintenances": [],
}


def summary(**changed: object) -> str:
    text = json.dumps({**SUMMARY, **changed})
    return answer(200, text, Content_Type="application/json; charset=utf-8")


async def said(
    text: str, *components: str, critical: bool = False, provider: str | None = None
) -> list[Any]:
    async with speaking(saying(text)) as server:
        point = StatusPage(
            "bank", server.url("/api/v2/summary.json"), critical, components, provider
        )
        return await asking.told(point, Announced)


async def test_what_it_says_is_read() -> None:
    (told,) = await said(summary(), critical=True, provider="stripe")

    assert told.trouble is Trouble.MINOR
    assert told.says == "Partially Degraded Service"
    assert list(told.parts) == [("Dashboard", "degraded_performance")]
    assert list(told.incidents) == [("The dashboard is slow", "investigating")]
    assert (told.critical, told.url) == (True, "https://status.bank.example")
    assert any("Idempotency-Key" in line for line in told.advice)


@pytest.mark.parametrize("indicator", list(Trouble))
async def test_each_of_its_words_is_known(indicator: Trouble) -> None:
    (told,) = await said(summary(status={"indicator": str(indicator), "description": "x"}))

    assert told.trouble is indicator


async def test_a_word_that_means_nothing_is_unknown() -> None:
    (gap,) = await said(summary(status={"indicator": "mauve", "description": "x"}))

    assert gap == Unknown("it calls its state 'mauve', which means nothing")


async def test_only_what_matters_counts() -> None:
    (api,) = await said(summary(), "api", "EU-*")
    (dashboard,) = await said(summary(), "Dash*")

    assert (api.trouble, list(api.parts), list(api.incidents)) == (Trouble.NONE, [], [])
    assert dashboard.trouble is Trouble.MINOR
    assert dashboard.says == "Dashboard: degraded performance"
    assert len(dashboard.incidents) == 1


async def test_the_worst_of_what_matters_counts() -> None:
    parts = [
        {"name": "API", "status": "partial_outage"},
        {"name": "API", "status": "operational"},  # of another region
        {"name": "Mail", "status": "under_maintenance"},
    ]

    (told,) = await said(summary(components=parts), "API", "Mail")

    assert told.trouble is Trouble.MAJOR


async def test_a_component_that_it_does_not_know_is_said() -> None:
    known, gap = sorted(
        await said(summary(), "API", "Dashbord"), key=lambda one: isinstance(one, Unknown)
    )

    assert known.trouble is Trouble.NONE
    assert gap == Unknown(
        "its status page knows no component Dashbord", "name it as the page does: Dashboard"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (answer(200, "<html>All good</html>", Content_Type="text/html"), "a page for people"),
        (answer(200, "all good", Content_Type="text/plain"), "it answered no JSON"),
        (answer(200, ""), "it answered no JSON"),
        (answer(200, "[1, 2]"), "no summary of Statuspage"),
        (answer(200, '{"status": "green"}'), "no summary of Statuspage"),
        (answer(200, "[" * 100_000), "it answered no JSON"),
        (answer(404, "gone"), "it answered 404"),
        (answer(200, " " * 3 * 1024**2), "its body was read up to 2.0 MiB"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", "broke off"),
        ("", "hung up without an answer"),
    ],
)
async def test_what_is_no_summary_is_said_to_be_none(text: str, why: str) -> None:
    with pytest.raises(CannotLook, match=why):
        await said(text)


async def test_one_loss_is_none() -> None:
    async with speaking(in_turn("", summary())) as server:
        (told,) = await asking.told(StatusPage("bank", server.url()), Announced)

    assert told.trouble is Trouble.MINOR


async def test_who_is_slow_is_not_waited_for_for_ever() -> None:
    async def silent(_: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with speaking(silent) as server:
        with pytest.raises(CannotLook, match="sent no answer within"):
            await asking.told(StatusPage("bank", server.url()), Announced, timeout_s=0.5)

    assert len(server.heard) == 1


async def test_it_is_not_followed_into_a_private_network() -> None:
    async with speaking(saying(answer(302, "", Location="http://10.0.0.1/"))) as server:
        with pytest.raises(CannotLook, match="private network") as refused:
            await asking.told(StatusPage("bank", server.url()), Announced)

    assert "[outgoing] allow" in (refused.value.remedy or "")


async def test_odd_rows_are_left_out() -> None:
    odd: list[object] = [None, 1, {"name": 5, "status": []}, *COMPONENTS]

    (told,) = await said(summary(components=odd, incidents="none", page=None))

    assert ("Dashboard", "degraded_performance") in list(told.parts)
    assert (list(told.incidents), told.url) == ([], None)


async def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(BadSettings, match="bank: that is no address"):
        await asking.told(StatusPage("bank", "status.bank.example"), Announced)
