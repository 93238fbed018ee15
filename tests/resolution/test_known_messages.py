"""Known errors are told from messages of real software, and silence is kept about the rest.

Entries are made from `developed`, `wider` and `blind_developed`. Two files are held back and only
judge: `held_back`, and `blind_held_back`, the other half of what somebody gathered who had not seen
the entries; its figures are those of messages that nobody wrote an entry from.
"""

import json
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from fettle.model.known_error import ErrorFacts
from fettle.resolution.catalogue import shipped
from fettle.resolution.recognise import Recogniser

FOLDER = Path(__file__).with_name("known")
FILES = ("developed", "wider", "blind_developed", "held_back", "blind_held_back")
HIGH = 0.9


@dataclass(frozen=True)
class Message:
    """A message with the class of its cause; None where it is of no class."""

    text: str
    right: str | None
    source: str
    facts: ErrorFacts


@dataclass(frozen=True)
class Answer:
    """What came of a message: the classes that fit, whether it was answered, and how sure."""

    right: str | None
    said: list[str]
    answered: bool
    confidence: float


@cache
def messages(name: str) -> list[Message]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Message(row["text"], row["class"], row["source"], ErrorFacts(**row["facts"]))
        for row in rows
    ]


@cache
def answers(name: str) -> list[Answer]:
    recogniser = Recogniser(shipped())
    found = []
    for one in messages(name):
        made = recogniser.recognise(one.text, one.facts)
        said = [match.known.id for match in made.matches]
        sure = made.matches[0].confidence if made.matches else 0.0
        found.append(Answer(one.right, said, made.answered, sure))
    return found


def share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def test_no_software_is_in_two_files() -> None:
    sources = {name: {one.source for one in messages(name)} for name in FILES}

    assert not any(sources[one] & sources[other] for one, other in combinations(FILES, 2))
    assert {one.right for name in FILES for one in messages(name)} == {*shipped(), None}


@pytest.mark.parametrize(
    ("name", "first", "three"),
    [
        ("developed", 0.99, 0.99),
        ("wider", 0.98, 0.99),
        ("blind_developed", 0.99, 0.99),
        ("held_back", 0.96, 0.99),
        ("blind_held_back", 0.94, 0.99),
    ],
)
def test_the_right_class_comes_first(name: str, first: float, three: float) -> None:
    known = [one for one in answers(name) if one.right is not None]

    assert share([one.said[:1] == [one.right] for one in known]) >= first
    assert share([one.right in one.said for one in known]) >= three


@pytest.mark.parametrize(
    ("name", "of_answers"),
    [*((name, 0.98) for name in FILES[:-1]), ("blind_held_back", 0.97)],
)
def test_what_is_said_with_certainty_is_right(name: str, of_answers: float) -> None:
    answered = [one for one in answers(name) if one.answered and one.right is not None]
    sure = [one for one in answers(name) if one.confidence >= HIGH]

    assert share([one.said[0] == one.right for one in answered]) >= of_answers
    assert share([one.said[0] == one.right for one in sure]) >= 0.98


@pytest.mark.parametrize("name", FILES)
def test_of_what_is_not_known_nothing_is_said(name: str) -> None:
    assert share([not one.answered for one in answers(name) if one.right is None]) >= 0.95
