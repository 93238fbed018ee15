"""What a rehearsal tries next, and what it comes to."""

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from fettle.model.rehearsal import Judged, TestsState, Trial, Verdict, Wanted
from fettle.model.update import Ecosystem, Package
from fettle.updates.rehearsal import TryNext, next_of

Tested = Callable[[frozenset[str]], TestsState]
_MOST = 200


def wanting(*names: str, groups: dict[str, str] | None = None) -> list[Wanted]:
    group_of = groups or {}
    return [
        Wanted(
            name, Package(Ecosystem.PYPI, name), "2", "uv.lock", "1", group=group_of.get(name, "")
        )
        for name in names
    ]


def rehearsed(
    wanted: Sequence[Wanted], tested: Tested, base: Sequence[bool] = (True,)
) -> tuple[Judged, list[Trial]]:
    """Try what is to be tried until there is a verdict; `base` is how what is there fares."""
    trials: list[Trial] = []
    bases = [*base, *[base[-1]] * 5]
    for _ in range(_MOST):
        step = next_of(wanted, trials)
        if isinstance(step, Judged):
            return step, trials
        trials.append(_tried(step, tested, bases))
    raise AssertionError("it never ends")


def _tried(step: TryNext, tested: Tested, bases: list[bool]) -> Trial:
    if not step.members:
        state = TestsState.PASSED if bases.pop(0) else TestsState.FAILED
        return Trial((), state, "" if state is TestsState.PASSED else "1 failed")
    state = tested(frozenset(step.members))
    return Trial(step.members, state, "" if state == "passed" else "boom", ",".join(step.members))


def failing_with(*bad: str) -> Tested:
    return lambda members: TestsState.FAILED if members & {*bad} else TestsState.PASSED


def test_what_passes_together_is_tested_once() -> None:
    judged, trials = rehearsed(wanting("a", "b", "c"), failing_with())

    assert [trial.members for trial in trials] == [(), ("a", "b", "c")]
    assert judged.verdict is Verdict.PASSED
    assert judged.landed == ("a", "b", "c")
    assert judged.commit == "a,b,c", "what is applied is what was tested"


def test_of_a_group_that_fails_the_good_ones_land_together() -> None:
    names = [f"p{number}" for number in range(16)]
    judged, trials = rehearsed(wanting(*names), failing_with("p11"))

    assert judged.verdict is Verdict.PARTLY
    assert set(judged.landed) == {*names} - {"p11"}
    assert judged.commit == ",".join(judged.landed), "they were tested as this very whole"
    assert judged.left == {"p11": "tests fail: boom"}
    assert len(trials) <= 2 + 2 * 4 + 1


def test_what_goes_only_without_the_other_is_left_out() -> None:
    def tested(members: frozenset[str]) -> TestsState:
        return TestsState.FAILED if members >= {"a", "d"} else TestsState.PASSED

    judged, _ = rehearsed(wanting("a", "b", "c", "d"), tested)

    assert judged.landed == ("a", "b", "c")
    assert set(judged.left) == {"d"}


def test_those_of_one_group_are_tried_as_one() -> None:
    """What goes only with the other is found to be good."""

    def tested(members: frozenset[str]) -> TestsState:
        apart = ("a" in members) != ("d" in members)
        return TestsState.FAILED if apart or "b" in members else TestsState.PASSED

    judged, _ = rehearsed(wanting("a", "b", "c", "d", groups={"a": "g", "d": "g"}), tested)

    assert judged.landed == ("a", "c", "d")
    assert judged.left == {"b": "tests fail: boom"}


def test_a_bad_one_of_a_group_holds_up_none_of_the_others() -> None:
    groups = {"a": "g", "c": "g", "d": "g"}

    judged, _ = rehearsed(wanting("a", "b", "c", "d", groups=groups), failing_with("c"))

    assert judged.landed == ("a", "b", "d")
    assert judged.left == {"c": "tests fail: boom"}


def test_what_cannot_be_raised_is_no_failure_of_the_tests() -> None:
    def tested(members: frozenset[str]) -> TestsState:
        return TestsState.UNRAISED if "b" in members else TestsState.PASSED

    judged, trials = rehearsed(wanting("a", "b"), tested)

    assert judged.left == {"b": "it cannot be raised: boom"}
    assert sum(not one.members for one in trials) == 1, "what is there was tested once"


def test_tests_that_fail_before_the_update_judge_nothing() -> None:
    judged, trials = rehearsed(wanting("a"), failing_with(), base=[False])

    assert judged.verdict is Verdict.UNJUDGED
    assert judged.says.startswith("the tests fail on what is there already")
    assert [one.members for one in trials] == [(), ()], "nothing was raised"


def test_tests_that_fail_at_times_are_said_to() -> None:
    at_first, _ = rehearsed(wanting("a"), failing_with(), base=[False, True])
    later, _ = rehearsed(wanting("a"), failing_with("a"), base=[True, False])

    for judged in (at_first, later):
        assert judged.verdict is Verdict.UNJUDGED
        assert "both pass and fail" in judged.says
        assert not judged.landed


def test_when_nothing_is_good_nothing_lands() -> None:
    judged, _ = rehearsed(wanting("a", "b"), failing_with("a", "b"))

    assert (judged.verdict, judged.landed, judged.commit) == (Verdict.FAILED, (), None)


@given(
    st.integers(1, 12),
    st.frozensets(st.integers(0, 11)),
    st.frozensets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=4),
    st.dictionaries(st.integers(0, 11).map(str), st.sampled_from("gh"), max_size=6),
)
def test_what_lands_was_tested_as_a_whole_and_nothing_good_is_left_out(
    count: int, bad: frozenset[int], pairs: frozenset[tuple[int, int]], groups: dict[str, str]
) -> None:
    def tested(members: frozenset[str]) -> TestsState:
        numbers = {int(member) for member in members}
        fails = numbers & bad or any({*pair} <= numbers for pair in pairs)
        return TestsState.FAILED if fails else TestsState.PASSED

    judged, trials = rehearsed(wanting(*map(str, range(count)), groups=groups), tested)

    landed = frozenset(judged.landed)
    assert {*judged.landed, *judged.left} == {*map(str, range(count))}
    if landed:
        assert tested(landed) is TestsState.PASSED
        assert judged.commit == ",".join(judged.landed)
    for member in judged.left:
        assert tested(landed | {member}) is TestsState.FAILED, f"{member} goes with the rest"
    tried = [one.members for one in trials if one.members]
    assert len(tried) == len(set(tried)), "nothing is tried twice"
