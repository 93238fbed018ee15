"""The work on an issue from the command line: stages, steps, cause, roles, deploys, what helped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.frontends.cli.calling import Called, fettle
from tests.schemas import validate

SETTINGS = """
[[team]]
name = "web"
member = [{ name = "ada" }]

[[service]]
name = "shop"
tier = "critical"
team = "web"
runbook = "- [ ] Is it up?\\n```\\ndf -h\\n```\\n- [ ] Is the disk full?"
"""

Call = Callable[..., Called]


@pytest.fixture
def call(store_environ: dict[str, str], tmp_path: Path) -> Call:
    (tmp_path / "fettle.toml").write_text(SETTINGS)
    environ = {**store_environ, "COLUMNS": "160"}
    return lambda *arguments: fettle(*arguments, cwd=tmp_path, environ=environ)


def test_an_issue_is_worked_through(call: Call) -> None:
    deployed = call("deploy", "mark", "--service=shop", "--version=1.4.2", "--note=carts")
    call("report", "The shop is down", "--service=shop")
    assert call("issue", "stage", "1", "investigating").out.startswith("#1 is investigating")
    for arguments in (
        ("stage", "1", "reproduce", "--note=with curl"),
        ("stage", "1", "test"),
        ("stage", "1", "test", "--undone"),
        ("stage", "1", "plan", "--not-needed", "--note=a restart will do"),
        ("runbook", "1", "service shop"),
        ("cause", "1", "an expired certificate"),
        ("step", "1", "2", "--note=90 %"),
        ("role", "1", "lead", "ada"),
    ):
        done = call("issue", *arguments)
        assert done.code == 0, (arguments, done.err)
    shown = call("issue", "show", "1").out
    document = validate(json.loads(call("issue", "show", "1", "--format=json").out))

    assert deployed.out.startswith("shop 1.4.2 went live ")
    assert "shop" in call("deploy", "list").out
    assert "Root cause: an expired certificate" in shown
    assert "lead: ada" in shown
    assert "Next: runbook, step 1: Is it up?" in shown
    assert "not needed" in shown
    assert "df -h" in shown
    assert "with curl" in shown
    assert "2. [x] Is the disk full?" in shown
    assert "1. [ ] Is it up?" in shown
    assert "deployed " in shown
    states = {one["stage"]: one["state"] for one in document["stages"]}
    assert (states["reproduce"], states["test"]) == ("done", "open")


def test_what_helped_is_told(call: Call) -> None:
    call("report", "Checkout refuses foreign cards", "--service=shop")
    call("issue", "cause", "1", "an expired certificate")
    call("issue", "resolve", "1", "--evidence=cards go through")
    call("report", "Foreign cards refused at checkout", "--service=shop")

    told = call("issue", "similar", "2")
    document = validate(json.loads(call("issue", "similar", "2", "--format=json").out))

    assert "#1 Checkout refuses foreign cards" in told.out
    assert "cause: an expired certificate" in told.out
    assert [item["number"] for item in document["items"]] == [1]
    assert call("issue", "similar", "1").err == "There are none.\n"


def test_what_cannot_be_is_said(call: Call) -> None:
    call("report", "The shop is down", "--service=shop")

    assert call("issue", "stage", "1", "thinking").code == 64
    assert call("issue", "stage", "1", "fixing", "--undone").code == 64
    assert call("issue", "step", "1", "9").code == 64
    assert call("issue", "role", "1", "lead", "mallory").code == 64
    assert call("deploy", "mark", "--service=nothing", "--version=1").code == 64
