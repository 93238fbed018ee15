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


def batch(folder: Path, *lines: bytes, verb: str = "solve") -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "fettle", "error", verb, "--batch"],
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


def event(value: str, line: int, **more: object) -> bytes:
    frame = {"function": "total", "module": "shop.cart", "lineno": line, "in_app": True}
    raised = {"type": "KeyError", "value": value, "stacktrace": {"frames": [frame]}}
    return json.dumps({"platform": "python", "exception": {"values": [raised]}, **more}).encode()


def test_events_of_one_bug_are_of_one_group(folder: Path) -> None:
    first, second, other, bad, empty, message = batch(
        folder,
        event("order 12 has no price", 3),
        b"\xef\xbb\xbf" + event("order 13 has no price", 4, release="2"),
        event("order 12 has no owner", 3),
        b"no json",
        b"{}",
        b'{"message": "it is slow"}',
        verb="group",
    )

    assert first == {
        "group": first["group"],
        "why": [
            "the type: KeyError",
            "the application's frames: shop.cart:total",
            "the message without its numbers and names: order * has no price",
        ],
        "version": 1,
    }
    assert second == first
    assert other["group"] not in (first["group"], message["group"])
    assert [list(one) for one in (bad, empty)] == [["error"]] * 2
    assert "no JSON" in bad["error"] or "not JSON" in bad["error"]


def test_a_teams_rules_of_what_is_one_bug_count(folder: Path) -> None:
    (folder / "fettle.toml").write_text(
        '[[errors.group]]\nwhen = ["module=~shop[.].*", "type!=Timeout"]\n'
        'fingerprint = ["prices"]\n',
        encoding="utf-8",
    )

    first, second, apart = batch(
        folder,
        event("order 12 has no price", 3),
        event("anything", 9, fingerprint=["of the application"]),
        b'{"message": "it is slow"}',
        verb="group",
    )

    assert first == second != apart
    assert first["why"] == ["the fingerprint that a rule of the team's gave: prices"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('when = ["type"]\nfingerprint = ["a"]', "[[errors.group]] 1: 'type' is no matcher"),
        ('when = ["type=~("]\nfingerprint = ["a"]', "[[errors.group]] 1: '(' is no expression"),
        ('when = ["type=A"]', "a fingerprint, a title, or both"),
        ('fingerprint = ["a"]', "when"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(folder: Path, rule: str, said: str) -> None:
    (folder / "fettle.toml").write_text(f"[[errors.group]]\n{rule}\n", encoding="utf-8")

    done = fettle("error", "group", "--batch", cwd=folder)

    assert done.code == 64
    assert said in done.err


def test_errors_are_grouped_from_lines(folder: Path) -> None:
    done = fettle("error", "group", cwd=folder)

    assert done.code == 64
    assert "--batch" in done.err
