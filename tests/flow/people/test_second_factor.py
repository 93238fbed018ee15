"""Codes as RFC 6238 has them, within the time that clocks may be off, and no other."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.flow.people import second_factor
from fettle.flow.people.second_factor import STEP_S, code_at, fitting, step_of

SECRET = b"12345678901234567890"
MOMENTS = st.integers(10**9, 7 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_it_says_what_the_standards_table_says(at: int, code: str) -> None:
    """RFC 6238, appendix B, SHA-1; the last six of its eight digits."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)

    assert code_at(SECRET, step_of(moment)) == code


@given(MOMENTS, st.integers(-4, 4))
def test_a_code_fits_in_its_step_and_its_neighbours(now: datetime, away: int) -> None:
    step = step_of(now) + away
    found = fitting(SECRET, code_at(SECRET, step), now)

    if abs(away) <= 1:
        assert found is not None
        assert found >= step
    else:
        near = {code_at(SECRET, step_of(now) + near) for near in (-1, 0, 1)}
        assert (found is None) == (code_at(SECRET, step) not in near)


@given(MOMENTS, st.integers(0, STEP_S))
def test_a_clock_may_be_half_a_minute_off(now: datetime, off: int) -> None:
    assert fitting(SECRET, code_at(SECRET, step_of(now - timedelta(seconds=off))), now) is not None
    assert fitting(SECRET, code_at(SECRET, step_of(now + timedelta(seconds=off))), now) is not None


@given(st.text(max_size=12))
def test_what_is_no_code_fits_never(text: str) -> None:
    moment = datetime.fromtimestamp(59, UTC)
    plain = "".join(text.split())

    assert (fitting(SECRET, text, moment) is not None) == (
        plain in {code_at(SECRET, step) for step in (0, 1, 2)}
    )


def test_the_picture_says_who_and_where() -> None:
    address = second_factor.address(SECRET, "ada@x.example", "ops.example")

    assert address == (
        "otpauth://totp/Fettle%20ops.example:ada@x.example"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fettle%20ops.example"
    )
