"""Reading: which signs stand in a text, which are denied, over or imagined, and how many people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.triage import signs
from fettle.triage.phrases import Phrases, spelled_out
from fettle.triage.reading import merged, plain, read
from fettle.triage.signs import TROUBLE, Sign
from fettle.triage.words import LISTS, PHRASES

PLACES = (
    *(Sign.WHOLE, Sign.ALL, Sign.MANY, Sign.SOME, Sign.ONE, Sign.PAYMENT, Sign.DATABASE),
    *(Sign.BUSINESS, Sign.SCREEN, Sign.LOAD),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda sign: sign.name)
def test_words_that_say_where_hide_no_trouble(place: Sign) -> None:
    trouble = {
        words[0]
        for sign in TROUBLE
        for words in spelled_out(PHRASES[sign], LISTS)
        if len(words) == 1
    }
    hiding = {
        " ".join(words)
        for words in spelled_out(PHRASES[place], LISTS)
        if trouble.intersection(plain(words)[0]) and read(" ".join(words)).signs.keys() == {place}
    }

    assert hiding == set()


@pytest.mark.parametrize("sign", Sign, ids=lambda sign: sign.name)
def test_every_sign_has_phrases_and_says_itself(sign: Sign) -> None:
    assert list(spelled_out(PHRASES[sign], LISTS))
    assert sign.value


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("no outage", Sign.NO),
        ("without any downtime", Sign.NO),
        ("mail works again, no outage", Sign.NO),
        ("all is well, there is no outage", Sign.NO),
        ("the outage was resolved", Sign.OVER),
        ("Outage. It affected mail. Now resolved.", Sign.OVER),
        ("a fire drill with an outage", Sign.REHEARSED),
        ("update the docs on the outage", Sign.DOCUMENT),
        ("outage. This is a test.", Sign.PRETENCE),
        ("could you add errors to the list", Sign.ASKED),
    ],
)
def test_trouble_that_is_none_is_told_apart(text: str, because: Sign) -> None:
    reading = read(text)

    assert not reading.trouble
    assert {dismissed.because for dismissed in reading.dismissed} == {because}


@pytest.mark.parametrize(
    "text",
    [
        "no mail, outage",
        "resolved yesterday. Outage again",
        "no reason is known for this total and complete outage",
        "thought resolved, but the outage goes on",
        "not a drill: outage",
        "the docs are fine. Outage.",
    ],
)
def test_trouble_beside_it_stands(text: str) -> None:
    assert read(text).has(Sign.OUTAGE)


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("1,200 users", 1200),
        ("1.200 customers", 1200),
        ("12k accounts are affected", 12000),
        ("3 of our 500 paying customers", 500),
        ("error 500 for users", 500),  # a number before people counts; better too many
        ("500 internal server error", None),
        ("users", None),
        ("9999999999999999999 users", None),
        ("٣٤ users", None),
    ],
)
def test_people_are_counted(text: str, users: int | None) -> None:
    assert read(text).users == users


@given(st.lists(st.text(max_size=60), max_size=4))
def test_several_texts_say_what_each_says(texts: list[str]) -> None:
    readings = [read(text) for text in texts]

    together = merged(readings)

    assert set(together.signs) == {sign for reading in readings for sign in reading.signs}


@given(st.lists(st.sampled_from(["a", "b", "c", "7"]), max_size=12))
def test_the_longest_phrase_counts_and_none_overlaps(words: list[str]) -> None:
    phrases = Phrases([(("a",), 1), (("a", "b"), 2), (("a", "b", "c"), 3), (("b", "#"), 4)])

    found = list(phrases.found(words))

    ends = [at + length for at, length, _ in found]
    assert all(end <= at for end, (at, _, _) in zip(ends, found[1:], strict=False))
    for at, length, (meaning,) in found:
        assert length == {1: 1, 2: 2, 3: 3, 4: 2}[meaning]
        assert not (meaning == 1 and words[at : at + 2] == ["a", "b"])


def test_patterns_are_spelled_out() -> None:
    assert list(spelled_out("a|b |c, {x} d", {"x": "1|2"})) == [
        ("a",), ("a", "c"), ("b",), ("b", "c"), ("1", "d"), ("2", "d"),
    ]  # fmt: skip


def test_a_sign_by_itself_is_the_one_of_its_name() -> None:
    assert {sign.name: getattr(signs, sign.name) for sign in Sign} == dict(Sign.__members__)
