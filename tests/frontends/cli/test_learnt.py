"""`fettle learnt` as a shell user calls it."""

import json
from pathlib import Path

import pytest

from fettle.triage.learnt import TeamModel
from tests.conftest import FreshDatabase
from tests.flow.learning import LIVES, team_at
from tests.frontends.cli.calling import Called, fettle
from tests.schemas import validate


def called(database: FreshDatabase, folder: Path, *arguments: str) -> Called:
    return fettle(*arguments, cwd=folder, environ={"FETTLE_STORE__URL": database.url})


async def settle(database: FreshDatabase, many: int) -> None:
    async with team_at(database.url) as team:
        await team.settle_many(many)


async def test_what_was_settled_is_learnt_shown_and_written_to_a_file(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    await settle(pg18_database, 60)

    trained = called(pg18_database, tmp_path, "learnt", "train")
    shown = called(pg18_database, tmp_path, "learnt", "show", "--days", "3660")
    exported = called(pg18_database, tmp_path, "learnt", "export", "model.json")
    text = LIVES[1][0].format("of today")
    said = fettle("classify", text, "--model", "model.json", "--format", "json", cwd=tmp_path)

    assert (trained.code, trained.out) == (0, "")
    assert "Learnt from 60 decisions in" in trained.err
    assert "learnt from 60 decisions at" in shown.out
    assert "  rule           60         60 " in shown.out
    assert "medium was said, critical was right: 20 times" in shown.out
    assert exported.code == 0
    assert TeamModel.read((tmp_path / "model.json").read_bytes()).kept.trained_on == 60
    assert json.loads(said.out)["by"] == "model"


async def test_the_figures_as_json_keep_their_schema(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    await settle(pg18_database, 3)
    refused = called(pg18_database, tmp_path, "learnt", "train")

    shown = called(pg18_database, tmp_path, "learnt", "show", "--format", "json")

    document = json.loads(shown.out)
    assert validate(document)["schema"] == "fettle.triage/1"
    assert refused.code == 1
    assert "3 decisions to learn from: too few" in refused.err
    assert document["refused"]["reason"] == "3 decisions to learn from: too few"


def test_an_empty_store_says_so(pg18_database: FreshDatabase, tmp_path: Path) -> None:
    shown = called(pg18_database, tmp_path, "learnt", "show")
    exported = called(pg18_database, tmp_path, "learnt", "export", "model.json")

    assert "nothing is learnt: nothing was settled yet" in shown.out
    assert (exported.code, "nothing is learnt yet" in exported.err) == (64, True)
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize("arguments", [("--learnt", "--model", "model.json")])
def test_a_model_comes_from_one_place(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "model.json").write_text("{}")

    done = fettle("classify", "the site is down", *arguments, cwd=tmp_path)

    assert (done.code, "either --learnt or --model" in done.err) == (64, True)
