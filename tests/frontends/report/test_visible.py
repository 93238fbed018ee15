"""Text from outside, made safe to look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.frontends.report.visible import visible, visible_lines


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("shop.orders", "shop.orders"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("inno\u202ecent", "inno\\u202ecent"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("half \ud800", "half \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("two\nlines\r\nor\u2028more", "two lines or more"),
        ("👩‍👧 جدول 订单 é", "👩‍👧 جدول 订单 é"),
    ],
)
def test_what_acts_or_hides_is_spelled_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn"])))
def test_every_other_letter_stays(text: str) -> None:
    assert visible(text) == text


def test_what_is_to_be_copied_keeps_its_lines_and_its_room() -> None:
    assert visible_lines("SELECT *\n\tFROM t\r\n WHERE x = '\x1b'  ") == [
        "SELECT *",
        "    FROM t",
        " WHERE x = '\\x1b'",
    ]
