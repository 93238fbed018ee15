"""`fettle error solve` as a shell user calls it: one text, or lines through a pipe."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frontends.cli.calling import fettle
from tests.schemas import validate

REFUSED = "connect ECONNREFUSED 127.0.0.1:5432"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fettle.toml").write_text('[errors]\nknown = "errors"\n', encoding="utf-8")
    (tmp_path / "errors").mkdir()
    (tmp_path / "errors" / "ledger_closed.toml").write_text(
        'title = "The ledger is closed"\ncause = "It is night."\n'
        '[[solution]]\ndoes = "Wait for the closing."\n[certain]\nsays = ["ledger is closed"]\n',
        encoding="utf-8",
    )
    return tmp_path


def batch(folder: Path, *lines: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "fettle", "error", "solve", "--batch"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error"},
        input=b"".join(line + b"\n" for line in lines),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_is_answered_in_the_promised_shape(folder: Path) -> None:
    nothing = {"sqlstate": None, "errno": None, "status": None, "exception": None}

    (answer,) = batch(folder, json.dumps({"text": REFUSED, "facts": nothing}).encode())

    match, *near = answer.pop("matches")
    assert answer == {"answered": True}
    assert match.pop("confidence") > 0.9
    assert len(match.pop("solutions")) == 4
    assert match == {"class": "conn_refused", "title": "A connection is refused"}
    assert all(one["confidence"] < 0.2 for one in near)


def test_facts_count_before_the_text(folder: Path) -> None:
    line = {"text": "the booking failed", "facts": {"sqlstate": "40P01", "errno": 1213}}

    (answer,) = batch(folder, json.dumps(line).encode())

    assert answer["answered"]
    assert answer["matches"][0]["class"] == "deadlock"


def test_a_bad_line_is_answered_and_the_rest_goes_on(folder: Path) -> None:
    answers = batch(
        folder,
        b"no json",
        b'{"txt": "x"}',
        b'{"text": "\xff"}',
        b'{"text": "x", "facts": {"status": "soon"}}',
        b"",
        b'{"text": "nobody knows it"}',
    )

    assert [list(one) for one in answers[:5]] == [["error"]] * 5
    assert "text" in answers[1]["error"]
    assert "facts.status" in answers[3]["error"]
    assert not answers[5]["answered"]
    assert all(one["confidence"] < 0.2 for one in answers[5]["matches"])


def test_a_team_is_told_of_its_own(folder: Path) -> None:
    done = fettle("error", "solve", "Ledger is closed", cwd=folder)

    assert done.code == 0
    assert done.out.startswith("The ledger is closed (ledger_closed, ")
    assert "1. Wait for the closing." in done.out


def test_one_text_is_told_with_its_cure(folder: Path) -> None:
    done = fettle("error", "solve", REFUSED, cwd=folder)

    assert "A connection is refused (conn_refused" in done.out
    assert "errno ECONNREFUSED" in done.out
    assert "fettle check --only connections_saturated" in done.out


def test_what_is_not_known_is_said_not_to_be(folder: Path) -> None:
    done = fettle("error", "solve", "the card was declined", cwd=folder)

    assert done.code == 0
    assert done.out == "Nothing that is known fits well enough to act on.\n"


def test_the_document_is_as_its_schema_says(folder: Path) -> None:
    done = fettle("error", "solve", REFUSED, "--format", "json", cwd=folder)

    document = json.loads(done.out)
    validate(document)
    assert document["schema"] == "fettle.error_solved/1"


def test_either_a_text_or_a_batch(folder: Path) -> None:
    done = fettle("error", "solve", cwd=folder)

    assert done.code == 64
    assert "either TEXT or --batch" in done.err


def test_its_page_is_explained(folder: Path) -> None:
    done = fettle("explain", "conn-refused", cwd=folder)

    assert done.code == 0
    assert "How to tell" in done.out
    assert "conn_refused" in fettle("explain", cwd=folder).out
