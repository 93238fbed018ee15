"""What fixes make of an issue, and what shows that it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.model.fix import FixRun, RunStatus
from fettle.model.issue import Entry, Issue, Moved, Status
from fettle.model.review import Evidence
from fettle.testing import START
from fettle.triage import mended, moves, recovery
from fettle.triage.moves import By
from tests.triage.test_moves import an_issue as issue_of

ADA = By("cli:ada", START)
LATER = By("cli:ada", START + timedelta(minutes=5))
RUN = FixRun("run-1", "sha256:1", "drop_unused_index", "main-db", "public.t_b", "cli:ada")


def at(status: Status) -> Issue:
    return replace(issue_of(), status=status)


def ended(status: RunStatus, *, verified: bool = False, undoes: str | None = None) -> FixRun:
    return replace(RUN, status=status, verified=verified, undoes=undoes)


def events(moved: Moved) -> list[str]:
    return [entry.event for entry in moved.entries]


@pytest.mark.parametrize(
    ("status", "comes"),
    [
        (Status.TRIAGED, ["acknowledged", "fix-begun", "identified", "fixing"]),
        (Status.INVESTIGATING, ["acknowledged", "fix-begun", "identified", "fixing"]),
        (Status.IDENTIFIED, ["acknowledged", "fix-begun", "fixing"]),
        (Status.FIXING, ["acknowledged", "fix-begun"]),
        (Status.MONITORING, ["acknowledged", "fix-begun", "fixing"]),
        (Status.RESOLVED, []),
        (Status.CLOSED, []),
    ],
)
def test_who_applies_a_fix_knows_the_cause(status: Status, comes: list[str]) -> None:
    moved = mended.begun(at(status), ADA, RUN)

    assert events(moved) == comes
    if comes:
        assert moved.issue.status is Status.FIXING
        assert moved.issue.acknowledged_by == "cli:ada"
        assert moved.entries[1].detail["run"] == "run-1"


def test_an_issue_on_hold_goes_on_when_somebody_mends_it() -> None:
    held = moves.hold(issue_of(), ADA, "waits for the host").issue

    moved = mended.begun(held, LATER, RUN)

    assert events(moved) == ["resumed", "acknowledged", "fix-begun", "identified", "fixing"]
    assert not moved.issue.on_hold


@pytest.mark.parametrize(
    ("run", "event", "status"),
    [
        (ended(RunStatus.DONE, verified=True), "fix-done", Status.MONITORING),
        (ended(RunStatus.DONE), "fix-done", Status.FIXING),
        (ended(RunStatus.FAILED), "fix-failed", Status.FIXING),
        (ended(RunStatus.REFUSED), "fix-refused", Status.FIXING),
        (ended(RunStatus.DONE, verified=True, undoes="run-0"), "fix-undone", Status.IDENTIFIED),
    ],
)
def test_what_worked_is_watched_and_what_did_not_stays(
    run: FixRun, event: str, status: Status
) -> None:
    moved = mended.ended(at(Status.FIXING), LATER, run)

    assert events(moved)[0] == event
    assert moved.entries[0].actor == "fettle"
    assert moved.issue.status is status


def test_what_nobody_knows_asks_for_somebody_again() -> None:
    taken = moves.acknowledge(issue_of(), ADA).issue

    moved = mended.ended(taken, LATER, ended(RunStatus.UNSURE))

    assert events(moved) == ["fix-unsure"]
    assert moved.issue.acknowledged_by is None
    assert (moved.issue.calls_since, moved.issue.calls_made) == (LATER.at, 0)


def test_the_end_of_an_issue_is_left_alone() -> None:
    over = at(Status.RESOLVED)

    assert mended.ended(over, LATER, ended(RunStatus.DONE, verified=True)) == Moved(over)


# What shows that it is over


def entry(event: str, text: str = "", **detail: str) -> Entry:
    return Entry(event, "fettle", START, text, detail)


OPENED = entry("opened")


@pytest.mark.parametrize(
    ("timeline", "shown"),
    [
        ([OPENED], []),
        ([OPENED, entry("ended", "Checkout is slow")], ["Checkout is slow"]),
        (
            [OPENED, entry("fix-done", "it worked", verified="true", plan="1")],
            ["it worked"],
        ),
        ([OPENED, entry("fix-done", "who knows", verified="false", plan="1")], []),
        (
            [
                OPENED,
                entry("fix-done", "it worked", verified="true", plan="1"),
                entry("fix-undone", plan="1"),
            ],
            [],
        ),
        ([OPENED, entry("diagnosed", "nothing", status="ok", database="a")], []),
        (
            [
                OPENED,
                entry("diagnosed", "three", status="high", database="a"),
                entry("diagnosed", "nothing", status="ok", database="b"),
                entry("diagnosed", "gone", status="ok", database="a"),
            ],
            ["gone"],
        ),
        ([OPENED, entry("ended", "over"), entry("reopened"), entry("note", "hm")], []),
    ],
)
def test_what_shows_that_it_is_over(timeline: list[Entry], shown: list[str]) -> None:
    assert [one.text for one in recovery.shown(timeline)] == shown
    assert recovery.said(timeline) == "; ".join(shown)


@pytest.mark.parametrize(
    ("latest", "kind"),
    [
        (entry("ended", "over"), Evidence.ALERTS_ENDED),
        (entry("fix-done", "it worked", verified="true", plan="1"), Evidence.FIX_VERIFIED),
        (entry("diagnosed", "gone", status="ok", database="a"), Evidence.CHECK_CLEAN),
        (entry("note", "hm"), Evidence.WORD),
    ],
)
def test_of_which_kind_it_is(latest: Entry, kind: Evidence) -> None:
    found = entry("diagnosed", "three", status="high", database="a")
    assert recovery.kind([OPENED, found, latest]) is kind
