"""`fettle classify` as a shell user calls it: one text, or lines through a pipe."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frontends.cli.calling import fettle
from tests.schemas import validate

SETTINGS = """
[[service]]
name = "shop"
tier = "critical"
depends_on = ["stripe"]

[[class]]
name = "search-outage"
match = ["search"]
severity = "high"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fettle.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def batch(folder: Path, *lines: str | bytes) -> list[dict[str, Any]]:
    given = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    done = subprocess.run(
        [sys.executable, "-m", "fettle", "classify", "--batch"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error"},
        input=given,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_is_answered_in_the_promised_shape(folder: Path) -> None:
    line: dict[str, object] = {
        "text": "Stripe: payments fail",
        "symptoms": ["slow"],
        "service": None,
        "labels": {},
    }

    (answer,) = batch(folder, json.dumps(line))

    evidence = answer.pop("evidence")
    assert evidence
    assert all(isinstance(sentence, str) for sentence in evidence)
    assert answer == {
        "class": "payment-processing-failure",
        "severity": "critical",
        "priority": "p1",
        "category": "business-critical",
        "escalation": "immediate",
        "sla": {"response": "PT10M", "resolution": "PT30M", "update": "PT10M"},
        "services": ["shop"],
        "impact": "Users of shop, how many is not known: they cannot pay.",
        "confidence": 0.8,
        "by": "rule",
    }


@pytest.mark.parametrize(
    ("text", "sla"),
    [
        ("the site is down", ("PT15M", "PT1H", "PT15M")),
        ("slow queries", ("PT1H", "PT4H", "PT30M")),
        ("icons missing", ("PT4H", "PT24H", "PT4H")),
        ("typo in the docs", ("P1D", "P1W", "P1D")),
        ("nothing special", ("PT4H", "P3D", "P1D")),
        ("the outage is resolved", ("P1D", "P10D", None)),
    ],
)
def test_promises_are_spans_of_iso_8601(
    folder: Path, text: str, sla: tuple[str, str, str | None]
) -> None:
    (answer,) = batch(folder, json.dumps({"text": text}))

    assert tuple(answer["sla"].values()) == sla


def test_a_file_made_on_windows_is_read(folder: Path) -> None:
    first, second = batch(folder, b'\xef\xbb\xbf{"text": "the site is down"}\r', '{"text": "a"}\r')

    assert first["class"] == "system-outage"
    assert second["class"] is None


def test_a_bad_line_is_answered_and_the_rest_goes_on(folder: Path) -> None:
    answers = batch(
        folder,
        '{"text": "the site is down"}',
        "not json",
        "",
        "[]",
        '{"texts": "x"}',
        '{"text": 7, "symptoms": "x"}',
        '{"text": "a", "labels": {"a": []}}',
        b'{"text": "\xff"}',
        "[" * 100_000,
        '{"text": null}',
        '{"text": "search is odd", "symptoms": null, "labels": {"n": 1}, "id": 9}',
    )

    assert [set(answer) == {"error"} for answer in answers] == [False, *[True] * 9, False]
    assert all(answer["error"] for answer in answers[1:-1])
    assert answers[-1]["class"] == "search-outage"


def test_answers_come_in_order_while_lines_still_arrive(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fettle", "classify", "--batch"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        severities = []
        for text in ("the site is down", "typo in the docs", "slow queries"):
            process.stdin.write(json.dumps({"text": text}) + "\n")
            process.stdin.flush()
            severities.append(json.loads(process.stdout.readline())["severity"])
        process.stdin.close()

    assert severities == ["critical", "low", "high"]
    assert process.returncode == 0


def test_ten_megabytes_and_markup_are_a_line_like_any_other(folder: Path) -> None:
    answers = batch(
        folder,
        json.dumps({"text": "down " * 2_000_000}),
        json.dumps({"text": "<script>alert(1)</script> \u2028\x1b[31m the site is down"}),
    )

    assert [answer["class"] for answer in answers] == ["system-outage", "system-outage"]


@pytest.mark.parametrize(
    ("word", "severity"), [("page", "critical"), ("warning", "medium"), ("none", "low")]
)
def test_the_label_severity_is_the_sources_own(folder: Path, word: str, severity: str) -> None:
    line = {"text": "Disk at 90 percent", "labels": {"severity": word}}

    (answer,) = batch(folder, json.dumps(line))

    assert (answer["severity"], answer["by"]) == (severity, "source")


def test_one_text_is_a_document(folder: Path) -> None:
    called = fettle(
        *("classify", "It is slow", "--symptom", "customers cannot pay", "--service", "shop"),
        *("--format", "json"),
        cwd=folder,
    )

    document = validate(json.loads(called.out))
    assert called.code == 0
    assert document["class"] == "payment-processing-failure"
    assert document["services"] == ["shop"]


def test_one_text_is_told_to_people(folder: Path) -> None:
    called = fettle("classify", "The site is down", "--service", "evil\x1b[31m", cwd=folder)

    assert called.out.startswith("critical · p1 · system-outage\n")
    assert "answer in 15m, resolved in 1h, news every 15m; around the clock" in called.out
    assert '  - "is down" speaks of an outage\n' in called.out
    assert "\x1b" not in called.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("text", "--batch"),
        ("--batch", "--service", "shop"),
        ("--batch", "--advice"),
        ("text", "--advice"),
        ("text", "--model", "nowhere.json"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(folder: Path, arguments: tuple[str, ...]) -> None:
    called = fettle("classify", *arguments, cwd=folder)

    assert called.code == 64
    assert called.out == ""


def test_what_was_learnt_is_heard(folder: Path) -> None:
    head = {"answers": ["low"], "priors": [1], "intercepts": [0], "weights": [[]]}
    model = {
        "schema": "fettle.triage_model/1", "trained_on": 50, "terms": [], "rarity": [],
        "severity": head, "class": {**head, "answers": [""]}, "calibration": [1, 0],
    }  # fmt: skip
    (folder / "model.json").write_text(json.dumps(model), encoding="utf-8")

    called = fettle("classify", "Hm", "--model", "model.json", "--format", "json", cwd=folder)

    assert json.loads(called.out)["by"] == "model"
    assert json.loads(called.out)["severity"] == "low"
