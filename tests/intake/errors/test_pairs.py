"""What is one bug is joined, and what is two is not, as often as is promised."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from fettle.intake.errors.event import read_event
from fettle.intake.errors.grouping import group_key
from fettle.testing import START

FOLDER = Path(__file__).with_name("pairs")
FILES = ("developed", "held_back")
PROMISED = 0.97


@dataclass(frozen=True)
class Pair:
    """Two events of one file, whether they are one bug, and whether they were joined."""

    source: str
    what: str
    same: bool
    joined: bool

    @property
    def right(self) -> bool:
        return self.same == self.joined


@cache
def pairs(name: str) -> list[Pair]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Pair(row["source"], row["what"], row["same"], key(row["a"]) == key(row["b"]))
        for row in rows
    ]


def key(event: Mapping[str, object]) -> str:
    return group_key(read_event(json.dumps(event).encode(), START)).key


def browsers(pair: Pair) -> bool:
    return pair.source.startswith("browser: ")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("same", [True, False])
def test_as_many_are_right_as_is_promised(name: str, same: bool) -> None:
    found = [pair for pair in pairs(name) if pair.same == same]
    wrong = [f"{pair.source}: {pair.what}" for pair in found if not pair.right]

    assert len(found) > 90
    assert len(wrong) <= (1 - PROMISED) * len(found), wrong if name == "developed" else len(wrong)


@pytest.mark.parametrize("name", FILES)
def test_browsers_are_no_exception(name: str) -> None:
    found = [pair for pair in pairs(name) if browsers(pair)]

    assert len({pair.source for pair in found}) >= 12
    assert sum(pair.right for pair in found) >= PROMISED * len(found)


def test_no_framework_is_in_both_files() -> None:
    first, second = ({pair.source for pair in pairs(name) if not browsers(pair)} for name in FILES)

    assert not first & second
