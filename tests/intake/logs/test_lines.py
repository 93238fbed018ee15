"""A line is read without what stands before its message, and with its values left out."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.logs.lines import Reader, message_of, spelled


@pytest.mark.parametrize(
    "line",
    [
        "Payment failed for order 7",
        "2026-11-27 02:38:11,123 ERROR Payment failed for order 7",
        "2026-11-27T02:38:11.123456Z [error] Payment failed for order 7",
        "2026-11-27T02:38:11+01:00 INFO  [exec-1] c.e.Checkout: Payment failed for order 7",
        "2026-11-27 02:38:11.123 UTC [4242] ERROR:  Payment failed for order 7",
        "[2026-11-27 02:38:11] production.ERROR: Payment failed for order 7",
        "[Fri Nov 27 02:38:11 2026] [error] Payment failed for order 7",
        "Nov 27 02:38:11 web-1 shop[4242]: Payment failed for order 7",
        "<134>Nov 27 02:38:11 web-1 shop: Payment failed for order 7",
        "2026-11-27T02:38:11.123456+00:00 web-1 shop[4242]: Payment failed for order 7",
        "26/11/27 02:38:11 INFO shop.Checkout: Payment failed for order 7",
        "261127 023811 148 INFO shop.Checkout$Pay: Payment failed for order 7",
        "27/Nov/2026:02:38:11 +0000 - Payment failed for order 7",
        "2026-11-27 02:38:11,747 - WARN  [Peer[id=1]/0:0:21:Pay@774] - Payment failed for order 7",
    ],
)  # fmt: skip
def test_the_message_is_what_is_behind_time_level_and_place(line: str) -> None:
    assert message_of(line) == "Payment failed for order 7"


@pytest.mark.parametrize(
    "line", ["", "2026-11-27 02:38:11", "error: it failed", "Nov the first", "\x00\x01 binary"]
)
def test_a_line_that_is_nothing_else_is_all_message(line: str) -> None:
    assert message_of(line) == line


def test_a_line_of_binary_is_one_value() -> None:
    noise = random.Random(7)
    read = {Reader().words(noise.randbytes(300).decode("utf-8", "replace")) for _ in range(200)}
    assert read == {("<*>",)}


@pytest.mark.parametrize(
    "line",
    [
        "\x1b[31mpayment\x1b[0m failed\tfor\torder",
        "оплата не прошла".encode("cp1251").decode("utf-8", "replace"),
        "payment failed".encode("utf-16-le").decode(),
    ],
)
def test_what_is_text_in_any_way_is_no_binary(line: str) -> None:
    assert len(Reader().words(line)) > 1


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("order 7 of customer 8", "order <*> of customer <*>"),
        ("from 10.0.0.1 and fe80::1", "from <*> and <*>"),
        ("read /var/log/app.log twice", "read <*> twice"),
        ("sent to mail.shop.example", "sent to <*>"),
        ("uid=0 tty=ssh ruser= rhost=far", "uid <*> tty <*> ruser rhost <*>"),
        ("user root logged in", "user <*> logged in"),
        ("took 5 ms (93.0 MB)", "took <*>"),
        ("ids [1, 2, 3] sent", "ids <*> sent"),
        ("ids [1] sent", "ids <*> sent"),
        ("on Fri Jun 17 07:07:00 2026 at noon", "on <*> at noon"),
        ("size:12 state:open", "size <*> state open"),
        ("read and/or written", "read and/or written"),
        ("it ended.", "it ended"),
    ],
)
def test_values_are_told_by_how_they_look(message: str, words: str) -> None:
    assert " ".join(Reader().words(message)) == words


@given(st.text(max_size=200))
def test_where_words_stand_agrees_with_what_they_are(message: str) -> None:
    said = spelled(message)

    assert tuple(word.said for word in said) == Reader().words(message)
    assert all(word.start < word.end <= len(message) for word in said)
    assert all(one.end <= other.start for one, other in pairwise(said))


@pytest.mark.parametrize("part", ["1", "1.", "f0", "a."])
def test_a_long_word_is_gone_through_once(part: str) -> None:
    """One that went back over it for each of its digits would be at it for days."""
    assert len(Reader().words(part * 200_000 + "!")) >= 1
