"""Spans of time, as a team promises them."""

import pytest

from fettle.model.calendar import Span


@pytest.mark.parametrize(
    ("text", "said", "iso"),
    [
        ("15m", "15m", "PT15M"),
        ("4h", "4h", "PT4H"),
        ("90 min", "1h 30m", "PT1H30M"),
        ("1d", "1d", "P1D"),
        ("3 days", "3d", "P3D"),
        ("1w", "1w", "P1W"),
        ("1w 2d 3h", "1w 2d 3h", "P9DT3H"),
        ("24h", "24h", "PT24H"),
    ],
)
def test_a_span_is_read_and_shown(text: str, said: str, iso: str) -> None:
    span = Span.parse(text)

    assert (str(span), span.iso) == (said, iso)
    assert Span.parse(said) == span


@pytest.mark.parametrize("text", ["", "0m", "soon", "1x", "-1h", "1h 1d"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        Span.parse(text)
