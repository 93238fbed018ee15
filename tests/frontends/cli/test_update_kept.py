"""What was seen of updates is kept by `--save`, and told by `plan` and `history`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fettle.frontends.cli import exits
from tests import schemas
from tests.frontends.cli.calling import Called, fettle
from tests.registry import Registry, serving

SETTINGS = """
[updates]
age = "0s"
[[project]]
name = "shop"
path = "{folder}"
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as running:
        running.python("anyio", "4.8.0", "4.9.0")
        yield running


@pytest.fixture
def environ(registry: Registry, store_environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text("anyio==4.8.0\n")
    (tmp_path / "fettle.toml").write_text(SETTINGS.format(folder=folder))
    return {
        **store_environ,
        "HOME": str(tmp_path / "home"),
        "FETTLE_DATA": str(tmp_path / "data"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": registry.simple,
    }


def document(called: Called) -> dict[str, Any]:
    return dict(schemas.validate(json.loads(called.out)))


def test_what_was_saved_is_told_without_looking_again(
    registry: Registry, environ: dict[str, str], tmp_path: Path
) -> None:
    def update(*words: str) -> Called:
        return fettle("update", *words, cwd=tmp_path, environ=environ)

    saved = update("check", "--save", "--format=json")
    asked = len(registry.asked)
    plan = update("plan", "--format=json")
    kept = len(registry.asked)
    anew = update("plan", "--now", "--format=json")
    history = update("history", "--format=json")

    ids = [one["id"] for one in document(saved)["updates"] if one["package"] == "anyio"]
    planned = [one["id"] for group in document(plan)["groups"] for one in group["updates"]]
    assert len(ids) == 1
    assert ids[0] in planned
    assert kept == asked, "nobody was asked again"
    assert "as it was seen at" in plan.err
    assert "as it was seen at" not in anew.err
    (check,) = document(history)["checks"]
    assert check["new"] == check["total"] >= 1
    assert "look 1:" in update("history").out


def test_only_a_look_at_everything_is_saved(environ: dict[str, str], tmp_path: Path) -> None:
    refused = fettle("update", "check", "shop", "--save", cwd=tmp_path, environ=environ)
    assert refused.code == exits.USAGE
    assert "leave out PATH" in refused.err
