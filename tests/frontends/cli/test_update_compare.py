"""`fettle update compare --batch` as a pipeline calls it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.frontends.cli.calling import fettle

RANGE = {"ecosystem": "npm", "version": "1.2.0", "range": "^1.1"}


def compared(folder: Path, *lines: object) -> list[dict[str, Any]]:
    typed = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    called = fettle("update", "compare", "--batch", cwd=folder, typed=typed)
    assert (called.code, called.err) == (0, "")
    return [json.loads(line) for line in called.out.splitlines()]


def test_each_line_is_answered_in_order(tmp_path: Path) -> None:
    answers = compared(
        tmp_path,
        {"ecosystem": "pypi", "a": "1.0rc1", "b": "1.0"},
        {"ecosystem": "deb", "a": "1.0-1", "b": "1.0~rc1-1"},
        {"ecosystem": "npm", "a": "v1.0.0", "b": "1.0.0+7"},
        RANGE,
        {"ecosystem": "pypi", "version": "2.0", "range": ">=1,<2"},
        {"ecosystem": "deb", "version": "2.0", "range": ">= 1, << 2"},
        {"ecosystem": "oci", "a": "3.12-slim", "b": "3.13-slim"},
    )

    orders = [{"order": order} for order in (-1, 1, 0)]
    insides = [{"inside": inside} for inside in (True, False, False)]
    assert answers == [*orders, *insides, {"order": -1}]


def test_a_bad_line_is_answered_and_the_rest_goes_on(tmp_path: Path) -> None:
    *answers, last = compared(
        tmp_path,
        "no JSON",
        {"ecosystem": "maven", "a": "1", "b": "2"},
        {"ecosystem": "pypi", "a": "1"},
        {"ecosystem": "pypi", "a": "latest", "b": "1.0"},
        {"ecosystem": "npm", "version": "1.0.0", "range": "latest"},
        {"ecosystem": "pypi", "a": 1.1, "b": "1.0"},
        {"ecosystem": "oci", "a": "3.12-slim", "b": "3.13"},
        RANGE,
    )

    assert last == {"inside": True}
    assert all(list(answer) == ["error"] for answer in answers)
    assert "'latest' is no version" in answers[3]["error"]
    assert "either a and b, or version and range" in answers[2]["error"]


def test_a_line_is_answered_before_the_next_one_comes(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "fettle", "update", "compare", "--batch"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for _ in range(2):
            running.stdin.write(json.dumps(RANGE) + "\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline()) == {"inside": True}
        running.stdin.close()
        assert running.wait(30) == 0


def test_without_lines_it_says_how_it_is_called(tmp_path: Path) -> None:
    called = fettle("update", "compare", cwd=tmp_path)

    assert called.code == 64
    assert "fettle update compare --batch < versions.jsonl" in called.err


def test_its_commands_are_listed(tmp_path: Path) -> None:
    called = fettle("update", "--help", cwd=tmp_path)

    assert called.code == 0
    assert "Order versions, and judge ranges, as their ecosystem does." in called.out
