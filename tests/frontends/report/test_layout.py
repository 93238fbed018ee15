"""Lines of a width."""

from hypothesis import given
from hypothesis import strategies as st

from fettle.frontends.report import cells
from fettle.frontends.report.blocks import Column, Grid
from fettle.frontends.report.layout import fitting

LETTERS = st.text(st.sampled_from("ab 订é👩"), max_size=80)


@given(LETTERS, st.integers(2, 40))
def test_wrapping_loses_no_word_and_fits(text: str, room: int) -> None:
    lines = cells.wrap(text, room)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cells.width(line) <= room for line in lines)


@given(LETTERS, st.integers(1, 40))
def test_what_is_cut_fits(text: str, room: int) -> None:
    assert cells.width(cells.cut(text, room)) <= room


def test_east_asian_letters_and_emoji_take_two_cells() -> None:
    assert [cells.width(text) for text in ("ab", "订单", "é", "e\u0301", "🧾")] == [2, 4, 1, 1, 2]


def grid(*rows: tuple[str, ...]) -> Grid:
    return Grid(tuple(Column(f"c{n}") for n in range(len(rows[0]))), rows)


def test_a_table_that_fits_is_as_wide_as_its_content() -> None:
    assert fitting(grid(("shop.orders", "12")), 40) == [11, 2]


def test_the_widest_column_gives_way() -> None:
    assert fitting(grid(("shop.orders", "some words " * 10)), 40) == [11, 27]


def test_a_table_whose_words_do_not_fit_is_none() -> None:
    assert fitting(grid(("shop.orders", "AccessExclusiveLock", "RowExclusiveLock")), 40) is None
