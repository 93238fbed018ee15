"""`fettle task run`, and what is decided about runs, on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.frontends.cli.calling import Called, fettle
from tests.frontends.cli.test_up import up
from tests.schemas import validate

TASKS = """
[[task]]
id = "tell"
name = "Tell the others"
frequency = "daily"
automation = "manual"
window = { start = "00:00", timezone = "UTC", duration = "1h" }
[task.procedure]
[[task.procedure.steps]]
name = "Write to the channel"
person = "Say that it begins"
[[task.procedure.steps]]
name = "Look"
command = ["/bin/sh", "-c", "echo all is well"]
idempotent = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fettle.toml").write_text(TASKS)
    return tmp_path


def call(folder: Path, environ: dict[str, str], *arguments: str) -> Called:
    return fettle("task", *arguments, cwd=folder, environ=environ)


def document(called: Called) -> dict[str, Any]:
    assert called.code == 0, called.err
    return validate(json.loads(called.out))


@pytest.fixture
def worked(folder: Path, store_environ: dict[str, str]) -> Iterator[None]:
    """Have a server at work beside the commands."""
    with up(folder, store_environ):
        yield


def test_a_task_is_lived_through_on_the_command_line(
    folder: Path, store_environ: dict[str, str], worked: None
) -> None:
    environ = store_environ
    run = call(folder, environ, "run", "tell", "--now", "it is wanted today", "--wait")
    assert run.code == 3  # it waits for a person
    assert "waiting for person" in run.out
    assert "Next: fettle task done 1 1" in run.out
    ticked = call(folder, environ, "done", "1", "1", "--note", "it is said")
    assert "Next: fettle task approve 1 2" in ticked.out
    assert call(folder, environ, "approve", "1", "2").code == 0
    history = call(folder, environ, "history", "--status", "passed")
    for _ in range(100):
        if "passed" in history.out:
            break
        history = call(folder, environ, "history", "--status", "passed")
    assert "tell: 1 of 1 run passed" in history.out
    shown = document(call(folder, environ, "status", "1", "--format", "json"))
    assert [step["outcome"] for step in shown["steps"]] == ["passed", "passed"]
    log = call(folder, environ, "status", "1", "--log", "2")
    assert log.out.strip().endswith("all is well")


def test_what_may_not_be_is_refused_with_what_to_do(
    folder: Path, store_environ: dict[str, str]
) -> None:
    environ = store_environ
    nobody = call(folder, environ, "run", "tel")
    assert (nobody.code, "did you mean tell?" in nobody.err) == (64, True)
    ahead = call(folder, environ, "approve", "tell")
    assert (ahead.code, "tell is manual" in ahead.err) == (1, True)
    strange = call(folder, environ, "status", "99")
    assert (strange.code, "there is no run 99" in strange.err) == (64, True)
    begun = document(call(folder, environ, "run", "tell", "--now", "so", "--format", "json"))
    assert (begun["status"], begun["waits_for"]) == ("waiting", "person")
    twice = call(folder, environ, "run", "tell", "--now", "so")
    assert (twice.code, "run 1 of tell has not ended" in twice.err) == (1, True)
    skipped = call(folder, environ, "skip", "1", "1", "--reason", "nobody is there")
    assert "skipped" in skipped.out
    paused = call(folder, environ, "pause", "1")
    assert "Next: fettle task resume 1" in paused.out
    assert call(folder, environ, "resume", "1").code == 0
    cancelled = call(folder, environ, "cancel", "1", "--reason", "enough")
    assert "cancelled" in cancelled.out
    late = call(folder, environ, "resume", "1")
    assert (late.code, "has ended: cancelled" in late.err) == (1, True)
    listed = document(call(folder, environ, "history", "tell", "--format", "json"))
    assert [one["status"] for one in listed["items"]] == ["cancelled"]
