"""Messages say the same whatever values are in them, and keep the programme's own names."""

import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.intake.errors.masks import MASK, masked

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)
HEXADECIMAL = st.text("0123456789abcdef", min_size=12, max_size=40)
VALUES = st.one_of(
    st.integers().map(str),
    st.floats(-1e9, 1e9).map(lambda number: f"{number:.3f}"),
    st.integers(0).map(hex),
    HEXADECIMAL.filter(lambda text: text.strip("0123456789") != ""),
    st.uuids().map(str),
    st.ip_addresses(v=4).map(str),
    st.tuples(st.ip_addresses(v=4), st.integers(1, 65535)).map(lambda two: f"{two[0]}:{two[1]}"),
    st.dates().map(str),
    st.datetimes().map(lambda at: at.isoformat()),
    st.datetimes().map(lambda at: f"{at:%a, %d %b %Y %H:%M:%S GMT}"),
    st.tuples(WORDS, WORDS).map(lambda two: f"{two[0]}@{two[1]}.example"),
    st.tuples(WORDS, WORDS).map(lambda two: f"https://{two[0]}.example/{two[1]}?q=1"),
    st.tuples(WORDS, WORDS).map(lambda two: f"/{two[0]}/{two[1]}.txt"),
    st.tuples(WORDS, WORDS).map(lambda two: f"C:\\{two[0]}\\{two[1]}.txt"),
    WORDS.map(lambda word: f"{word}.csv"),
    st.tuples(WORDS, st.integers(0)).map(lambda two: f"{two[0]}_{two[1]}"),
    st.tuples(WORDS, st.integers(0)).map(lambda two: f"{two[0]}-{two[1]}-x"),
    st.lists(st.integers(0), max_size=5).map(str),
    st.dictionaries(WORDS, st.integers() | st.none()).map(json.dumps),
    st.integers(0, 99).map(lambda number: f"{number}%"),
    st.integers(0).map(lambda number: f"{number}ms"),
)
PLACES = [
    "order {} failed",
    "bad thing ({}) seen",
    "owner={} failed",
    "failed: {}",
    "{}: failed",
    "failed [{}] now",
    "got {}, expected {}",
    "lock {} held by {}",
    "failed after {}.",
]


@given(st.sampled_from(PLACES), VALUES, VALUES)
def test_whatever_value_stands_there_it_says_the_same(place: str, one: str, other: str) -> None:
    expected = place.replace("({})", MASK).replace("[{}]", MASK).replace("{}", MASK)

    assert masked(place.format(one, other)) == expected


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("user 'ann' is gone", "user * is gone"),
        ("'NoneType' object has no attribute 'total'", None),
        ("module 'shop.tax' has no attribute 'rate'", None),
        ("cannot import name 'a_b' from 'shop.x'", "cannot import name 'a_b' from *"),
        ('relation "orders_2024_01" does not exist', "relation 'orders_*_*' does not exist"),
        ("Invalid column name 'Totl'.", None),
        ("duplicate entry 'ann' for key 'users.email'", "duplicate entry * for key 'users.email'"),
        ("undefined method `price' for nil:NilClass", "undefined method 'price' for nil"),
        ("undefined method 'x' for #<Cart:0x01>", "undefined method 'x' for an instance of Cart"),
        ("has no attribute 'totl'. Did you mean: 'total'?", "has no attribute 'totl'"),
        ("Key (email)=(a (b) c) already exists", "Key (email)=* already exists"),
        ("1 item is late", "* item is late"),
        ("2 entries were late", "* entry were late"),
        ("took 1h 30m", "took *"),
        ("ids: 1, 2, 3", "ids: *"),
        ("can't read, doesn't matter", None),
        ("I/O error and/or EOF", None),
        ("\x1b[31mred\x1b[0m", "red"),
        ("sync of %(shop)s took %.2f s", "sync of * took * s"),
        ("what\n\nhappened\nhere: 12\nlast", "what happened last"),
        ("at line\nLINE 1: SELECT 1\n        ^", "at line"),
        ("", ""),
        ("\n \n", ""),
    ],
)
def test_what_is_left_of_a_message(message: str, says: str | None) -> None:
    assert masked(message) == (message if says is None else says)


def test_a_name_that_the_source_spells_is_kept() -> None:
    assert masked("no such state 'draft'", "raise ValueError(\"no such state 'draft'\")") == (
        "no such state 'draft'"
    )
    assert masked("no such state 'draft'", 'raise ValueError(f"no such state {x!r}")') == (
        "no such state *"
    )
