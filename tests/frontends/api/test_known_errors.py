"""Known errors that people write: matched within seconds, kept in versions, bounded, and words."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from fettle.errors import BadSettings
from fettle.flow.knowing import TOPIC, Knowing
from fettle.main import Wired
from fettle.resolution import catalogue
from fettle.store.changes import EVERYTHING
from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.sending_errors import a_sender, errors, event
from tests.schemas import validate

PATH = "/api/v1/known-errors"
LEDGER: dict[str, Any] = {
    "title": "The ledger is closed for the day",
    "cause": "Bookings after 22:00 are refused.",
    "solution": [{"does": "See whether last night's closing has ended."}],
    "certain": {"says": ["ledger |is closed"], "exception": ["books.LedgerClosed"]},
}
REMEDY = """
[[remedy]]
name = "reopen"
for = ["the_ledger"]
kind = "webhook"
target = "shop"
url = "http://127.0.0.1:1/reopen"
mode = "suggest"
"""


def document(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return validate(answer.json())


async def written(api: Api, **more: object) -> dict[str, Any]:
    return document(await api.responder.post(PATH, json={**LEDGER, **more}), 201)


def matches(api: Api, text: str) -> str | None:
    found = api.serving.desk.cures.read().recognise(text)
    return found.matches[0].known.id if found.answered else None


async def test_what_is_written_is_recognised_until_it_is_retired_and_again_after(api: Api) -> None:
    api.serving.desk.cures.read()  # one server has asked already, the other has not
    other = Knowing(api.serving.pool)
    async with api.serving.changes.followed() as told, asyncio.timeout(60):
        made = await written(api, id="the-ledger")
        while not {TOPIC, *EVERYTHING} & await told.get():
            pass
    await until(lambda: _is(matches(api, "the ledger is closed") == "the_ledger"))
    await other.look()

    assert (made["class"], made["version"], made["origin"]) == ("the_ledger", 1, "page")
    assert made["document"]["certain"]["exception"] == ["books.LedgerClosed"]
    assert other.read().recognise("LedgerClosed: no").matches[0].known.id == "the_ledger"
    retired = document(await api.responder.post(f"{PATH}/the_ledger/retire"))
    await api.serving.knowing.look()
    assert (retired["retired"], matches(api, "the ledger is closed")) == (True, None)
    listed = document(await api.viewer.get(PATH))["items"]
    assert [one["class"] for one in listed if one["retired"]] == ["the_ledger"]
    again = await api.responder.post(f"{PATH}/the_ledger/retire")
    assert (again.status_code, "has retired it already" in again.text) == (409, True)
    await api.responder.post(f"{PATH}/the_ledger/restore")
    await api.serving.knowing.look()
    assert matches(api, "the ledger is closed") == "the_ledger"
    before = api.serving.knowing.read()
    await api.serving.knowing.look()
    assert api.serving.knowing.read() is before  # nothing is made anew while nothing is written
    versions = document(await api.viewer.get(f"{PATH}/the_ledger"))["versions"]
    assert [one["act"] for one in versions] == ["restored", "retired", "written"]
    acts = [one["act"] for one in (await api.admin.get("/api/v1/audit")).json()["items"]]
    assert f"POST {PATH}/{{id}}/retire" in acts


async def _is(so: bool) -> bool:
    return so


async def test_who_comes_second_is_told_and_nothing_is_lost(api: Api) -> None:
    first = await written(api)
    path = f"{PATH}/{first['class']}"
    async with api.serving.pool.connection() as connection:
        await connection.execute(
            b"""INSERT INTO remedy_attempt (
                id, remedy, kind, known, target, mode, actor, why, created_at, state, outcome,
                acted_at, ended_at
            ) VALUES (
                gen_random_uuid(), 'r', 'restart', 'the_ledger_is_closed_for_the_day', 'shop',
                'approve', 'x', 'x', now(), 'ended', 'resolved', now(), now()
            )"""
        )
    ada = {**LEDGER, "cause": "The night run has not ended.", "version": 1}
    document(await api.responder.put(path, json=ada))
    late = await api.admin.put(path, json={**LEDGER, "title": "Closed", "version": 1})
    now = document(await api.viewer.get(path))

    assert late.status_code == 412
    assert "token “responder” has changed it meanwhile: it is version 2" in late.json()["detail"]
    assert (now["cause"], now["title"]) == ("The night run has not ended.", LEDGER["title"])
    assert now["record"]["resolved"] == 1  # what helped goes on being known
    assert [one["changed"] for one in now["versions"]] == [["cause"], []]
    was = document(await api.viewer.get(path, params={"version": 1}))
    assert was["cause"] == LEDGER["cause"]


async def test_what_is_wrong_is_said_where_it_stands_and_an_id_is_nobody_elses(api: Api) -> None:
    headers = {"Idempotency-Key": "once"}
    once = [await api.responder.post(PATH, json=LEDGER, headers=headers) for _ in range(2)]
    assert [one.status_code for one in once] == [201, 201]
    assert once[1].headers["location"] == f"{PATH}/the_ledger_is_closed_for_the_day"
    assert (await api.viewer.post(PATH, json=LEDGER)).status_code == 403
    assert (await api.viewer.get(f"{PATH}/%00")).status_code == 404
    solution = [{"does": "x", "sql": "DROP"}]
    wrong = {"certain": {"says": ["ok", "…"]}, "solution": solution, "url": "http://x.example"}
    answer = await api.responder.post(PATH, json={**LEDGER, **wrong})
    taken = [await api.responder.post(PATH, json={**LEDGER, "id": id_}) for id_ in _TAKEN]

    assert answer.status_code == 422, answer.text
    assert [one["at"] for one in answer.json()["errors"]] == [
        "body.solution.0.sql",
        "body.solution",
        "body.certain.says.1",
        "body.url",
    ]
    for answer, (id_, (status, said)) in zip(taken, _TAKEN.items(), strict=True):
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True), id_


_TAKEN = {
    "conn-refused": (409, "id: conn_refused is one of Fettle's own"),
    "trial": (409, "id: trial is a word of our own"),
    "7 of them": (400, "id: '7 of them' is no id"),
    "the_ledger_is_closed_for_the_day": (409, "was written already"),
}


async def test_it_is_tried_on_the_latest_errors_and_issues_and_too_broad_is_refused(
    api: Api,
) -> None:
    shop = await a_sender(api)
    sent = [event("Odd", f"the ledger is closed for {word}") for word in "ab"]
    await shop.send(*sent, event("OSError", "connect ECONNREFUSED 127.0.0.1:5432"))
    issue = await api.report("Nobody can pay: the ledger is closed")
    await api.responder.post(f"/api/v1/issues/{issue['number']}/solve")
    found = document(await api.responder.post(f"{PATH}/trial", json=LEDGER))
    refused = {**LEDGER, "certain": {"says": ["econnrefused 127.0.0.1"]}}
    taken = document(await api.responder.post(f"{PATH}/trial", json=refused))

    assert (found["errors"], found["issues"], found["broad"]) == (len(await errors(api)), 1, False)
    assert issue["number"] in [one["issue"] for one in found["matched"]]
    assert found["signs"][0]["name"] == '"ledger is closed"'
    assert [one["name"] for one in (*taken["today"], *map(_known, taken["unsure"]))] == [
        "conn_refused"
    ]
    for number in range(8):
        await shop.send(event(f"Kind{number}", "the ledger is closed"))
    broad = await api.responder.post(PATH, json=LEDGER)
    assert broad.status_code == 409
    assert 'told by "ledger is closed"' in broad.json()["detail"]
    await written(api, broad=True)


def _known(tried: dict[str, Any]) -> dict[str, Any]:
    return {"name": tried["today"]}


async def test_what_is_there_already_is_recognised_anew(api: Api) -> None:
    shop = await a_sender(api)
    await shop.send(event("Odd", "the ledger is closed"))
    issue = await api.report("Nobody can pay: the ledger is closed")
    await api.responder.post(f"/api/v1/issues/{issue['number']}/solve")
    (before,) = await errors(api)
    await written(api)
    async with api.serving.engine.worker():
        await until(lambda: _both_known(api, issue["number"]))
        await api.responder.post(f"{PATH}/the_ledger_is_closed_for_the_day/retire")
        await until(lambda: _neither_known(api, issue["number"]))

    assert all(one["class"] != "the_ledger_is_closed_for_the_day" for one in before["known"])
    timeline = (await api.show(issue["number"]))["timeline"]
    assert [one["event"] for one in timeline].count("recognised") == 1


async def _both_known(api: Api, number: int) -> bool:
    (error,) = await errors(api)
    known = (await api.show(number))["known"]
    return bool(error["known"] and known["answered"]) and (
        error["known"][0]["class"] == known["matches"][0]["class"]
    )


async def _neither_known(api: Api, number: int) -> bool:
    (error,) = await errors(api)
    known = (await api.show(number))["known"]
    names = {one["class"] for one in (*error["known"], *known["matches"])}
    return not known["answered"] and "the_ledger_is_closed_for_the_day" not in names


async def test_a_remedy_names_what_is_written_and_a_file_takes_its_place(
    api: Api, environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "other.toml"
    file.write_text(SETTINGS + REMEDY)
    wired = Wired(environ)
    settings = wired.settings(file)
    with pytest.raises(BadSettings, match="no known error is called the_ledger"):
        async with wired.serving(settings, api.store, "http://fettle"):
            pass
    await written(api, id="the_ledger")
    await api.responder.post(f"{PATH}/the_ledger/retire")

    async with wired.serving(settings, api.store, "http://fettle") as serving:
        (remedy,) = serving.desk.cures.remedies
        assert remedy.known == ("the_ledger",)
    folder = tmp_path / "errors"
    folder.mkdir()
    (folder / "the-ledger.toml").write_text(
        'title = "Of the file"\ncause = "x"\nsolution = [{ does = "y" }]\n'
        'certain = { says = ["the file says"] }\n'
    )
    await api.responder.post(f"{PATH}/the_ledger/restore")
    beside = Knowing(api.serving.pool, catalogue.of_folder(folder))
    await beside.look()
    assert beside.read().catalogue["the_ledger"].title == "Of the file"
