"""What a run of a task does next: never what it must not, and always to an end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.maintenance import course
from fettle.maintenance.course import Begin, Busy, End, GoOn, Leave, Rest, Standing, next_move
from fettle.model.task import AskPerson, Automation, Procedure, RunCommand, RunOwn, TaskStep
from fettle.model.task_run import (
    Opened,
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    WaitsFor,
)

AT = datetime(2026, 1, 6, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPENED = Opened(datetime(2026, 1, 6, 3), AT, AT + HOUR, AT + 2 * HOUR)  # noqa: DTZ001 - local
NEXT = Opened(OPENED.local, AT + 24 * HOUR, AT + 25 * HOUR, AT + 26 * HOUR)
LOOK = TaskStep("look", RunOwn(), idempotent=True)
ACT = TaskStep("act", RunCommand(("true",)))
TELL = TaskStep("tell", AskPerson("tell them"))


def run(automation: Automation = Automation.FULL, opened: Opened | None = OPENED) -> TaskRun:
    return TaskRun(
        UUID(int=1),
        1,
        "care",
        "Care",
        "performance",
        str(automation),
        opened,
        "fettle",
        None,
        (),
        {},
        TaskRunState.RUNNING,
        60,
        AT,
    )


def standing(
    steps: Sequence[TaskStep],
    *stands: StepStand,
    of: TaskRun | None = None,
    now: datetime = AT,
    **more: object,
) -> Standing:
    rows = [
        StepRun(number, Part.STEP, step.name, stand, says=_says(step, stand))
        for number, (step, stand) in enumerate(zip(steps, stands, strict=True), 1)
    ]
    goes_on = bool(more.pop("goes_on", False))
    procedure = Procedure(tuple(steps), continue_on_error=goes_on)
    return Standing(of or run(), rows, procedure, now, **more)  # type: ignore[arg-type]


def _says(step: TaskStep, stand: StepStand) -> str | None:
    return None if stand is StepStand.PENDING else f"{step.name} says"


P, R, OK, BAD, LOST = (
    StepStand.PENDING,
    StepStand.RUNNING,
    StepStand.PASSED,
    StepStand.FAILED,
    StepStand.UNSURE,
)


def begins(move: object) -> int | None:
    return move.step.number if isinstance(move, Begin) else None


def waits(move: object) -> WaitsFor | None:
    return move.waits_for if isinstance(move, Rest) else None


def ends(move: object) -> TaskRunState | None:
    return move.state if isinstance(move, End) else None


def test_steps_are_done_one_after_the_other() -> None:
    assert begins(next_move(standing([LOOK, ACT], P, P))) == 1
    assert next_move(standing([LOOK, ACT], R, P)) == Busy()
    assert begins(next_move(standing([LOOK, ACT], OK, P))) == 2
    assert ends(next_move(standing([LOOK, ACT], OK, OK))) is TaskRunState.PASSED


def test_what_could_not_be_checked_is_not_passed() -> None:
    move = next_move(standing([LOOK, ACT], StepStand.UNKNOWN, OK))
    assert move == End(TaskRunState.UNKNOWN, "“look” could not check: look says")


def test_a_step_that_failed_leaves_the_rest_unless_the_procedure_goes_on() -> None:
    assert next_move(standing([LOOK, ACT], BAD, P)) == Leave("“look” failed: look says")
    assert begins(next_move(standing([LOOK, ACT], BAD, P, goes_on=True))) == 2
    assert ends(next_move(standing([LOOK, ACT], BAD, OK, goes_on=True))) is TaskRunState.FAILED
    assert ends(next_move(standing([LOOK, ACT], BAD, StepStand.LEFT))) is TaskRunState.FAILED


def test_a_cut_off_step_waits_for_a_person_unless_the_run_is_cancelled() -> None:
    assert waits(next_move(standing([LOOK, ACT], OK, LOST))) is WaitsFor.UNSURE
    cancelled = replace(run(), cancelled_by="ada", cancelled_because="enough")
    move = next_move(standing([ACT], LOST, of=cancelled))
    assert move == End(TaskRunState.CANCELLED, "ada has cancelled it: enough")


@pytest.mark.parametrize(
    ("automation", "steps", "stands", "expected"),
    [
        (Automation.FULL, [ACT], [P], None),
        (Automation.PARTIAL, [LOOK, ACT], [P, P], None),
        (Automation.PARTIAL, [LOOK, ACT], [OK, P], WaitsFor.APPROVAL),
        (Automation.PARTIAL, [TELL, ACT], [P, P], WaitsFor.PERSON),
        (Automation.MANUAL, [LOOK], [P], WaitsFor.APPROVAL),
        (Automation.MANUAL, [TELL], [P], WaitsFor.PERSON),
        (Automation.FULL, [TELL], [P], WaitsFor.PERSON),
    ],
)
def test_a_person_says_what_is_theirs_to_say(
    automation: Automation,
    steps: list[TaskStep],
    stands: list[StepStand],
    expected: WaitsFor | None,
) -> None:
    assert waits(next_move(standing(steps, *stands, of=run(automation)))) is expected


def test_one_approval_holds_for_all_that_acts_in_a_partial_task() -> None:
    at = standing([ACT, ACT], P, P, of=run(Automation.PARTIAL))
    upto = course.approves(at, at.steps[0])
    approved = replace(run(Automation.PARTIAL), approved_upto=upto)
    assert begins(next_move(standing([ACT, ACT], OK, P, of=approved))) == 2


def test_one_approval_holds_for_one_step_in_a_manual_task() -> None:
    at = standing([ACT, ACT], P, P, of=run(Automation.MANUAL))
    approved = replace(run(Automation.MANUAL), approved_upto=course.approves(at, at.steps[0]))
    assert begins(next_move(standing([ACT, ACT], P, P, of=approved))) == 1
    assert waits(next_move(standing([ACT, ACT], OK, P, of=approved))) is WaitsFor.APPROVAL


def test_nothing_begins_after_the_cutoff() -> None:
    late = next_move(standing([LOOK], P, now=OPENED.cutoff))
    assert late == Leave("it did not begin, and nothing does after 2026-01-06 03:00 UTC")
    assert begins(next_move(standing([LOOK, ACT], OK, P, now=OPENED.cutoff))) == 2


def test_what_was_skipped_lets_nothing_begin_after_the_cutoff() -> None:
    skipped = standing([LOOK, ACT], StepStand.SKIPPED, P, now=OPENED.cutoff)
    assert isinstance(next_move(skipped), Leave)
    assert begins(next_move(replace(skipped, now=AT))) == 2


def test_what_no_worker_took_before_its_window_closed_says_so() -> None:
    at = standing([LOOK, ACT], OK, P, now=OPENED.end, following=NEXT)
    untaken = replace(at.steps[1], says="no worker with the label web took it")
    rest = next_move(replace(at, steps=[at.steps[0], untaken]))
    assert isinstance(rest, Rest)
    assert "“act”: no worker with the label web took it; it goes on" in rest.says


def test_a_window_that_closes_stops_a_run_which_goes_on_in_the_next() -> None:
    at = standing([LOOK, ACT], OK, P, now=OPENED.end, following=NEXT)
    assert (waits(next_move(at)), next_move(at).until) == (  # type: ignore[union-attr]
        WaitsFor.WINDOW,
        NEXT.start,
    )
    assert next_move(replace(at, now=NEXT.start)) == GoOn(NEXT)
    gone = next_move(replace(at, following=None))
    assert isinstance(gone, Leave)
    assert "does not open again" in gone.says


def test_what_nobody_approved_lapses() -> None:
    partial = run(Automation.PARTIAL)
    at = standing([LOOK, ACT], OK, P, of=partial, now=OPENED.end, following=NEXT)
    left = next_move(at)
    assert isinstance(left, Leave)
    after = standing([LOOK, ACT], OK, StepStand.LEFT, of=partial, now=OPENED.end)
    assert ends(next_move(after)) is TaskRunState.LAPSED


def test_nothing_begins_in_a_blackout_but_what_somebody_wants_now() -> None:
    assert waits(next_move(standing([LOOK], P, blackout="#1 is p1"))) is WaitsFor.BLACKOUT
    now = standing([LOOK], P, of=run(opened=None), blackout="#1 is p1", now=AT + 99 * HOUR)
    assert begins(next_move(now)) == 1


def test_what_needs_the_downtime_waits_for_it() -> None:
    down = replace(ACT, needs_downtime=True)
    hours = (AT + HOUR / 2, AT + HOUR)
    assert waits(next_move(standing([down], P, downtime=hours))) is WaitsFor.DOWNTIME
    begun = standing([LOOK, down], OK, P, downtime=hours, now=AT + 0.6 * HOUR)
    assert begins(next_move(begun)) == 2
    assert begins(next_move(standing([LOOK], P, downtime=hours))) == 1


@pytest.mark.parametrize(
    ("late", "begins_still"),
    [
        ({}, True),
        ({"now": AT + HOUR}, False),
        ({"now": AT + HOUR, "downtime": (AT, AT + HOUR), "of": run(opened=None)}, True),
        ({"now": AT + HOUR / 2, "downtime": (AT, AT + HOUR / 2)}, False),
        ({"blackout": "frozen: the launch"}, False),
        ({"of": replace(run(), paused_by="ada")}, False),
    ],
)
def test_what_a_worker_takes_late_begins_only_where_nothing_holds_it(
    late: dict[str, Any], begins_still: bool
) -> None:
    at = standing([replace(ACT, needs_downtime=True), LOOK], P, P, **late)
    assert course.may_begin(at, at.steps[0]) is begins_still


def test_a_first_step_that_was_cut_off_goes_on_in_the_next_window() -> None:
    at = standing([LOOK], P, now=OPENED.end, following=NEXT)
    cut_off = replace(at, steps=[replace(at.steps[0], started_at=AT)])
    assert isinstance(next_move(at), Leave)
    assert waits(next_move(cut_off)) is WaitsFor.WINDOW


def test_a_paused_run_stops_before_its_next_step() -> None:
    paused = replace(run(), paused_by="ada")
    assert waits(next_move(standing([LOOK, ACT], OK, P, of=paused))) is WaitsFor.PAUSED
    assert next_move(standing([LOOK, ACT], R, P, of=paused)) == Busy()


def test_a_paused_run_lapses_with_its_window() -> None:
    paused = replace(run(), paused_by="ada")
    late = standing([LOOK, ACT], OK, P, of=paused, now=OPENED.end, following=NEXT)
    assert next_move(late) == Leave(
        "ada has paused it, and nobody let it go on before its window closed at "
        "2026-01-06 04:00 UTC"
    )
    left = standing([LOOK, ACT], OK, StepStand.LEFT, of=paused, now=OPENED.end)
    assert ends(next_move(left)) is TaskRunState.LAPSED


@pytest.mark.parametrize(
    ("step", "automation", "waits_for", "why"),
    [
        (ACT, Automation.PARTIAL, WaitsFor.APPROVAL, "nobody approved “act” within a day"),
        (TELL, Automation.MANUAL, WaitsFor.PERSON, "nobody did “tell” within a day"),
    ],
)
def test_outside_of_its_window_a_run_waits_a_day_for_a_person_after_each_step(
    step: TaskStep, automation: Automation, waits_for: WaitsFor, why: str
) -> None:
    outside = run(automation, opened=None)
    done_at = AT + 20 * HOUR
    at = standing([LOOK, step], OK, P, of=outside, now=AT + 30 * HOUR)
    looked = replace(at, steps=[replace(at.steps[0], finished_at=done_at), at.steps[1]])
    assert next_move(at) == Leave(why)
    found = next_move(looked)
    assert isinstance(found, Rest)
    assert (found.waits_for, found.until) == (waits_for, done_at + 24 * HOUR)
    left = standing([LOOK, step], OK, StepStand.LEFT, of=outside)
    assert ends(next_move(left)) is TaskRunState.LAPSED


def test_outside_of_its_window_a_run_begins_nothing_where_another_one_works() -> None:
    taken = standing([ACT], P, of=run(opened=None), taken="run 7 has not ended")
    assert next_move(taken) == Rest(WaitsFor.BLACKOUT, "run 7 has not ended")


def test_what_was_done_is_taken_back_and_looked_at_before_a_run_ends() -> None:
    at = standing([ACT, LOOK], BAD, StepStand.LEFT)
    undo = StepRun(course.UNDO, Part.UNDO, "take back")
    look = StepRun(course.VALIDATION, Part.VALIDATION, "compare")
    whole = replace(at, steps=(*at.steps, undo, look))
    assert begins(next_move(whole)) == course.UNDO
    undone = replace(at, steps=(*at.steps, replace(undo, state=OK), look))
    assert begins(next_move(undone)) == course.VALIDATION


def test_what_fixes_did_is_taken_back_when_the_last_step_failed_or_something_is_worse() -> None:
    last = standing([ACT], BAD, undoable=True)
    assert next_move(last) == Leave("“act” failed: act says")
    worse = StepRun(course.VALIDATION, Part.VALIDATION, "compare", BAD, says="worse than before")
    done = standing([ACT], OK, undoable=True)
    whole = replace(done, steps=(*done.steps, worse))
    assert next_move(whole) == Leave("“compare” failed: worse than before")
    assert ends(next_move(replace(whole, undoable=False))) is TaskRunState.FAILED
    assert ends(next_move(standing([ACT], OK, undoable=True))) is TaskRunState.PASSED


def test_a_precheck_that_does_not_pass_refuses_the_run() -> None:
    check = StepRun(course.PRECHECK, Part.PRECHECK, "check", BAD, says="it is away")
    at = standing([ACT], StepStand.LEFT)
    move = next_move(replace(at, steps=(check, *at.steps)))
    assert move == End(TaskRunState.REFUSED, "nothing was done: it is away")


@given(
    st.sampled_from(list(Automation)),
    st.lists(st.sampled_from([LOOK, ACT, TELL]), min_size=1, max_size=5),
    st.booleans(),
    st.data(),
)
def test_every_run_comes_to_an_end(
    automation: Automation, steps: list[TaskStep], goes_on: bool, data: st.DataObject
) -> None:
    at = standing(steps, *[P] * len(steps), of=run(automation), goes_on=goes_on, following=NEXT)
    for _ in range(60):
        move = next_move(at)
        if isinstance(move, End):
            assert all(one.state.over for one in at.steps)
            return
        at = _after(at, move, data)
    pytest.fail("it goes on for ever")


def _after(at: Standing, move: object, data: st.DataObject) -> Standing:  # noqa: C901 - what may be
    """Return how a run stands after something that may happen then."""
    match move:
        case Begin(step):
            assert at.now < (at.run.opened or OPENED).end, "it begins outside of its window"
            said = data.draw(st.sampled_from([OK, OK, OK, BAD, StepStand.UNKNOWN, LOST]))
            at = _with(at, step.number, said)
        case Rest(waits_for) if waits_for is WaitsFor.UNSURE:
            cut = next(one for one in at.steps if one.state is LOST)
            at = _with(at, cut.number, data.draw(st.sampled_from([OK, BAD, P])))
        case Rest(waits_for) if waits_for is WaitsFor.PERSON:
            next_ = next(one for one in at.steps if one.state is P)
            at = _with(at, next_.number, data.draw(st.sampled_from([OK, BAD, StepStand.SKIPPED])))
        case Rest(waits_for) if waits_for is WaitsFor.APPROVAL:
            next_ = next(one for one in at.steps if one.state is P)
            if data.draw(st.booleans()):
                at = replace(at, run=replace(at.run, approved_upto=course.approves(at, next_)))
            else:
                at = replace(at, now=OPENED.end)
        case Rest(_, _, until):
            assert until is not None
            at = replace(at, now=until)
        case GoOn(opened):
            at = replace(at, run=replace(at.run, opened=opened), following=None)
        case Leave(says):
            for one in at.steps:
                if one.state is P:
                    at = _with(at, one.number, StepStand.LEFT, says)
    if data.draw(st.integers(0, 9)) == 0:
        at = replace(at, now=at.now + HOUR)
    return at


def _with(at: Standing, number: int, state: StepStand, says: str = "so") -> Standing:
    steps = [
        replace(one, state=state, says=says) if one.number == number else one for one in at.steps
    ]
    return replace(at, steps=steps)
