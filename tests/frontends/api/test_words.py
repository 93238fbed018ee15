"""Evidence is put into words by the API: when somebody asks, from it alone, and marked as such."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fettle.flow import absorb
from fettle.model.deploy import Deploy
from fettle.store import deploys
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, running
from tests.frontends.api.sending_errors import a_sender, errors, event, shown
from tests.moved_clock import MovedClock
from tests.schemas import validate
from tests.triage.speaking import Speaking, speaking

MODEL = """
[ai]
model = "openai:claude-test"
url = "{url}/v1"
"""
SAID = ["Shop 7 went live 9 min before it began.", "The wiki is slow, too."]


@pytest.fixture
def spoken() -> Iterator[Speaking]:
    """Give a model that answers what a test lets it."""
    with speaking(Speaking({"sentences": SAID})) as found:
        yield found


@pytest.fixture
async def api(
    store_environ: dict[str, str], spoken: Speaking, tmp_path: Path
) -> AsyncIterator[Api]:
    text = SETTINGS + MODEL.format(url=spoken.url)
    async with running(store_environ, text, tmp_path, MovedClock(), whole=True) as made:
        await made.serving.engine.prepare()
        yield made


@asynccontextmanager
async def without_a_model(environ: dict[str, str], folder: Path) -> AsyncIterator[Api]:
    async with running(environ, SETTINGS, folder, MovedClock(), whole=True) as made:
        yield made


async def suspicious(api: Api) -> int:
    """Open an issue shortly after a deploy of its service; return its number."""
    now = api.clock.now()
    async with api.serving.pool.connection() as connection:
        await deploys.mark(connection, Deploy("shop", "7", now - timedelta(minutes=9), "ci"), now)
    number: int = (await api.report("The shop is slow", service="shop"))["number"]
    return number


async def unknown(api: Api) -> int:
    """Let an application send an error that nobody knows; return its issue's number."""
    sender = await a_sender(api)
    await sender.send(event("OddityError", "the moon is in the wrong house"))
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass
    (one,) = await errors(api)
    number = int((await shown(api, one["id"]))["issue"])
    await solved(api, number)
    return number


async def solved(api: Api, number: int) -> dict[str, Any]:
    answer = await api.responder.post(f"/api/v1/issues/{number}/solve")
    assert answer.is_success, answer.text
    return validate(answer.json())


async def words(api: Api, number: int) -> dict[str, dict[str, Any]]:
    answer = await api.viewer.get(f"/api/v1/issues/{number}/words")
    assert answer.status_code == 200, answer.text
    return {one["about"]: one for one in validate(answer.json())["items"]}


async def ask(api: Api, number: int, **wish: str) -> dict[str, dict[str, Any]]:
    answer = await api.responder.post(f"/api/v1/issues/{number}/words", json=wish or None)
    assert answer.status_code == 202, answer.text
    return {one["about"]: one for one in validate(answer.json())["items"]}


async def answered(api: Api, number: int) -> dict[str, dict[str, Any]]:
    async def told() -> bool:
        return not any(one["asking"] for one in (await words(api, number)).values())

    async with api.serving.engine.worker():
        await until(told)
    return await words(api, number)


def evidence_of(spoken: Speaking) -> list[str]:
    """Return the evidence that was sent; triage asks for advice as well."""
    return [sent for sent in map(str, spoken.asked) if "<evidence>" in sent]


async def test_what_may_be_behind_an_issue_is_put_into_words(api: Api, spoken: Speaking) -> None:
    number = await suspicious(api)
    assert await words(api, number) == {}

    asked = await ask(api, number)
    again = await ask(api, number)
    found = await answered(api, number)

    assert asked["causes"]["asking"]
    assert again["causes"]["asking"]
    assert (found["causes"]["sentences"], found["causes"]["dropped"]) == (SAID[:1], 1)
    assert found["causes"]["by"] == "llm"
    assert any("shop 7 went live" in line for line in found["causes"]["evidence"])
    assert len(evidence_of(spoken)) == 1
    last = (await api.show(number))["timeline"][-1]
    assert (last["event"], last["actor"]) == ("words", "llm")
    assert "from the evidence alone: shop 7" in last["text"]


async def test_where_nothing_may_be_behind_it_nothing_is_asked(api: Api) -> None:
    number = (await api.report("The shop is slow", service="shop"))["number"]

    for wish in ({}, {"about": "causes"}, {"about": "enquiries"}):
        answer = await api.try_to(number, "words", **wish)
        assert answer.status_code == 409
        assert "no evidence" in answer.json()["detail"]

    assert await words(api, number) == {}


async def test_what_has_ended_is_not_asked_about(api: Api) -> None:
    number = await suspicious(api)
    await api.act(number, "decline", why="duplicate", reason="known")

    assert (await api.try_to(number, "words")).status_code == 409


async def test_a_viewer_asks_nothing_and_a_misspelt_wish_is_refused(api: Api) -> None:
    number = await suspicious(api)

    assert (await api.viewer.post(f"/api/v1/issues/{number}/words")).status_code == 403
    assert (await api.try_to(number, "words", about="everything")).status_code == 422
    assert (await api.try_to(4711, "words")).status_code == 404


async def test_without_a_model_nobody_is_asked_and_it_says_what_to_do(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    async with without_a_model(store_environ, tmp_path) as api:
        number = await suspicious(api)
        answer = await api.try_to(number, "words")

        assert answer.status_code == 409
        assert "fettle-ops[ai]" in answer.text
        assert await words(api, number) == {}


async def test_an_unknown_error_gets_suggestions_beside_its_lines_of_enquiry(
    api: Api, spoken: Speaking
) -> None:
    number = await unknown(api)
    spoken.answer = {
        "sentences": [
            "Look at shop/cart.py, line 12.",
            "See whether Redis is well.",
            "Restart the wiki.",
        ]
    }
    before = await solved(api, number)
    await ask(api, number, about="enquiries")
    await answered(api, number)
    after = await solved(api, number)

    assert before["suggestions"] == []
    (one,) = after["suggestions"]
    assert (one["says"], one["by"]) == ("Look at shop/cart.py, line 12.", "llm")
    assert after["analysis"] == before["analysis"] != []
    assert after["known_solutions"] == before["known_solutions"]
    assert (after["answered"], after["fix_results"]) == (False, [])
    (sent,) = evidence_of(spoken)
    assert "the moon is in the wrong house" in sent


async def test_a_known_error_gets_none(api: Api) -> None:
    number = (await api.report("server closed the connection unexpectedly", service="shop"))[
        "number"
    ]
    assert (await solved(api, number))["answered"]

    answer = await api.try_to(number, "words", about="enquiries")

    assert answer.status_code == 409
