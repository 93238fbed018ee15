"""An issue investigated and mended from the command line, over a server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import Called, fettle
from tests.frontends.cli.test_fix import TWINS
from tests.frontends.cli.test_up import up
from tests.schemas import validate

SETTINGS = """
[check]
every = "0s"

[[service]]
name = "shop"
tier = "critical"
depends_on = ["main-db"]

[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"

[outgoing]
allow = ["127.0.0.1"]

[[remedy]]
name = "restart-shop"
for = ["conn_lost"]
kind = "restart"
target = "shop"
url = "http://127.0.0.1:1/restart"
probe = "http://127.0.0.1:1/health"
mode = "suggest"
"""

Call = Callable[..., Called]


@pytest.fixture
def call(
    pg18_database: FreshDatabase, store_environ: dict[str, str], tmp_path: Path
) -> Iterator[Call]:
    pg18_database.run(*TWINS)
    (tmp_path / "fettle.toml").write_text(SETTINGS)
    environ = {**store_environ, "SHOP": pg18_database.url}
    made = fettle(
        *("token", "create", "--name=ada", "--role=responder"), cwd=tmp_path, environ=environ
    )
    with up(tmp_path, environ) as (_, url):
        yield lambda *arguments: fettle(
            *(*arguments, "--server", url),
            cwd=tmp_path,
            environ={"FETTLE_TOKEN": made.out.strip(), "SHOP": pg18_database.url, "COLUMNS": "160"},
        )


def reported(call: Call, *arguments: str) -> str:
    """Report trouble; return the issue's number: the store's own place is an issue as well."""
    return call("report", *arguments).out.partition(" ")[0].removeprefix("#")


def test_an_issue_is_looked_into_and_mended(call: Call) -> None:
    number = reported(call, "The database is slow", "--service=shop")
    looked = call("issue", "diagnose", number, "--wait", "--symptom=carts hang")
    shown = call("issue", "show", number).out
    for _ in range(60):  # plans are made behind the look, by the worker
        document = validate(json.loads(call("issue", "show", number, "--format=json").out))
        if document["fixes"]:
            break
    plan = document["fixes"][0]["plan"]["plan"]["plan"]
    applied = call("fix", "apply", plan)
    again = call("issue", "diagnose", number, "--wait")
    resolved = call("issue", "resolve", number)
    over = call("issue", "show", number).out
    told = validate(json.loads(call("issue", "show", number, "--format=json").out))["timeline"]

    assert looked.code == 0, looked.err
    assert looked.out.startswith("main-db: ")
    assert "FOUND" in shown
    assert "index_duplicate" in shown
    assert "FIXES" in shown
    assert f"fettle fix apply {plan[:19]}" in shown
    assert "waiting, for a responder" in shown
    assert applied.code == 0, applied.err
    assert again.code == 0, again.err
    assert [one["detail"]["gone"] for one in told if "gone" in one["detail"]].count("1") == 1
    assert resolved.code == 0, resolved.err
    assert "done, verified" in over
    assert "OVER, AS FAR AS WAS SEEN" in over


def test_a_look_is_asked_for_without_waiting(call: Call) -> None:
    number = reported(call, "A typo in the manual")

    nameless = call("issue", "diagnose", number)
    named = call("issue", "diagnose", number, "--target=main_db")

    assert (nameless.code, "nothing says what" in nameless.err) == (1, True)
    assert (named.code, named.out) == (0, "main-db: a worker is to look\n")


def test_what_shows_trouble_is_asked_once_more(call: Call) -> None:
    number = reported(call, "A typo in the manual")

    neither = call("issue", "reproduce", number)
    told = call("issue", "reproduce", number, "--remedy=restart-shop", "--wait")
    asked = call("issue", "reproduce", number, "--remedy=restart-shop")

    assert (neither.code, "either --remedy or --error" in neither.err) == (64, True)
    assert told.code == 0, told.err
    assert told.out == "restart-shop: its probe gives no answer; the trouble is there\n"
    assert asked.out == "A worker is to ask.\n"
