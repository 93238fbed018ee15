"""What arrived is counted, listed, shown and taken again by the command line; acts are listed."""

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import Called, fettle
from tests.frontends.cli.test_stopping import hook
from tests.frontends.cli.test_up import up
from tests.schemas import validate

TORN = b'{"version": "4", "alerts": [{"labels": \x1b[31m'


def test_a_dead_letter_is_found_read_and_taken_again(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    def call(*arguments: str) -> Called:
        return fettle(*arguments, cwd=tmp_path, environ=store_environ)

    def dead() -> list[Any]:
        called = call("intake", "list", "--state=dead", "--format=json")
        items: list[Any] = validate(json.loads(called.out))["items"]
        return items

    nothing = call("intake", "list")
    door = hook(store_environ, tmp_path).replace("generic", "alertmanager")
    with up(tmp_path, store_environ) as (_, url):
        headers = {"Content-Type": "application/json"}
        answer = httpx.post(urljoin(url, door), content=TORN, headers=headers)
        while not (told := dead()):
            time.sleep(0.1)
    (listed,) = told
    id_ = str(listed["id"])
    shown = call("intake", "show", id_)
    counted = call("intake", "counts")
    again = call("intake", "replay", id_)
    waits = validate(json.loads(call("intake", "show", id_, "--format=json").out))

    assert (nothing.code, nothing.out) == (0, "")
    assert answer.status_code == 400
    assert (listed["letter"], listed["kind"]) == (id_, "delivery")
    assert listed["reason"] in shown.out
    assert "content-type: application/json" in shown.out
    assert '{"version": "4"' in shown.out
    assert "\x1b" not in shown.out
    assert counted.out.splitlines()[1].split()[1:4] == ["alertmanager", "dead", "1"]
    assert (again.code, again.out) == (0, f"taken again: {id_}\n")
    assert (waits["state"], waits["replays"]) == ("waiting", 1)


DEAD = (
    "WITH p AS (INSERT INTO fettle.error_project (name) VALUES ('shop') RETURNING id) INSERT INTO"
    " fettle.error_event (project, event_id, received_at, at, dead, bytes, body) SELECT id,"
    " gen_random_uuid(), '2026-01-01Z', '2026-01-01Z', 'a mistake in Fettle: so', 2, '{}' FROM p"
)


def test_an_error_that_died_is_found_read_and_taken_again(
    store_environ: dict[str, str], store_database: FreshDatabase, tmp_path: Path
) -> None:
    def call(*arguments: str) -> Called:
        return fettle(*arguments, cwd=tmp_path, environ=store_environ)

    store_database.run(DEAD)
    listed, shown = call("intake", "list", "--state=dead"), call("intake", "show", "error-1")
    unknown, again = call("intake", "show", "error-"), call("intake", "replay", "--hook=shop")
    nothing = call("intake", "replay", "--all")

    assert "error-1" in listed.out
    assert shown.out.splitlines() == [
        "error-1 of shop · errors · dead · 2026-01-01 00:00:00 UTC",
        *("a mistake in Fettle: so", "", "{}"),
    ]
    assert (again.code, again.out) == (0, "taken again: error-1\n")
    assert (unknown.code, nothing.code) == (64, 64)
    assert "like 17, error-17, lines-4" in unknown.err


def test_a_replay_names_what_is_to_be_taken(store_environ: dict[str, str], tmp_path: Path) -> None:
    unnamed = fettle("intake", "replay", cwd=tmp_path, environ=store_environ)
    unknown = fettle("intake", "replay", "7", cwd=tmp_path, environ=store_environ)

    assert (unnamed.code, unknown.code) == (64, 64)
    assert "--hook" in unnamed.err
    assert "it is unknown, or waits already" in unknown.err


def test_what_was_done_is_listed(store_environ: dict[str, str], tmp_path: Path) -> None:
    def call(*arguments: str) -> Called:
        return fettle(*arguments, cwd=tmp_path, environ=store_environ)

    fettle("token", "create", "--name=ci", "--role=viewer", cwd=tmp_path, environ=store_environ)
    call("report", "broken")
    call("issue", "acknowledge", "1")
    told = call("audit").out.splitlines()
    made = told[3]
    (latest,) = validate(json.loads(call("audit", "--limit=1", "--format=json").out))["items"]

    assert told[1].endswith("POST /api/v1/issues/1/acknowledge")
    assert told[2].endswith("POST /api/v1/reports")
    assert made.endswith("create token ci")
    assert latest["actor"].startswith("cli:")
    assert latest["act"] == "POST /api/v1/issues/{number}/acknowledge"
