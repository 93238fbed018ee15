"""The checklist of an issue is read from its timeline; the rest people tick."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.errors import NotFound, Refused
from fettle.model.classification import Priority
from fettle.model.issue import Entry, Issue, Moved, Status
from fettle.model.stage import Stage
from fettle.testing import START
from fettle.triage import stages, work
from fettle.triage.moves import By
from fettle.triage.runbooks import Step
from tests.triage.test_moves import an_issue, decided

ADA = By("cli:ada", START)


def entry(event: str, text: str = "", actor: str = "fettle", **detail: str) -> Entry:
    return Entry(event, actor, START, text, detail)


def tick(stage: Stage, *, done: bool = True) -> Entry:
    return entry(stages.DONE if done else stages.OPEN, actor="cli:ada", stage=str(stage))


def stand(issue: Issue, *timeline: Entry) -> dict[Stage, str]:
    return {one.stage: one.state for one in stages.checklist(issue, timeline)}


def done(*timeline: Entry) -> list[Stage]:
    return [stage for stage, state in stand(an_issue(), *timeline).items() if state == "done"]


def deployed(**after: float) -> Entry:
    """Give a deploy that went live so long after an issue began."""
    at = an_issue().milestones.started + timedelta(**after)
    return entry("deployed", deployed_at=at.isoformat())


LOOK = entry("diagnosed", status="high", findings="3")
AGAIN = entry("diagnosed", status="high", findings="3", new="0", gone="0", worse="0")
FIXED = entry("fix-done", plan="1", verified="true")


@pytest.mark.parametrize(
    ("timeline", "stages_"),
    [
        ([], []),
        ([LOOK], [Stage.GATHER, Stage.ANALYSE]),
        ([entry("diagnosed", status="unknown")], []),
        ([LOOK, AGAIN], [Stage.GATHER, Stage.ANALYSE, Stage.REPRODUCE]),
        (
            [entry("diagnosed", status="high", findings="3", again="1")],  # of what its alerts tell
            [Stage.GATHER, Stage.ANALYSE, Stage.REPRODUCE],
        ),
        ([entry("root-cause", "a lock")], [Stage.ROOT_CAUSE]),
        ([entry("fix-begun", plan="1")], [Stage.PLAN]),
        ([FIXED], [Stage.PLAN, Stage.IMPLEMENT, Stage.TEST, Stage.DEPLOY]),
        (
            [entry("fix-done", plan="1", verified="false")],
            [Stage.PLAN, Stage.IMPLEMENT, Stage.DEPLOY],
        ),
        ([FIXED, entry("fix-undone", plan="1")], [Stage.PLAN]),
        ([deployed(minutes=2)], [Stage.IMPLEMENT, Stage.DEPLOY]),
        ([deployed(seconds=30)], []),
        ([deployed(hours=-1)], []),
        ([entry("resolved", "orders come in")], [Stage.VERIFY]),
        ([entry("closed")], []),
        ([entry("closed", "see the minutes")], [Stage.REVIEW]),
        ([tick(Stage.REPRODUCE), tick(Stage.IMPROVE)], [Stage.REPRODUCE, Stage.IMPROVE]),
        ([LOOK, tick(Stage.ANALYSE, done=False)], [Stage.GATHER]),
        ([tick(Stage.GATHER, done=False), LOOK], [Stage.GATHER, Stage.ANALYSE]),
        (
            [LOOK, entry("resolved"), tick(Stage.IMPROVE), entry("reopened")],
            [
                Stage.GATHER,
                Stage.ANALYSE,
            ],
        ),
    ],
)
def test_what_is_done(timeline: list[Entry], stages_: list[Stage]) -> None:
    assert done(*timeline) == stages_


def test_who_did_it_and_what_they_said_stands_beside() -> None:
    ticked = replace(tick(Stage.REPRODUCE), text="with curl")
    read = {one.stage: one for one in stages.checklist(an_issue(), [LOOK, ticked])}

    assert (read[Stage.GATHER].by, read[Stage.REPRODUCE].by) == ("fettle", "cli:ada")
    assert (read[Stage.REPRODUCE].text, read[Stage.REPRODUCE].at) == ("with curl", START)


def test_what_is_not_needed_says_so_until_something_says_otherwise() -> None:
    skipped = entry(stages.SKIPPED, "no staging", "cli:ada", stage="test")
    reopened = tick(Stage.TEST, done=False)

    read = {one.stage: one for one in stages.checklist(an_issue(), [skipped])}

    assert (read[Stage.TEST].state, read[Stage.TEST].text) == ("not-needed", "no staging")
    assert read[Stage.TEST].by == "cli:ada"
    assert stand(an_issue(), skipped, reopened)[Stage.TEST] == "open"
    assert stand(an_issue(), skipped, FIXED)[Stage.TEST] == "done"
    assert stand(an_issue(), FIXED, skipped)[Stage.TEST] == "not-needed"


def test_what_waits_for_a_person_says_why() -> None:
    issue = replace(an_issue(decided(priority=Priority.P1)), status=Status.MONITORING)
    planned = [entry("planned", plan=plan) for plan in ("1", "2", "3")]
    over = [entry("plan-declined", plan="1"), entry("fix-begun", plan="2")]
    cause = entry("diagnosed", status="high", findings="1", cause="pid 4242")

    read = {one.stage: one for one in stages.checklist(issue, [cause, *planned])}
    less = {one.stage: one for one in stages.checklist(issue, [*planned, over[0]])}
    lapsed = {one.stage: one for one in stages.checklist(issue, [cause, *planned], ["3"])}
    closing = stand(replace(issue, status=Status.RESOLVED))

    assert read[Stage.ROOT_CAUSE].state == "waiting"
    assert "pid 4242" in read[Stage.ROOT_CAUSE].text
    assert read[Stage.PLAN].text == "3 fixes wait to be applied or declined"
    assert less[Stage.PLAN].text == "2 fixes wait to be applied or declined"
    assert lapsed[Stage.PLAN].text == "a fix waits to be applied or declined"
    assert stages.checklist(issue, planned, [])[4].state == "open"
    assert stand(issue, *planned, *over)[Stage.PLAN] == "done"
    assert read[Stage.VERIFY].state == "waiting"
    assert closing[Stage.REVIEW] == "waiting"
    assert stand(an_issue())[Stage.REVIEW] == "open"


def test_every_stage_has_its_place_in_a_part() -> None:
    parts = [stage.part for stage in Stage]

    assert parts == ["investigation"] * 4 + ["resolution"] * 4 + ["closure"] * 4


def test_the_last_word_about_the_cause_stands() -> None:
    timeline = [entry("root-cause", "a lock"), entry("root-cause", "a full disk", actor="bob")]

    cause = stages.root_cause(timeline)

    assert cause is not None
    assert (cause.text, cause.by) == ("a full disk", "bob")
    assert stages.root_cause([]) is None


# What people do


def test_ticking_is_written_down() -> None:
    moved = work.tick(an_issue(), ADA, Stage.TEST, "on staging", done=True)

    (written,) = moved.entries
    assert (written.event, written.text) == (stages.DONE, "on staging")
    assert written.detail == {"stage": "test"}
    assert moved.issue.changed_at == START
    skipped = work.tick(an_issue(), ADA, Stage.TEST, "", done=True, needed=False)
    assert [one.event for one in skipped.entries] == [stages.SKIPPED]


def test_the_cause_is_news_as_long_as_the_trouble_goes_on() -> None:
    live = work.state_cause(an_issue(), ADA, "a lock")
    over = work.state_cause(replace(an_issue(), status=Status.CLOSED), ADA, "a lock")

    assert (len(live.clocks), len(over.clocks)) == (1, 0)
    with pytest.raises(Refused, match="needs words"):
        work.state_cause(an_issue(), ADA, "  ")


@pytest.mark.parametrize("status", [Status.MERGED, Status.DECLINED])
def test_what_is_no_issue_is_not_worked_on(status: Status) -> None:
    issue = replace(an_issue(), status=status)

    acts: list[Callable[[], object]] = [
        lambda: work.tick(issue, ADA, Stage.TEST, "", done=True),
        lambda: work.state_cause(issue, ADA, "a lock"),
        lambda: work.cast_roles(issue, ADA, {"lead": "ada"}),
    ]
    for act in acts:
        with pytest.raises(Refused, match=str(status)):
            act()


def test_a_step_that_there_is_not_cannot_be_ticked() -> None:
    known = [[Step(1, "look"), Step(2, "think")]]

    moved = work.tick_step(an_issue(), ADA, known, 2, "", done=False)

    assert moved.entries[0].text == "2. think: not done"
    with pytest.raises(NotFound, match="have 2 steps"):
        work.tick_step(an_issue(), ADA, known, 3, "", done=True)
    with pytest.raises(NotFound, match="no runbook"):
        work.tick_step(an_issue(), ADA, [], 1, "", done=True)


def test_roles_are_given_and_taken() -> None:
    given = work.cast_roles(an_issue(), ADA, {"lead": "ada", "communications": "bob"})
    taken = work.cast_roles(an_issue(), ADA, {"lead": None})

    assert work.roles(given.entries) == {"lead": "ada", "communications": "bob"}
    both = [*given.entries, *taken.entries]
    assert work.roles(both) == {"lead": None, "communications": "bob"}
    assert work.cast_roles(an_issue(), ADA, {}) == Moved(an_issue())
