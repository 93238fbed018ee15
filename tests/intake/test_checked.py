"""What was found is filed when it is news, and ends only when it was seen to be gone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.checked import UNREACHABLE, UNSEEN, Judged, judged
from fettle.model.diagnosis import Accepted, Diagnosis, Heard, Outcome
from fettle.model.finding import Finding, Measurement, Note, Unknown
from fettle.model.severity import Severity
from fettle.model.signal import Signal
from fettle.model.target import Kind
from fettle.model.watched import Damping, Ended, Filed, Place, Watched

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PLACE = Place("main-db", "shop", critical=True)
NOTHING = Watched()
GAP = Unknown("permission denied", "GRANT pg_monitor TO fettle")


def finding(
    check: str = "index_unused", subject: str = "a", severity: Severity = Severity.MEDIUM
) -> Finding:
    return Finding(
        subject,
        severity,
        "it was never read",
        recommendations=("DROP INDEX a;",),
        check=check,
        category="database",
        title="An index is not used",
        impact="every write pays for it",
    )


def looked(*outcomes: Outcome, at: datetime = NOW) -> Diagnosis:
    return Diagnosis("main-db", at, timedelta(seconds=1), outcomes)


def found(*findings: Finding, at: datetime = NOW) -> Diagnosis:
    checks = dict.fromkeys(one.check for one in findings)
    return looked(
        Outcome("connections_full"),
        *(Outcome(check, tuple(f for f in findings if f.check == check)) for check in checks),
        at=at,
    )


def away(at: datetime = NOW) -> Diagnosis:
    gone = Unknown("nobody listens there", "check that it runs")
    return Diagnosis("main-db", at, timedelta(seconds=1), unreachable=gone)


ONE = judged(NOTHING, found(finding()), PLACE)
CLEAN = looked(Outcome("connections_full"), Outcome("index_unused"))


def only(signals: tuple[Signal, ...]) -> Signal:
    (signal,) = signals
    return signal


def test_a_finding_is_filed_with_what_is_known_of_it() -> None:
    signal = only(ONE.signals)

    assert (signal.source, signal.key, signal.firing) == ("checks/main-db", "index_unused:a", True)
    assert (signal.severity, signal.service) == (Severity.MEDIUM, "shop")
    assert signal.title == "An index is not used: a"
    assert signal.text == (
        "it was never read\n\nWhy it matters: every write pays for it\n\nWhat to do:\nDROP INDEX a;"
    )
    assert signal.labels == {
        "database": "main-db",
        "check": "index_unused",
        "subject": "a",
        "category": "database",
    }
    assert signal.group == "index_unused"


def test_what_goes_on_is_filed_again_after_hours_and_not_before() -> None:
    soon = judged(ONE.now, found(finding(), at=NOW + timedelta(hours=3)), PLACE)
    later = judged(ONE.now, found(finding(), at=NOW + timedelta(hours=4)), PLACE)
    again = judged(later.now, found(finding(), at=NOW + timedelta(hours=5)), PLACE)

    assert (soon.now.firing, soon.signals) == (ONE.now.firing, ())
    assert only(later.signals) == only(ONE.signals)
    assert again.signals == ()


def test_a_clock_that_is_put_back_files_nothing() -> None:
    assert judged(ONE.now, found(finding(), at=NOW - timedelta(days=1)), PLACE).signals == ()


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
def test_what_gets_worse_is_filed_at_once(severity: Severity) -> None:
    worse = judged(ONE.now, found(finding(severity=severity)), PLACE)

    assert only(worse.signals).severity is severity


def test_what_is_gone_ends() -> None:
    signal = only(judged(ONE.now, CLEAN, PLACE).signals)

    assert (signal.firing, signal.key, signal.source) == (
        False,
        "index_unused:a",
        "checks/main-db",
    )
    assert signal.title == "An index is not used: a"
    assert not judged(ONE.now, CLEAN, PLACE).now.firing


def test_what_is_less_bad_than_the_level_is_not_filed_and_ends() -> None:
    low = found(finding(severity=Severity.LOW))

    quiet = judged(NOTHING, low, PLACE)

    assert (quiet.now.firing, quiet.signals) == ({}, ())
    assert only(judged(ONE.now, low, PLACE).signals).text == "It is low now: it was never read"
    assert only(judged(NOTHING, low, replace(PLACE, level=Severity.LOW)).signals).firing


@pytest.mark.parametrize(
    "look",
    [
        looked(Outcome("connections_full")),  # it was not asked
        looked(Outcome("connections_full"), Outcome("index_unused", unknown=(GAP,))),
        looked(
            Outcome("connections_full"),
            Outcome("index_unused", (finding(subject="b"),), (GAP,)),
        ),
        away(),
    ],
)
def test_what_could_not_be_looked_at_ends_nothing(look: Diagnosis) -> None:
    after = judged(ONE.now, look, PLACE)

    assert "index_unused:a" in after.now.firing
    assert [signal.key for signal in after.signals if not signal.firing] == []


def test_what_is_found_beside_a_gap_is_filed() -> None:
    look = looked(Outcome("index_unused", (finding(subject="b"),), (GAP,)))

    assert only(judged(NOTHING, look, PLACE).signals).key == "index_unused:b"


def test_too_little_to_judge_by_is_clean() -> None:
    noted = looked(Outcome("index_unused", notes=(Note("the figures are an hour old"),)))

    assert not only(judged(ONE.now, noted, PLACE).signals).firing


def test_what_is_accepted_is_not_filed_and_ends() -> None:
    accepted = replace(
        found(finding()), accepted=(Accepted(finding(), "yearly report", date(2027, 1, 1)),)
    )

    quiet = judged(NOTHING, accepted, PLACE)

    assert (quiet.now.firing, quiet.signals) == ({}, ())
    assert only(judged(ONE.now, accepted, PLACE).signals).text == "It was accepted: yearly report"


def test_of_the_same_key_the_worst_counts() -> None:
    both = found(finding(), finding(severity=Severity.CRITICAL))

    assert only(judged(NOTHING, both, PLACE).signals).severity is Severity.CRITICAL


@pytest.mark.parametrize(("critical", "severity"), [(True, "critical"), (False, "high")])
def test_a_database_that_is_away_twice_is_trouble(critical: bool, severity: str) -> None:
    place = replace(PLACE, critical=critical)
    once = judged(NOTHING, away(), place)
    twice = judged(once.now, away(), place)
    thrice = judged(twice.now, away(), place)
    back = judged(thrice.now, CLEAN, place)

    assert (once.signals, thrice.signals) == ((), ())
    assert (once.soon, twice.soon) == (True, False)
    fired = only(twice.signals)
    assert (fired.key, str(fired.severity)) == (UNREACHABLE, severity)
    assert fired.title == "The database main-db cannot be reached"
    assert fired.text == "nobody listens there\n\nWhat to do: check that it runs"
    assert (only(back.signals).key, only(back.signals).firing) == (UNREACHABLE, False)
    assert (back.now.firing, back.now.missed) == ({}, 0)


def test_away_once_in_between_is_no_trouble() -> None:
    watched = NOTHING
    for look in (away(), CLEAN, away(), CLEAN, away()):
        after = judged(watched, look, PLACE)
        assert after.signals == ()
        watched = after.now


def test_a_database_of_which_nothing_is_seen_is_trouble_of_its_own() -> None:
    blind = looked(Outcome("index_unused", unknown=(GAP,)), Outcome("locks", unknown=(GAP,)))
    twice = judged(judged(NOTHING, blind, PLACE).now, blind, PLACE)
    gone = judged(twice.now, away(), PLACE)
    seen = judged(gone.now, CLEAN, PLACE)

    assert (only(twice.signals).key, only(twice.signals).severity) == (UNSEEN, Severity.MEDIUM)
    assert only(gone.signals).key == UNREACHABLE
    assert {(one.key, one.firing) for one in seen.signals} == {
        (UNREACHABLE, False),
        (UNSEEN, False),
    }


def test_what_others_have_filed_is_left_alone() -> None:
    other = Watched({"store_is_watched": Filed("a title", Severity.LOW, NOW)})

    assert judged(other, CLEAN, PLACE) == Judged(other)


# Damping

OUTSIDE = Place("stripe", "shop", kind=Kind.DEPENDENCY, damping=Damping(2, 3))


def after(looks: str, place: Place = OUTSIDE, watched: Watched = NOTHING) -> list[str]:
    """Look minute by minute: `x` finds it, `X` finds it worse, `~` almost, `.` clean, `?` unknown.

    Return what is filed at each look: `+` it began, `!` it is worse or less bad, `-` it ended.
    """
    seen = []
    for number, look in enumerate(looks):
        at = NOW + timedelta(minutes=number)
        made = {
            "x": found(finding("slow", severity=Severity.MEDIUM), at=at),
            "X": found(finding("slow", severity=Severity.HIGH), at=at),
            "~": looked(Outcome("slow", lingering=("slow:a",)), at=at),
            ".": looked(Outcome("slow"), at=at),
            "?": looked(Outcome("slow", unknown=(GAP,)), Outcome("other"), at=at),
        }[look]
        was = "slow:a" in watched.firing
        made_of = judged(watched, made, place)
        watched = made_of.now
        ends = [signal.firing for signal in made_of.signals]
        seen.append(" " if not ends else "-" if not ends[0] else "!" if was else "+")
    return seen


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ("x.x.x.", "      "),  # one look alone says nothing
        ("xx", " +"),
        ("x?x", "  +"),  # who could not look has seen neither
        ("xx..x...", " +     -"),  # gone must be gone
        ("xx.?.?.", " +    -"),
        ("xxXxX", " +   "),  # a peak is none of its own
        ("xxXX", " + !"),
        ("XXxx", " + !"),
        ("xX", " +"),
        ("xx????", " +    "),
        ("~~~~", "    "),  # what has not begun does not, below the level that raises it
        ("xx~~~~...", " +      -"),  # and what has goes on until the level that ends it
        ("xx..~..~...", " +        -"),
        ("xXX~x~x", " +     "),
    ],
)
def test_what_passes_is_not_told(looks: str, told: str) -> None:
    assert "".join(after(looks)) == told


def told_apart(probe: str, prometheus: str) -> Outcome:
    """Return what two sources tell: `x` shows it, `.` does not, `?` could not be asked."""
    told = {"probe": probe, "prometheus": prometheus}
    return Outcome(
        "slow",
        (finding("slow"),) if "x" in told.values() else (),
        (GAP,) if "?" in told.values() else (),
        heard=tuple(
            Heard(name, ("slow:a",) if said == "x" else (), whole=said != "?")
            for name, said in told.items()
        ),
    )


@pytest.mark.parametrize(
    ("probe", "prometheus", "told"),
    [
        ("xx...", "?????", " +  -"),  # who found it sees that it is gone
        ("?????...", "xx???...", " +     -"),  # another one sees nothing of it
        ("xx........", "xx?????...", " +       -"),  # both found it
        ("xx....", ".x?x?.", " +    "),
        ("x.x.x.", "??????", "      "),  # seen once is not seen twice in a row
        ("xx...", ".....", " +  -"),
    ],
)
def test_each_source_ends_what_it_found_whatever_another_cannot_say(
    probe: str, prometheus: str, told: str
) -> None:
    watched, seen = NOTHING, ""
    for number, said in enumerate(zip(probe, prometheus, strict=True)):
        look = looked(told_apart(*said), Outcome("other"), at=NOW + timedelta(minutes=number))
        made = judged(watched, look, OUTSIDE)
        watched = made.now
        seen += "".join("+" if one.firing else "-" for one in made.signals) or " "

    assert seen == told


def test_what_comes_and_goes_must_be_gone_for_longer_each_time() -> None:
    assert "".join(after("xx...xx...xx......x")) == " +  - +          - "
    assert "".join(after("xx...xx......xx............")) == " +  - +     - +           -"


def test_what_comes_back_after_a_day_is_new() -> None:
    ended = Ended(NOW - timedelta(hours=7), 3)

    assert "".join(after("xx...", watched=Watched(ended={"slow:a": ended}))) == " +  -"


def test_what_is_seen_first_is_looked_at_again_soon() -> None:
    once = judged(NOTHING, found(finding()), OUTSIDE)
    twice = judged(once.now, found(finding()), OUTSIDE)
    gap = looked(Outcome("index_unused", unknown=(GAP,)), Outcome("slow"))

    assert (once.soon, twice.soon, judged(once.now, gap, OUTSIDE).soon) == (True, False, False)


def test_where_nothing_is_known_of_a_dependency_it_is_not_said_to_be_down() -> None:
    blind = looked(Outcome("slow", unknown=(GAP,)))
    nothing = replace(away(), unreachable=Unknown("nothing says where it is watched"))
    for look in (blind, nothing):
        told = only(judged(Watched(missed=1), look, OUTSIDE).signals)
        assert (told.key, told.severity) == (UNSEEN, Severity.MEDIUM)
        assert told.title == "Nothing can be seen of the dependency stripe"


def test_a_signal_says_of_which_target_it_is_and_from_where_that_gives_no_answer() -> None:
    down = found(finding("dependency_unavailable", "stripe", Severity.HIGH))
    told = only(judged(NOTHING, down, replace(OUTSIDE, damping=Damping(), on="eu")).signals)

    assert (told.source, told.service) == ("checks/stripe", "shop")
    assert told.labels["dependency"] == "stripe"
    assert (told.labels["answer"], told.labels["on"]) == ("none", "eu")


OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(["a", "b"]),
    st.lists(
        st.builds(
            finding,
            check=st.just("a"),
            subject=st.sampled_from("xyz"),
            severity=st.sampled_from(Severity),
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.just(GAP), max_size=1).map(tuple),
)
LOOKS = st.lists(OUTCOMES, max_size=3).map(lambda outcomes: looked(*outcomes)) | st.just(away())


@given(st.lists(LOOKS), st.sampled_from([PLACE, OUTSIDE]))
def test_what_was_filed_and_not_ended_is_what_goes_on(looks: list[Diagnosis], place: Place) -> None:
    watched, told = NOTHING, dict[str, bool]()
    for number, look in enumerate(looks):
        at = NOW + timedelta(minutes=number)
        after = judged(watched, replace(look, started_at=at), place)
        for signal in after.signals:
            assert signal.firing or told[signal.key]  # nothing ends that has not begun
            told[signal.key] = signal.firing
        assert {key for key, firing in told.items() if firing} == set(after.now.firing)
        watched = after.now


def test_what_nobody_tells_of_is_over_after_a_day_and_not_before() -> None:
    begun = judged(Watched(), found(finding()), PLACE).now
    key = next(iter(begun.firing))
    check = key.partition(":")[0]
    other = Outcome("connections_full")

    def later(**span: float) -> Diagnosis:
        return looked(other, at=NOW + timedelta(**span))

    assert judged(begun, later(hours=23), PLACE, {check}).signals == ()
    assert judged(begun, later(days=3), PLACE, {"another"}).signals == ()
    ended = judged(begun, later(hours=25), PLACE, {check})
    assert "Nobody has told of it for a day" in only(ended.signals).text
    assert not ended.now.firing

    silence = Outcome(check, unknown=(Unknown("nobody tells"),), silent=True)
    known_missing = looked(other, silence, at=NOW + timedelta(hours=25))
    assert not judged(begun, known_missing, PLACE, {check}).now.firing
    cannot = looked(other, replace(silence, silent=False), at=NOW + timedelta(hours=25))
    assert judged(begun, cannot, PLACE, {check}).now.firing


def test_when_each_check_judged_something_is_kept_for_two_days() -> None:
    first = judged(
        Watched(),
        looked(Outcome("memory_high", measurements=(Measurement("used", 1, "a"),))),
        PLACE,
    ).now
    quiet = looked(Outcome("connections_full"), at=NOW + timedelta(hours=30))
    second = judged(first, quiet, PLACE).now
    third = judged(second, replace(quiet, started_at=NOW + timedelta(hours=50)), PLACE).now

    assert [dict(one.told) for one in (first, second, third)] == [{"memory_high": NOW}] * 2 + [{}]
