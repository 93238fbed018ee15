"""Quantities: how they are read from settings and shown to people."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fettle.model.quantity import (
    Bytes,
    Ratio,
    iso_duration,
    parse_duration,
    say_count,
    say_duration,
    say_figure,
    say_growth,
    say_share,
)

lengths = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=36500))


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("80 %", 0.8), ("80%", 0.8), ("0.8", 0.8), (" 7.5 % ", 0.075), ("0", 0), ("150%", 1.5)],
)
def test_a_ratio_is_read(text: str, ratio: float) -> None:
    assert Ratio.parse(text) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (0.0, "0.0 %"),
        (0.004, "0.4 %"),
        (0.1, "10 %"),
        (0.8, "80 %"),
        (0.985, "98 %"),
        (0.995, "99.5 %"),  # not all of it, and said so
        (1.0, "100 %"),
        (3.21, "321 %"),
    ],
)
def test_a_ratio_is_said(ratio: float, said: str) -> None:
    assert str(Ratio(ratio)) == said


@pytest.mark.parametrize("text", ["", "%", "eighty", "80 %%", "8 0"])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words
        Ratio.parse(text)


@given(st.floats(0, 100))
def test_a_ratio_that_was_said_is_read_back_as_nearly_the_same(number: float) -> None:
    assert Ratio.parse(str(Ratio(number))) == pytest.approx(number, abs=0.0051)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("4096", 4096),
        ("1 B", 1),
        ("8kB", 8 * 1024),
        ("50 MiB", 50 * 1024**2),
        ("50MB", 50 * 1024**2),
        ("1.5 gib", 1536 * 1024**2),
        ("2TiB", 2 * 1024**4),
    ],
)
def test_an_amount_of_storage_is_read(text: str, amount: int) -> None:
    assert Bytes.parse(text) == amount


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (10 * 1024, "10 KiB"),
        (10 * 1024 - 1, "10 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (25 * 1024**3, "25 GiB"),
        (3000 * 1024**5, "3000 PiB"),
        (-2048, "-2.0 KiB"),
    ],
)
def test_an_amount_of_storage_is_said(amount: int, said: str) -> None:
    assert str(Bytes(amount)) == said


@pytest.mark.parametrize("text", ["", "MiB", "ten MiB", "10 miles", "-5 MiB", "1 MiB 2", "²"])
def test_what_is_no_amount_of_storage_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some are Python's own words
        Bytes.parse(text)


@given(st.integers(0, 2**60))
@example(1024**3 - 1)
def test_an_amount_that_was_said_is_read_back_as_nearly_the_same(amount: int) -> None:
    assert Bytes.parse(str(Bytes(amount))) == pytest.approx(amount, rel=0.06)


@given(st.integers(0, 2**63))
def test_plain_bytes_are_read_back_exactly(amount: int) -> None:
    assert Bytes.parse(f"{amount:d}") == amount


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1h 30m", 5400),
        ("1h30min", 5400),
        ("30 days", 30 * 86400),
        ("2 weeks", 14 * 86400),
        ("250ms", 0.25),
        ("15 µs", 0.000015),
        ("1.5 h", 5400),
        ("0s", 0),
        ("PT1H30M", 5400),
        ("P1DT0.5S", 86400.5),
        ("P2W", 14 * 86400),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", " ", "90", "s", "1 fortnight", "-5s", "1h 30", "P", "PT", "1h, 30m"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["9" * 12 + " days", f"P{'9' * 12}D", "9" * 400 + "s"])
def test_what_no_duration_holds_is_refused_as_well(text: str) -> None:
    with pytest.raises(ValueError, match="longer than anything lasts"):
        parse_duration(text)


def test_more_than_any_storage_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="more than any storage"):
        Bytes.parse("9" * 400 + " MB")


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(), "0 ms"),
        (timedelta(milliseconds=340), "340 ms"),
        (timedelta(milliseconds=999, microseconds=700), "1 s"),
        (timedelta(seconds=1), "1 s"),
        (timedelta(seconds=9.5), "9.5 s"),
        (timedelta(seconds=59.7), "1 min"),
        (timedelta(minutes=2, seconds=5), "2 min 5 s"),
        (timedelta(hours=2, minutes=5, seconds=40), "2 h 5 min"),
        (timedelta(hours=24), "1 d"),
        (timedelta(days=400, minutes=59), "400 d"),
        (-timedelta(seconds=90), "-1 min 30 s"),
    ],
)
def test_a_duration_is_said(duration: timedelta, said: str) -> None:
    assert say_duration(duration) == said


@given(lengths)
def test_a_duration_that_was_said_is_read_back_as_nearly_the_same(duration: timedelta) -> None:
    """Two units are said: the rest is at most a 24th, from days to hours."""
    seconds = duration.total_seconds()

    read = parse_duration(say_duration(duration)).total_seconds()

    assert read == pytest.approx(seconds, rel=0.05, abs=0.0006)


@given(lengths)
@example(timedelta(microseconds=1))
@example(timedelta(seconds=59, microseconds=999_999))
def test_a_duration_in_iso_8601_is_read_back_exactly(duration: timedelta) -> None:
    written = iso_duration(duration)

    assert "e" not in written
    assert parse_duration(written) == duration


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(), "PT0S"),
        (timedelta(hours=1, minutes=30), "PT1H30M"),
        (timedelta(days=2, seconds=1.5), "PT48H1.5S"),
        (timedelta(microseconds=20), "PT0.00002S"),
        (-timedelta(seconds=1), "PT0S"),
    ],
)
def test_a_duration_in_iso_8601(duration: timedelta, written: str) -> None:
    assert iso_duration(duration) == written


def test_a_number_of_things_is_said() -> None:
    assert say_count(1, "index", "indexes") == "1 index"
    assert say_count(3, "index", "indexes") == "3 indexes"
    assert say_count(1200, "row") == "1,200 rows"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.25, "s", "250 ms"),
        (3 * 1024**3, "bytes", "3.0 GiB"),
        (0.123, "ratio", "12 %"),
        (12, "connections", "12 connections"),
        (1.2345, "", "1.23"),
        (12_345.6, "", "12,346"),
    ],
)
def test_a_figure_is_said_in_its_unit(value: float, unit: str, said: str) -> None:
    assert say_figure(value, unit) == said


def test_a_share_is_written_in_one_way() -> None:
    assert (say_share(0.823), say_share(0.99899, 2), say_share(0)) == ("82 %", "99.90 %", "0 %")
    assert (say_growth(0.25), say_growth(-1)) == ("+25 %", "-100 %")


@pytest.mark.parametrize("ending", ["py", "html"])
def test_nobody_writes_a_share_otherwise(ending: str) -> None:
    own = re.compile(r":[^{}\s]*%\}|\}\} ?%(?!\})")
    told = {
        path.name: found
        for path in (Path(__file__).parents[2] / "src" / "fettle").rglob(f"*.{ending}")
        if "packages" not in path.parts and (found := own.findall(path.read_text()))
    }
    assert told == {}
