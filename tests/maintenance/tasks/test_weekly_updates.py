"""Updates are taken by the clock: what passed is applied, and nothing else is called a success."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from fettle.errors import ActFailed, CannotLook, Refused
from fettle.maintenance.settled import tasks_of
from fettle.maintenance.tasks.weekly_updates import TAKE, TASK, TRY
from fettle.model.rehearsal import RunState
from fettle.model.taking import ByClock, Say, Took, Tried
from fettle.model.work import Outcome
from fettle.settings import Settings
from tests.maintenance.working import Steps, tools

T = TypeVar("T")
PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


@dataclass
class GivenTaking:
    """Projects whose rehearsals and applications come to what is given; implements Taking."""

    tried: Mapping[str, Tried | Exception]
    took: Mapping[str, Took | Exception] = field(default_factory=dict)
    applied: list[tuple[str, str]] = field(default_factory=list)

    @property
    def projects(self) -> Sequence[ByClock]:
        return [ByClock(name) for name in self.tried]

    async def rehearse(self, project: str, say: Say) -> Tried:
        await say(f"tests of {project}")
        return _given(self.tried[project])

    async def apply(self, project: str, rehearsal: str, say: Say) -> Took:
        await say("applied")
        self.applied.append((project, rehearsal))
        return _given(self.took[project])


def _given(given: T | Exception) -> T:
    if isinstance(given, Exception):
        raise given
    return given


SHOP = Tried("shop", "1 of 2 can be taken", "r1", ("a",), {"b": "tests fail"})
TOOK = Took("shop", 3, RunState.DONE, verified=True, says="it works")


async def test_what_passed_is_applied_and_what_did_not_is_no_failure() -> None:
    taking = GivenTaking({"shop": SHOP, "site": Tried("site", "nothing is worth taking now")},
                         {"shop": TOOK})  # fmt: skip
    steps = Steps(TASK, tools(taking=taking))
    tried, took = await steps.all()

    assert (tried.outcome, took.outcome) == (PASSED, PASSED)
    assert tried.says == (
        "shop: 1 of 2 can be taken; to be applied: 1 update; site: nothing is worth taking now"
    )
    assert took.says == "shop: run 3, it works"
    assert taking.applied == [("shop", "r1")]
    assert "tests of shop" in steps.lines


@pytest.mark.parametrize(
    ("took", "outcome"),
    [
        (Took("shop", 3, RunState.DONE, verified=False, says="it is in use"), UNKNOWN),
        (Took("shop", 3, RunState.RETURNED, verified=True, says="it is down"), FAILED),
        (Took("shop", 3, RunState.STRANDED, verified=False, says="no room"), FAILED),
        (Refused("shop has moved since"), UNKNOWN),
        (ActFailed("no room"), FAILED),
    ],
)
async def test_what_was_not_seen_to_work_is_no_success(
    took: Took | Exception, outcome: Outcome
) -> None:
    steps = Steps(TASK, tools(taking=GivenTaking({"shop": SHOP}, {"shop": took})))

    assert (await steps.do(TRY, TAKE)).outcome is outcome


async def test_what_cannot_be_judged_keeps_no_other_project_from_its_updates() -> None:
    unjudged = Tried("site", "the tests fail already", "r2", judged=False)
    gone = CannotLook("nobody has looked for updates", remedy="[updates] every")
    taking = GivenTaking({"blog": gone, "site": unjudged, "shop": SHOP}, {"shop": TOOK})
    steps = Steps(TASK, tools(taking=taking))
    tried, took = await steps.all()

    assert tried.outcome is UNKNOWN
    assert tried.says == "blog: nobody has looked for updates; site: the tests fail already"
    assert took.outcome is PASSED
    assert taking.applied == [("shop", "r1")]


@pytest.mark.parametrize("by_clock", [False, True])
def test_it_is_planned_where_a_project_is_to_be_updated_by_the_clock(by_clock: bool) -> None:
    project = {"name": "shop", "path": "/srv/shop", "apply": {"by_clock": by_clock}}
    (found,) = [
        one
        for one in tasks_of(Settings.model_validate({"project": [project]}))
        if one.id == "weekly-updates"
    ]

    assert (found.idle is None) == by_clock
    if not by_clock:
        assert str(found.idle).endswith("the settings have no [[project]] with apply.by_clock")
