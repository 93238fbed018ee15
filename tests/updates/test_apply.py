"""What may be applied, and what is to be done about an application that was cut off."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fettle.errors import Outdated, Refused
from fettle.model.rehearsal import (
    HowApplied,
    Isolation,
    Judged,
    LiveTree,
    Proof,
    Recovery,
    Rehearsal,
    RunState,
    Stage,
    TestsState,
    Trial,
    UpdateRun,
    Verdict,
    Wanted,
    body_of,
    message_of,
)
from fettle.model.update import Ecosystem, Package
from fettle.updates.apply import asked_for, refuse_undone, refuse_unfit

WANTED = tuple(
    Wanted(name, Package(Ecosystem.PYPI, name), "2", "uv.lock", "1") for name in ("a", "b")
)
PASSED = Rehearsal(
    "r", "shop", "/srv/shop", "base", WANTED, "cli:ada", Isolation.BUBBLEWRAP,
    datetime(2026, 11, 1, tzinfo=UTC), (), Judged(Verdict.PASSED, ("a", "b"), {}, "tested"),
    number=7,
)  # fmt: skip


RUN = UpdateRun(
    "u", "r", "shop", "/srv/shop", HowApplied.COMMIT, "base", "tested", WANTED, "cli:ada",
    datetime(2026, 11, 1, tzinfo=UTC), RunState.DONE, branch="fettle/update-7", number=7,
)  # fmt: skip


@pytest.mark.parametrize(
    ("run", "undone"),
    [
        (RUN, True),
        (replace(RUN, state=RunState.FAILED), True),  # its branch is here, and went no further
        (replace(RUN, state=RunState.FAILED, how=HowApplied.IN_PLACE, branch=None), False),
        (replace(RUN, state=RunState.REFUSED), False),
        (replace(RUN, state=RunState.UNDONE), False),
        (replace(RUN, undoes="other"), False),
    ],
)
def test_what_left_something_can_be_taken_back(run: UpdateRun, *, undone: bool) -> None:
    if undone:
        refuse_undone(run)
    else:
        with pytest.raises(Refused, match="there is nothing to take back"):
            refuse_undone(run)


def test_what_passed_is_applied_on_the_very_tree_that_was_rehearsed() -> None:
    assert refuse_unfit(PASSED, LiveTree("base")) == "tested"


@pytest.mark.parametrize(
    ("rehearsal", "live", "why"),
    [
        (replace(PASSED, judged=None), LiveTree("base"), "has not ended"),
        (
            replace(PASSED, judged=Judged(Verdict.UNJUDGED, says="the tests fail")),
            LiveTree("base"),
            "did not pass: the tests fail",
        ),
        (PASSED, LiveTree("another"), "has moved since"),
        (PASSED, LiveTree("base", ("app.py",)), "not committed: app.py"),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    rehearsal: Rehearsal, live: LiveTree, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        refuse_unfit(rehearsal, live)


def test_a_tree_that_moved_is_told_apart_from_one_that_is_dirty() -> None:
    with pytest.raises(Outdated):
        refuse_unfit(PASSED, LiveTree("another", ("app.py",)))


def test_only_what_was_tested_as_this_whole_answers() -> None:
    alone = replace(PASSED, judged=Judged(Verdict.PARTLY, ("a",), {"b": "…"}, "a"), number=6)

    assert asked_for([PASSED, alone], ["a"]).number == 6
    assert asked_for([PASSED, alone], ["b", "a"]).number == 7
    with pytest.raises(Refused, match="passed with more than these"):
        asked_for([PASSED], ["a"])
    with pytest.raises(Refused, match="nothing that passed"):
        asked_for([alone], ["c"])


def test_what_passed_of_all_that_was_tried_is_named() -> None:
    alone = replace(PASSED, judged=Judged(Verdict.PARTLY, ("a",), {"b": "…"}, "a"))

    with pytest.raises(Refused, match="rehearsal 7 passed without some of these: a 1 → 2") as told:
        asked_for([alone], ["a", "b"])
    assert told.value.remedy == "apply what passed: fettle update apply a"


@pytest.mark.parametrize(
    ("stage", "recovery"),
    [
        (Stage.BUILT, Recovery.NOTHING),
        (Stage.SWAPPING, Recovery.TAKE_BACK),
        (Stage.SWAPPED, Recovery.TAKE_BACK),
        (Stage.CHECKED, Recovery.TIDY_UP),
    ],
)
def test_what_was_not_seen_to_work_is_taken_back(stage: Stage, recovery: Recovery) -> None:
    assert stage.recovery is recovery


def test_a_return_is_proved_by_every_hash() -> None:
    before = Proof({"uv.lock": "1", "pyproject.toml": "2"}, {".venv": "3"})

    assert before.differing(before) == []
    now = Proof({"uv.lock": "1"}, {".venv": "4"})
    assert before.differing(now) == ["pyproject.toml", ".venv"]


def test_a_commit_says_what_it_raises() -> None:
    assert message_of(WANTED[:1]) == "Raise a to 2\n"
    assert message_of(WANTED) == "Raise 2 packages\n\n- a 1 → 2\n- b 1 → 2\n"


def test_a_pull_request_says_whether_it_was_tried_and_what_was_left_out() -> None:
    partly = Judged(Verdict.PARTLY, ("a",), {"b": "tests fail: no"}, "tested")
    tried = replace(
        PASSED,
        judged=partly,
        trials=(Trial((), TestsState.PASSED), Trial(("a", "b"), TestsState.FAILED)),
    )
    untried = replace(PASSED, without_tests="it is exploited")

    assert body_of(tried) == (
        "- a 1 → 2 in `uv.lock`\n\nThe project's own tests pass with it: rehearsal 7 of Fettle, "
        "1 run of them that passed.\nLeft out, since it does not pass: b 1 → 2.\n"
    )
    assert body_of(untried).endswith("\n\nIt was not tried by Fettle: it is exploited\n")
