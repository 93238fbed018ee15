"""Whose turn it is: one person at every moment, across changes of the clocks too."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.model.team import Override, Rotation, Team

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]


def weekly(*overrides: Override) -> Rotation:
    return Rotation(("ada", "bob", "cyd"), BERLIN, date(2026, 3, 2), overrides=overrides)


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "member"),
    [
        (local(2026, 3, 2, 9), "ada"),
        (local(2026, 3, 9, 8, 59), "ada"),
        (local(2026, 3, 9, 9), "bob"),
        (local(2026, 3, 23, 9), "ada"),
        (local(2026, 3, 30, 8, 59), "ada"),  # the clocks went forward the day before
        (local(2026, 3, 30, 9), "bob"),
        (local(2026, 3, 2, 8, 59), "cyd"),  # before the first turn they are counted backwards
    ],
)
def test_turns_are_handed_over_at_the_local_time(moment: datetime, member: str) -> None:
    assert weekly().on_call(moment) == member


def test_an_override_counts_exactly_within_its_time() -> None:
    begins, ends = local(2026, 3, 3, 18), local(2026, 3, 4, 6)
    rotation = weekly(Override(begins, ends, "cyd"))
    second = timedelta(seconds=1)
    moments = (begins - second, begins, ends - second, ends)
    assert [rotation.on_call(moment) for moment in moments] == ["ada", "cyd", "cyd", "ada"]


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    """Draw any rotation."""
    members = tuple(draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True)))
    overrides = []
    for begins in draw(st.lists(moments, max_size=3)):
        length = timedelta(hours=draw(st.integers(1, 200)))
        overrides.append(Override(begins, begins + length, draw(st.sampled_from("xyz"))))
    return Rotation(
        members,
        draw(st.sampled_from(ZONES)),
        draw(st.dates(date(2025, 1, 1), date(2028, 1, 1))),
        draw(st.times()).replace(second=0, microsecond=0),
        draw(st.integers(1, 21)),
        tuple(overrides),
    )


@given(rotations(), moments, st.timedeltas(timedelta(minutes=1), timedelta(days=90)))
def test_shifts_leave_no_gap_and_say_who_is_on_call(
    rotation: Rotation, start: datetime, length: timedelta
) -> None:
    shifts = list(rotation.shifts(start, start + length))
    assert (shifts[0].start, shifts[-1].end) == (start, start + length)
    for one, following in pairwise(shifts):
        assert one.end == following.start
        assert one.member != following.member
    for shift in shifts:
        middle = shift.start + (shift.end - shift.start) / 2
        assert rotation.on_call(shift.start) == rotation.on_call(middle) == shift.member


def test_whole_turns_begin_and_end_where_they_do_whatever_time_is_looked_at() -> None:
    rotation = weekly(Override(local(2026, 3, 11, 12), local(2026, 3, 11, 18), "cyd"))
    begins = local(2026, 3, 9, 9)
    looked = [
        next(rotation.whole(at, at + timedelta(days=1)))
        for at in (begins, begins + timedelta(hours=1), local(2026, 3, 11, 11))
    ]
    assert {(one.start, one.end, one.member) for one in looked} == {
        (begins, local(2026, 3, 11, 12), "bob")
    }
    last = list(rotation.whole(begins, local(2026, 3, 28, 12)))[-1]
    # Berlin's clocks change on the 29th: the turn is an hour shorter, and whole
    assert (last.start, last.end) == (local(2026, 3, 23, 9), local(2026, 3, 30, 9))


@given(rotations(), moments, st.timedeltas(timedelta(minutes=1), timedelta(days=90)))
def test_whole_turns_are_those_of_the_time_without_its_cuts(
    rotation: Rotation, start: datetime, length: timedelta
) -> None:
    cut = list(rotation.shifts(start, start + length))
    whole = list(rotation.whole(start, start + length))
    assert [one.member for one in whole] == [one.member for one in cut]
    assert whole[0].start <= cut[0].start
    assert whole[-1].end >= cut[-1].end


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Rotation((), BERLIN, date(2026, 1, 1)), "at least one member"),
        (lambda: Rotation(("ada",), BERLIN, date(2026, 1, 1), days=0), "at least one day"),
        (
            lambda: weekly(Override(local(2026, 3, 3, 9), local(2026, 3, 3, 9), "bob")),
            "ends before it begins",
        ),
    ],
)
def test_a_rotation_that_makes_no_sense_is_refused(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=said):
        make()


def test_people_are_reached_by_what_they_are_called() -> None:
    team = Team(
        "web",
        {"ada": ("ada-phone", "ada-mail"), "bob": ("bob-phone",), "cyd": ()},
        ("web-chat",),
        rotation=weekly(),
    )
    at = local(2026, 3, 10, 12)
    assert team.reached("on-call", at) == ("bob-phone",)
    assert team.reached("team", at) == ("web-chat",)
    assert team.reached("everybody", at) == ("web-chat", "ada-phone", "ada-mail", "bob-phone")
    assert team.reached("ada", at) == ("ada-phone", "ada-mail")
    assert team.reached("zoe", at) == ()


def test_where_nobody_takes_turns_it_is_the_teams_turn() -> None:
    team = Team("web", {"ada": ("ada-mail",)})
    assert team.reached("on-call", datetime.now(UTC)) == ("ada-mail",)
    assert weekly().handover == time(9)
