"""What is decided without looking at anything else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.engine import decide
from fettle.engine.backoff import Backoff
from fettle.engine.decide import Body, Ending, Next, Verdict
from fettle.engine.kept import as_kept
from fettle.engine.life import Life
from fettle.engine.pace import Pace
from fettle.model.run import RunRecord, RunState, StepRecord, StepState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = RunRecord(UUID(int=1), "task", "f", RunState.RUNNING, NOW)
STEP = StepRecord("s", 1, StepState.RUNNING, True, 1, 1, NOW)
LATER = NOW + timedelta(seconds=1)
STALE = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("kept", "comes"),
    [
        (None, Next.BEGIN),
        (replace(STEP, state=StepState.DONE), Next.ANSWER),
        (replace(STEP, state=StepState.FAILED), Next.FAIL),
        (STEP, Next.BEGIN),
        (replace(STEP, idempotent=False), Next.ASK),
        (replace(STEP, state=StepState.RETRYING, wake_at=LATER), Next.PAUSE),
        (replace(STEP, state=StepState.RETRYING, wake_at=NOW), Next.BEGIN),
        (replace(STEP, state=StepState.RETRYING, wake_at=NOW, idempotent=False), Next.BEGIN),
        (replace(STEP, state=StepState.WAITING, wake_at=LATER), Next.BEGIN),  # an upgrade came
    ],
)
def test_what_comes_of_a_step(kept: StepRecord | None, comes: Next) -> None:
    assert decide.on_step(kept, NOW) is comes


@given(retries=st.integers(0, 20))
def test_a_step_is_tried_once_and_as_often_again_as_was_said(retries: int) -> None:
    step, attempts = STEP, 0
    while step.state is not StepState.FAILED:
        attempts += 1
        begun = replace(step, attempts=attempts, state=StepState.RUNNING)
        step = decide.after_failure(begun, "no", retries, timedelta(seconds=1), NOW)
        assert (step.wake_at == LATER) is (step.state is StepState.RETRYING)
    assert attempts == retries + 1


@given(ending=st.sampled_from([None, *Ending]), body=st.sampled_from(Body), cut=st.booleans())
def test_every_go_has_a_verdict(ending: Ending | None, body: Body, cut: bool) -> None:
    verdict = decide.verdict(ending, body, cut=cut)

    assert (verdict is Verdict.NOTHING) is (ending is Ending.LOST)
    if verdict is Verdict.DONE:
        assert body is Body.RETURNED
        assert not cut
    if cut and ending is not Ending.LOST:
        assert verdict is Verdict.UNSURE
    if verdict in {Verdict.BACK, Verdict.WAIT, Verdict.CANCELLED}:  # only for its own reason
        reasons = {
            Verdict.BACK: Ending.STOPPING,
            Verdict.WAIT: Ending.WAITS,
            Verdict.CANCELLED: Ending.CANCELLED,
        }
        assert ending is reasons[verdict]


@pytest.mark.parametrize(
    ("run", "steps", "state"),
    [
        (RUN, [STEP], None),
        (replace(RUN, cancel_requested_at=NOW), [], RunState.CANCELLED),
        (replace(RUN, cancel_requested_at=NOW), [STEP], RunState.CANCELLED),
        (
            replace(RUN, cancel_requested_at=NOW),
            [replace(STEP, idempotent=False)],
            RunState.UNSURE,
        ),
        (
            replace(RUN, cancel_requested_at=NOW),
            [replace(STEP, idempotent=False, state=StepState.DONE)],
            RunState.CANCELLED,
        ),
        (replace(RUN, attempts=decide.MOST_ATTEMPTS), [], None),
        (replace(RUN, attempts=decide.MOST_ATTEMPTS + 1), [], RunState.FAILED),
    ],
)
def test_a_run_that_does_not_go_on(
    run: RunRecord, steps: list[StepRecord], state: RunState | None
) -> None:
    ends = decide.at_once(run, steps)

    assert (ends[0] if ends else None) is state


@given(
    attempt=st.integers(1, 10_000),
    chance=st.floats(0, 1, exclude_max=True),
    jitter=st.floats(0, 1),
)
def test_pauses_double_up_to_the_longest(attempt: int, chance: float, jitter: float) -> None:
    backoff = Backoff(timedelta(seconds=1), timedelta(minutes=5), jitter)
    whole = min(2 ** min(attempt - 1, 20), 300)

    pause = backoff.pause(attempt, lambda: chance).total_seconds()

    assert whole * (1 - jitter) - 0.001 <= pause <= whole


@given(gaps=st.lists(st.integers(10, 12_000), min_size=1, max_size=40))
def test_only_who_lived_all_the_while_may_judge_others(gaps: list[int]) -> None:
    life, moments = Life(STALE), [NOW]
    life.shown(NOW)
    for gap in gaps:
        moments.append(moments[-1] + timedelta(milliseconds=gap))
        life.shown(moments[-1])

    unbroken = moments[-1]
    for earlier, later in reversed([*pairwise(moments)]):
        if later - earlier > STALE / 2:
            break
        unbroken = earlier
    judges = moments[-1] - unbroken >= STALE
    assert life.judges_until == (moments[-1] + STALE / 2 if judges else None)


def test_who_has_shown_no_life_may_not_judge() -> None:
    assert Life(STALE).judges_until is None


@pytest.mark.parametrize("set_by", [timedelta(hours=-1), timedelta(hours=1)])
def test_who_sees_the_stores_clock_set_judges_again_when_others_have_had_the_time(
    set_by: timedelta,
) -> None:
    life, beat = Life(STALE), STALE / 5
    for number in range(10):
        life.shown(NOW + number * beat)
    before = life.judges_until
    after = []
    for number in range(6):
        life.shown(NOW + set_by + number * beat)
        after.append(life.judges_until is not None)

    assert before is not None
    assert after == [False] * 5 + [True]


def test_a_beat_may_come_late_and_another_be_lost() -> None:
    with pytest.raises(ValueError, match="three beats"):
        Pace(beat=timedelta(seconds=4), stale=timedelta(seconds=10))
    pace = Pace()
    assert pace.stale + pace.again + 3 * pace.beat < timedelta(seconds=30)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_what_is_kept_is_what_is_kept_again(value: object) -> None:
    kept = as_kept(value)

    assert as_kept(kept) == kept


def test_what_a_jsonb_cannot_hold_is_kept_without_it() -> None:
    assert as_kept({"a\0": ("b\ud800", 1)}) == {"a\ufffd": ["b\ufffd", 1]}


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"bytes", NOW])
def test_what_cannot_be_kept_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        as_kept(value)
