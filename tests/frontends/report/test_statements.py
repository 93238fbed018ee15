"""What a person would copy is found in a sentence."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.frontends.report.statements import parts


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        (
            "Drop it: DROP INDEX CONCURRENTLY shop.note;",
            [("prose", "Drop it:"), ("sql", "DROP INDEX CONCURRENTLY shop.note;")],
        ),
        ("SELECT pg_terminate_backend(4242);", [("sql", "SELECT pg_terminate_backend(4242);")]),
        ("GRANT pg_monitor TO app", [("sql", "GRANT pg_monitor TO app")]),
        (
            "CREATE EXTENSION hypopg; -- as the owner",
            [("sql", "CREATE EXTENSION hypopg; -- as the owner")],
        ),
        (
            'Drop: DROP INDEX "a;b"".c"; and look again',
            [("prose", "Drop:"), ("sql", 'DROP INDEX "a;b"".c";'), ("prose", "and look again")],
        ),
        ("Say: SELECT 'it''s; so';", [("prose", "Say:"), ("sql", "SELECT 'it''s; so';")]),
        (
            "Make it: CREATE FUNCTION f() AS $b$ a; b $b$; now",
            [
                ("prose", "Make it:"),
                ("sql", "CREATE FUNCTION f() AS $b$ a; b $b$;"),
                ("prose", "now"),
            ],
        ),
        (
            "Look again: fettle check shop --since-last",
            [("prose", "Look again:"), ("shell", "fettle check shop --since-last")],
        ),
        (
            "First: BEGIN; COMMIT;",
            [("prose", "First:"), ("sql", "BEGIN;"), ("sql", "COMMIT;")],
        ),
        ("VACUUM regularly", [("prose", "VACUUM regularly")]),
        ("Set the limit lower", [("prose", "Set the limit lower")]),
        ("", []),
    ],
)
def test_the_parts_of_a_sentence(sentence: str, found: list[tuple[str, str]]) -> None:
    assert [(part.kind, part.text) for part in parts(sentence)] == found


PIECES = st.sampled_from([*"ab;:'\"$-\n ", "SELECT ", "DROP ", "fettle x", ": ", "$$", "--"])


@given(st.lists(PIECES).map("".join))
def test_no_letter_is_lost_but_space_and_punctuation_between_parts(text: str) -> None:
    told = "".join(part.text for part in parts(text))

    assert [letter for letter in told if letter.isalnum()] == [
        letter for letter in text if letter.isalnum()
    ]


@pytest.mark.parametrize("text", ["$$" * 5_000, "SELECT '" * 2_000, "DROP " + "'\"" * 4_000])
def test_a_text_made_to_be_hard_takes_no_time(text: str) -> None:
    started = time.monotonic()
    list(parts(": SELECT " + text))

    assert time.monotonic() - started < 2
