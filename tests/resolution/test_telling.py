"""Phrases are found wherever they stand, and none within a longer one."""

import pytest

from fettle.resolution.telling import Telling, words_of

PHRASES = {
    "timed out": "timeout",
    "lock wait|request timed out": "lock",
    "relation … does not exist": "schema",
    "limit of # requests": "rate",
    "connection |was reset": "lost",
    "path … does not exist": "file",
}


def meanings(text: str, *, parted: bool = False) -> list[str]:
    found = Telling(PHRASES.items()).found(words_of(text, parted=parted))
    return [meaning for one in found for meaning in one.meanings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the request timed out", ["timeout"]),
        ("a lock wait timed out", ["lock"]),
        ("lock request timed out; then it timed out", ["lock", "timeout"]),
        ('ERROR: relation "public.orders" does not exist', ["schema"]),
        ("relation does not exist", ["schema"]),
        ("relation one two three four five six seven eight nine does not exist", []),
        ("relation isn't there, and it doesn't exist", ["schema"]),
        ("a limit of 500 requests", ["rate"]),
        ("a limit of many requests", []),
        ("Connection reset", ["lost"]),
        ("connection was reset", ["lost"]),
        ("a relation to the path /srv/a that does not exist", ["file"]),
        ("no connection reset was seen, and a request timed out", ["timeout"]),
        ("it ran without timed out requests", []),
        ("", []),
    ],
)
def test_what_stands_is_found(text: str, expected: list[str]) -> None:
    assert meanings(text) == expected


def test_names_of_several_words_are_read_as_such() -> None:
    assert meanings("LockRequestTimedOut", parted=True) == ["lock"]
    assert meanings("LockRequestTimedOut") == []
    assert meanings("LOCK_REQUEST_TIMED_OUT", parted=True) == ["lock"]


def test_a_text_of_nothing_but_beginnings_takes_no_time_to_speak_of() -> None:
    assert meanings("relation " * 2000) == []
