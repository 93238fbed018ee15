"""The one thing to do next about an issue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.model.classification import Priority
from fettle.model.issue import Entry, Issue, Status
from fettle.model.stage import Stage
from fettle.testing import START
from fettle.triage import stages
from fettle.triage.next_step import Standing, next_step
from fettle.triage.runbooks import Step
from tests.triage.test_moves import an_issue, decided


def entry(event: str, text: str = "", **detail: str) -> Entry:
    return Entry(event, "fettle", START, text, detail)


TAKEN = replace(an_issue(), acknowledged_by="ada", status=Status.INVESTIGATING)
LOOK = entry("diagnosed", status="high", findings="3", cause="pid 4242")
PLANNED = entry("planned", plan="1")
SINCE = TAKEN.milestones.started + timedelta(minutes=9)
DEPLOYED = entry("deployed", deployed_at=SINCE.isoformat())
ENDED = entry("ended", "the alert has ended")
STEPS = [[Step(1, "look", done=True)], [Step(2, "think"), Step(3, "act")]]


def found(
    issue: Issue, timeline: Sequence[Entry] = (), **standing: object
) -> tuple[str, str, Stage | None] | None:
    stood = Standing(stages.checklist(issue, timeline), **standing)  # type: ignore[arg-type]
    step = next_step(issue, stood)
    return None if step is None else (step.act, step.text, step.stage)


@pytest.mark.parametrize(
    ("issue", "timeline", "standing", "act", "stage"),
    [
        (an_issue(), [LOOK, PLANNED], {"steps": STEPS}, "acknowledge", None),
        (replace(TAKEN, held_since=START), [PLANNED], {"over": [ENDED]}, "resume", None),
        (TAKEN, [PLANNED], {"over": [ENDED], "steps": STEPS}, "resolve", Stage.VERIFY),
        (TAKEN, [PLANNED], {"over": [ENDED], "firing": True}, "fix", Stage.PLAN),
        (TAKEN, [LOOK], {"steps": STEPS}, "step", None),
        (replace(TAKEN, status=Status.MONITORING), [LOOK], {}, "resolve", Stage.VERIFY),
        (TAKEN, [], {}, "tick", Stage.GATHER),
        (TAKEN, [entry(stages.SKIPPED, stage="gather")], {}, "tick", Stage.ANALYSE),
        (TAKEN, [LOOK, entry(stages.DONE, stage="reproduce")], {}, "cause", Stage.ROOT_CAUSE),
        (TAKEN, [LOOK, DEPLOYED], {}, "resolve", Stage.VERIFY),
    ],
)
def test_what_comes_next_while_the_trouble_goes_on(
    issue: Issue, timeline: list[Entry], standing: dict[str, object], act: str, stage: Stage | None
) -> None:
    ahead = found(issue, timeline, **standing)

    assert ahead is not None
    assert (ahead[0], ahead[2]) == (act, stage)


def test_it_says_what_it_is_about() -> None:
    step = found(TAKEN, [LOOK], steps=STEPS)
    over = found(TAKEN, [], over=[ENDED])
    cause = found(TAKEN, [LOOK, entry(stages.SKIPPED, stage="reproduce")])

    assert (step and step[1]) == "runbook, step 2: think"
    assert (over and over[1]) == "resolve it: the alert has ended"
    assert (cause and cause[1]) == "pid 4242 is suggested; somebody states it"


def test_what_comes_next_when_it_is_over() -> None:
    p1 = replace(an_issue(decided(priority=Priority.P1)), status=Status.RESOLVED)
    p3 = replace(an_issue(decided(priority=Priority.P3)), status=Status.RESOLVED)

    was_p1 = replace(p3, resolved_as=Priority.P1)
    acts = [found(p1), found(p1, reviewed=True), found(p3), found(was_p1)]

    assert [one and one[0] for one in acts] == ["review", "close", "close", "review"]
    assert found(replace(p1, status=Status.CLOSED)) is None
