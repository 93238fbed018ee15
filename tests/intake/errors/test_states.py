"""How bugs come to stand otherwise: by events, by time, by deploys, by people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fettle.errors import Refused
from fettle.intake.errors import states
from fettle.intake.errors.releases import is_newer
from fettle.intake.errors.states import Changed, News
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, GroupState, Muting, ResolvedBy
from fettle.testing import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENT = ErrorEvent(UUID(int=1), START, release="1.0.0")
RELEASES = ["1.0.0", "1.1.0", "1.2.0"]
NEW = states.first(UUID(int=2), EVENT, START, "KeyError: 'x'", "shop.cart:total").group
OLD = replace(NEW, first_seen=START - 30 * DAY, state=GroupState.ONGOING)


def came(
    group: ErrorGroup, at: datetime, release: str | None = "1.0.0", said: datetime | None = None
) -> Changed:
    event = replace(EVENT, at=said or at, release=release)
    return states.on_event(group, event, at, RELEASES)


def resolved(by: ResolvedBy = ResolvedBy.NOW, release: str | None = "1.1.0") -> ErrorGroup:
    return states.resolve(OLD, START, "user:ada", by, release).group


def muted(**until: object) -> ErrorGroup:
    return states.mute(OLD, Muting(START, "user:ada", **until)).group  # type: ignore[arg-type]


def hours(*counts: int, until: datetime = START) -> Mapping[datetime, int]:
    """Return counts by hour, the last of which is the hour of `until`."""
    return {until - HOUR * back: count for back, count in enumerate(reversed(counts)) if count}


def test_an_unknown_bug_is_new_and_that_is_news() -> None:
    made = states.first(UUID(int=2), EVENT, START, "t", "c")

    assert (made.group.state, made.news, made.group.events) == (GroupState.NEW, News.NEW, 1)
    assert (made.group.first_release, made.group.last_release) == ("1.0.0", "1.0.0")


def test_a_bug_is_new_for_a_week() -> None:
    assert came(NEW, START + 6 * DAY).group.state is GroupState.NEW
    assert came(NEW, START + 7 * DAY).group.state is GroupState.ONGOING
    assert states.on_hour(NEW, {}, START + 7 * DAY).group.state is GroupState.ONGOING


def test_each_event_counts_in_whatever_order_they_come() -> None:
    group = came(NEW, START + DAY, "1.2.0").group
    group = came(group, START - DAY, "1.1.0").group

    assert group.events == 3
    assert (group.first_seen, group.last_seen) == (START - DAY, START + DAY)
    assert (group.first_release, group.last_release) == ("1.0.0", "1.2.0")


def test_what_happens_after_it_was_resolved_shows_that_it_was_not() -> None:
    found = came(resolved(), START + HOUR)

    assert (found.group.state, found.news) == (GroupState.REGRESSED, News.REGRESSED)
    assert found.was is GroupState.RESOLVED
    assert found.why == f"it happened after {START:%Y-%m-%d %H:%M} UTC"


def test_what_was_on_its_way_when_it_was_resolved_shows_nothing() -> None:
    found = came(resolved(), START + HOUR, said=START - HOUR)

    assert (found.group.state, found.news) == (GroupState.RESOLVED, None)


def test_a_clock_that_is_years_ahead_is_not_believed() -> None:
    group = replace(resolved(), events=9)

    assert came(group, START, said=START + 3650 * DAY).group.state is GroupState.RESOLVED


@pytest.mark.parametrize(
    ("release", "comes_back"),
    [("1.0.0", False), ("1.1.0", False), ("1.2.0", True), ("1.10.0", True), (None, False)],
)
def test_only_a_newer_release_shows_that_the_next_one_did_not_help(
    release: str | None, comes_back: bool
) -> None:
    found = came(resolved(ResolvedBy.NEXT_RELEASE), START + DAY, release)

    assert (found.news is News.REGRESSED) == comes_back
    assert (
        not comes_back or found.why == f"it happened in {release}, and was to be gone after 1.1.0"
    )


def test_by_deploy_nothing_shows_anything_until_one_went_live() -> None:
    group = resolved(ResolvedBy.DEPLOY)

    assert came(group, START + DAY).group.state is GroupState.RESOLVED
    assert states.on_deploy(group, START - HOUR).group == group
    live = states.on_deploy(group, START + HOUR).group
    assert came(live, START + 2 * HOUR, said=START).group.state is GroupState.RESOLVED
    assert came(live, START + 2 * HOUR).news is News.REGRESSED


def test_a_deploy_changes_nothing_else() -> None:
    for group in (NEW, OLD, muted(), resolved(), resolved(ResolvedBy.NEXT_RELEASE)):
        assert states.on_deploy(group, START + DAY) == Changed(group)


def test_a_bug_has_come_back_for_a_week() -> None:
    back = came(resolved(), START + HOUR).group

    assert came(back, START + 6 * DAY).group.state is GroupState.REGRESSED
    settled = states.on_hour(back, {}, START + 8 * DAY)
    assert (settled.group.state, settled.news) == (GroupState.ONGOING, None)
    assert settled.group.resolution is None


def test_muted_until_a_moment() -> None:
    group = muted(until=START + DAY)

    assert came(group, START + HOUR).group.state is GroupState.MUTED
    for ended in (came(group, START + DAY), states.on_hour(group, {}, START + DAY)):
        assert (ended.group.state, ended.group.muting) == (GroupState.ONGOING, None)
        assert ended.news is None


def test_muted_until_so_many_events() -> None:
    group = muted(events=3)

    group = came(group, START + HOUR, said=START - HOUR).group  # from before it was muted
    group = came(came(group, START + HOUR).group, START + HOUR).group
    assert group.state is GroupState.MUTED
    ended = came(group, START + HOUR)
    assert (ended.group.state, ended.news) == (GroupState.ESCALATING, News.ESCALATING)


def test_muted_until_so_many_an_hour() -> None:
    group = muted(events_an_hour=100)
    later = START + 2 * HOUR

    assert states.on_hour(group, hours(999), START).group.state is GroupState.MUTED
    assert states.on_hour(group, hours(999, 99, until=later), later) == Changed(group)
    ended = states.on_hour(group, hours(100, until=later), later)
    assert (ended.group.state, ended.news) == (GroupState.ESCALATING, News.ESCALATING)
    assert ended.why == "100 came in this hour"


def test_far_more_than_usual_escalates() -> None:
    usual = [3, 0, 5, 8] * 40

    found = states.on_hour(OLD, hours(*usual, 24), START + HOUR / 2)
    assert (found.group.state, found.news) == (GroupState.ESCALATING, News.ESCALATING)
    assert found.why == "24 in this hour; usually at most 8 come in one"
    assert states.on_hour(OLD, hours(*usual, 23), START) == Changed(OLD)


def test_few_are_never_too_many() -> None:
    assert states.on_hour(OLD, hours(20), START).news is None
    assert states.on_hour(OLD, hours(21), START).news is News.ESCALATING


def test_what_peaks_every_day_is_usual() -> None:
    day = [5] * 21 + [400, 900, 400]

    assert states.on_hour(OLD, hours(*day * 6, *day[:22], 900), START).news is None
    assert states.on_hour(OLD, hours(*day * 6, *day[:22], 1900), START).news is News.ESCALATING


def test_of_a_bug_that_is_known_for_less_than_a_day_nothing_is_usual() -> None:
    assert states.on_hour(NEW, hours(10**6, until=START + DAY), START + DAY).news is None
    later = START + 26 * HOUR
    assert states.on_hour(NEW, hours(10**6, until=later), later).news is News.ESCALATING


def test_of_hours_that_nobody_knows_nothing_is_usual() -> None:
    peak = hours(50, *[0] * 22, 50)  # each day one hour has many, as far as that is known

    assert states.on_hour(OLD, peak, START).news is News.ESCALATING
    assert states.on_hour(OLD, peak, START, START - DAY).news is None
    assert states.on_hour(OLD, hours(*[50] * 23, 101), START, START - 2 * DAY).news is not None


@pytest.mark.parametrize(("known", "state"), [(DAY, GroupState.NEW), (8 * DAY, GroupState.ONGOING)])
def test_what_was_known_elsewhere_is_no_news(known: timedelta, state: GroupState) -> None:
    event = ErrorEvent(UUID(int=1), START, since=START - known)

    made = states.first(UUID(int=2), event, START, "KeyError", "total")

    assert (made.news, made.group.state, made.group.first_seen) == (None, state, START - known)


def test_events_that_were_only_counted_count() -> None:
    later = START + DAY

    counted = states.on_count(OLD, 7, OLD.first_seen - DAY, later).group
    assert (counted.events, counted.last_seen) == (OLD.events + 7, later)
    assert counted.first_seen == OLD.first_seen - DAY
    muted = states.mute(OLD, Muting(START, "ada", events=10)).group
    quiet = states.on_count(muted, 9, START, later)
    assert (quiet.news, quiet.group.muting) == (None, Muting(START, "ada", events=1))
    assert states.on_count(quiet.group, 1, START, later).news is News.ESCALATING


def test_it_goes_on_when_it_is_calm_again() -> None:
    group = states.on_hour(OLD, hours(50), START).group

    assert states.on_hour(group, hours(50, 9, 9), START).group.state is GroupState.ESCALATING
    calm = states.on_hour(group, hours(50, 9, 9, 10), START)
    assert (calm.group.state, calm.news) == (GroupState.ONGOING, None)


def test_what_stays_becomes_usual() -> None:
    group = replace(OLD, state=GroupState.ESCALATING)

    assert states.on_hour(group, hours(*[500] * 5), START).group.state is GroupState.ESCALATING
    assert states.on_hour(group, hours(*[500] * 6), START).group.state is GroupState.ONGOING


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda: states.resolve(resolved(), START, "a", ResolvedBy.NOW, None), "resolved already"),
        (lambda: states.resolve(OLD, START, "a", ResolvedBy.NEXT_RELEASE, None), "no release"),
        (lambda: states.reopen(OLD, START, "a"), "open: it is ongoing"),
        (lambda: states.mute(resolved(), Muting(START, "a")), "is resolved"),
        (lambda: muted(until=START), "has passed"),
        (lambda: muted(events=0), "0 events"),
        (lambda: muted(events_an_hour=-1), "-1 events"),
        (lambda: states.unmute(OLD, START, "a"), "not muted: it is ongoing"),
    ],
)
def test_what_may_not_be_done_is_refused(act: Callable[[], object], why: str) -> None:
    with pytest.raises(Refused, match=why):
        act()


def test_people_move_it() -> None:
    fixed = states.resolve(muted(), START, "user:ada", ResolvedBy.NOW, None)
    assert (fixed.group.state, fixed.news) == (GroupState.RESOLVED, News.RESOLVED)
    assert fixed.group.muting is None
    assert fixed.why == "user:ada has resolved it"
    opened = states.reopen(fixed.group, START, "user:ada")
    assert (opened.was, opened.group.state) == (GroupState.RESOLVED, GroupState.ONGOING)
    assert opened.group.resolution is None
    heard = states.unmute(muted(events=2), START, "user:ada")
    assert (heard.group.state, heard.group.muting) == (GroupState.ONGOING, None)


MOMENTS = st.integers(-10, 40).map(lambda days: START + days * DAY / 2)
NAMES = st.sampled_from(["1.0.0", "1.1.0-rc.1", "1.1.0", "1.1.0+7", "shop@2.0", "3f9c1d0", None])
STEPS = st.one_of(
    st.tuples(st.just("event"), MOMENTS, MOMENTS, NAMES),
    st.tuples(st.just("hour"), MOMENTS, st.integers(0, 200)),
    st.tuples(st.just("deploy"), MOMENTS),
    st.tuples(st.just("resolve"), MOMENTS, st.sampled_from(ResolvedBy), NAMES),
    st.tuples(st.just("mute"), MOMENTS, st.integers(1, 3)),
    st.tuples(st.sampled_from(["reopen", "unmute"]), MOMENTS),
)
ORDER = ["shop@2.0", "1.0.0", "3f9c1d0", "1.1.0", "1.1.0-rc.1", "1.1.0+7"]


def step(group: ErrorGroup, taken: Sequence[object]) -> Changed:
    match taken:
        case ["reopen" | "unmute" as act, datetime() as at]:
            return getattr(states, act)(group, at, "a")  # type: ignore[no-any-return]
        case ["event", datetime() as at, datetime() as said, str() | None as release]:
            event = replace(EVENT, at=said, release=release)
            return states.on_event(group, event, at, ORDER)
        case ["hour", datetime() as at, int() as number]:
            return states.on_hour(group, {at.replace(minute=0): number}, at)
        case ["deploy", datetime() as at]:
            return states.on_deploy(group, at)
        case ["resolve", datetime() as at, ResolvedBy() as by, str() | None as release]:
            return states.resolve(group, at, "a", by, release)
        case ["mute", datetime() as at, int() as events]:
            return states.mute(group, Muting(at, "a", at + DAY, events, 50))
    raise AssertionError(taken)


def walked(steps: Sequence[Sequence[object]]) -> list[Changed]:
    """Return what each step makes of the group; one that is refused changes nothing."""
    found = [Changed(NEW)]
    for one in steps:
        try:
            found.append(step(found[-1].group, one))
        except Refused:
            found.append(Changed(found[-1].group))
    return found


@given(st.lists(STEPS, max_size=30))
def test_whatever_happens_a_group_stands_as_it_says(steps: list[tuple[object, ...]]) -> None:
    events = 1
    for changed, one in zip(walked(steps)[1:], steps, strict=True):
        events += one[0] == "event"
        group = changed.group
        assert group.events == events
        assert (group.muting is not None) == (group.state is GroupState.MUTED)
        assert group.resolution is None or group.state in (
            GroupState.RESOLVED,
            GroupState.REGRESSED,
            GroupState.ESCALATING,
        )
        assert group.state is not GroupState.RESOLVED or group.resolution is not None
        assert (changed.news is not None) <= (changed.was is not group.state)
        assert changed.was is None or changed.why


@given(st.lists(STEPS, max_size=30))
def test_muting_ends_once(steps: list[tuple[object, ...]]) -> None:
    muted_now = ended = begun = 0
    for before, after in zip(walked(steps), walked(steps)[1:], strict=False):
        one, other = (each.group.state is GroupState.MUTED for each in (before, after))
        begun += other and not one
        ended += one and not other
        muted_now = other
    assert begun - ended == muted_now


@given(st.lists(st.tuples(MOMENTS, NAMES), max_size=20), NAMES.filter(bool))
def test_no_older_release_shows_that_the_next_one_did_not_help(
    events: list[tuple[datetime, str | None]], newest: str
) -> None:
    group = states.resolve(OLD, START, "a", ResolvedBy.NEXT_RELEASE, newest).group
    for at, release in events:
        changed = step(group, ["event", at, at, release])
        newer = release is not None and is_newer(release, newest, ORDER)
        if group.state is GroupState.RESOLVED:
            assert (changed.news is News.REGRESSED) == newer
        group = changed.group


@given(
    st.lists(st.tuples(MOMENTS, NAMES), min_size=2, max_size=4),
    st.sampled_from([NEW, OLD, resolved(), resolved(ResolvedBy.NEXT_RELEASE), muted(events=2)]),
)
def test_the_order_of_what_is_received_at_once_changes_nothing(
    events: list[tuple[datetime, str | None]], group: ErrorGroup
) -> None:
    at = max(said for said, _ in events)
    ends = set()
    for order in permutations(events):
        now = group
        for said, release in order:
            now = step(now, ["event", at, said, release]).group
        ends.add((now.state, now.events, now.muting, now.last_seen))
    assert len(ends) == 1


def test_every_state_is_reached() -> None:
    reached = {
        NEW.state,
        OLD.state,
        resolved().state,
        muted().state,
        came(resolved(), START + HOUR).group.state,
        states.on_hour(OLD, hours(99), START).group.state,
    }
    assert reached == set(GroupState)


@pytest.mark.parametrize(
    ("release", "than", "newer"),
    [
        ("1.10.0", "1.9.9", True),
        ("shop@1.10.0", "shop@1.9.9", True),
        ("v2.0", "1.9.9", True),
        ("1.2", "1.2.0", False),
        ("1.2.0-rc.1", "1.2.0", False),
        ("1.2.0-rc.10", "1.2.0-rc.9", True),
        ("1.2.0-rc", "1.2.0-7", True),
        ("2026.11.2", "2026.9.30", True),
        ("b", "a", False),  # by the order in which they were seen
        ("a", "b", True),
        ("a", "a", False),
        ("never seen", "a", True),
        ("b", "gone", True),
        ("admin@1.0", "shop@9.0", False),
    ],
)
def test_which_release_is_newer(release: str, than: str, newer: bool) -> None:
    seen = ["admin@1.0", "b", "a", "shop@9.0", "1.2", "1.2.0"]
    if (release, than) == ("1.2", "1.2.0"):
        seen.reverse()
        newer = True  # the same version twice: the one that came later
    assert is_newer(release, than, seen) == newer
