"""How updates went here: what tests have judged, and what had to be taken back."""

from dataclasses import replace

import pytest

from fettle.model.rehearsal import (
    HowApplied,
    Isolation,
    Judged,
    Rehearsal,
    RunState,
    TestsState,
    Trial,
    UpdateRun,
    Verdict,
    Wanted,
)
from fettle.model.update import Ecosystem, Package
from fettle.testing import START
from fettle.updates.confidence import Tried
from fettle.updates.history import tried_of

KIT, WEB = (Package(Ecosystem.PYPI, name) for name in ("kit", "web"))
WANTED = (Wanted("kit-1", KIT, "1.1", "uv.lock"), Wanted("web-2", WEB, "2.0", "uv.lock"))
ALL = ("kit-1", "web-2")


def rehearsal(judged: Judged | None, *trials: Trial, reason: str | None = None) -> Rehearsal:
    return Rehearsal(
        "r", "shop", "/srv/shop", "c0", WANTED, "cli:me", Isolation.BUBBLEWRAP, START,
        trials, judged, reason,
    )  # fmt: skip


def trial(state: TestsState, *members: str) -> Trial:
    return Trial(members, state)


BASE = trial(TestsState.PASSED)
TOGETHER = trial(TestsState.FAILED, *ALL)
PARTLY = Judged(Verdict.PARTLY, ("kit-1",), {"web-2": "tests fail"}, "c1")


@pytest.mark.parametrize(
    ("told", "kit", "web"),
    [
        (rehearsal(Judged(Verdict.PASSED, ALL), BASE), Tried(1), Tried(1)),
        (rehearsal(PARTLY, BASE, TOGETHER), Tried(1), Tried(0, 1)),
        (
            rehearsal(PARTLY, BASE, trial(TestsState.UNRAISED, "web-2")),
            Tried(1),
            None,
        ),
        (
            rehearsal(Judged(Verdict.UNJUDGED, left=dict.fromkeys(ALL, "they fail anyway"))),
            None,
            None,
        ),
        (rehearsal(Judged(Verdict.CUT_OFF)), None, None),
        (rehearsal(None, BASE, TOGETHER), None, None),
        (rehearsal(Judged(Verdict.PASSED, ALL), reason="it burns"), None, None),
    ],
    ids=["passed", "partly", "not raised", "not judged", "cut off", "goes on", "untested"],
)
def test_what_tests_have_judged_counts(
    told: Rehearsal, kit: Tried | None, web: Tried | None
) -> None:
    tried = tried_of([told], [])
    assert (tried.get(KIT), tried.get(WEB)) == (kit, web)


RUN = UpdateRun(
    "a", "r", "shop", "/srv/shop", HowApplied.IN_PLACE, "c0", "c1", WANTED, "cli:me", START
)


@pytest.mark.parametrize(
    ("run", "returned"),
    [
        (replace(RUN, state=RunState.RETURNED), 1),
        (replace(RUN, state=RunState.STRANDED), 1),
        (replace(RUN, state=RunState.DONE), 0),
        (replace(RUN, state=RunState.UNDONE), 0),
        (replace(RUN, state=RunState.REFUSED), 0),
        (replace(RUN, state=RunState.FAILED), 0),
        (replace(RUN, state=RunState.RETURNED, undoes="b"), 0),
    ],
    ids=lambda one: getattr(one, "state", one),
)
def test_what_had_to_be_taken_back_counts_against_all_of_it(run: UpdateRun, returned: int) -> None:
    tried = tried_of([], [run])
    assert [tried.get(one, Tried()).returned for one in (KIT, WEB)] == [returned] * 2


def test_all_of_it_is_summed() -> None:
    rehearsals = [
        rehearsal(PARTLY, BASE, TOGETHER),
        rehearsal(Judged(Verdict.PASSED, ALL), BASE),
    ]
    tried = tried_of(rehearsals, [replace(RUN, state=RunState.RETURNED)])
    assert tried == {KIT: Tried(2, 0, 1), WEB: Tried(1, 1, 1)}
