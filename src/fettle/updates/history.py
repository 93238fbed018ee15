"""How updates of each package went here: what its rehearsals and its applications came to, pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fettle.model.rehearsal import Rehearsal, RunState, TestsState, UpdateRun
from fettle.model.update import Package
from fettle.model.update_watch import Quarantined
from fettle.updates.confidence import Tried

_WENT_WRONG = (RunState.RETURNED, RunState.STRANDED)


@dataclass(frozen=True)
class Here:
    """How updates went here: how often they were tried, and which versions are held since."""

    tried: Mapping[Package, Tried] = field(default_factory=dict)
    quarantined: Sequence[Quarantined] = ()


def tried_of(rehearsals: Iterable[Rehearsal], runs: Iterable[UpdateRun]) -> Mapping[Package, Tried]:
    """Return how often updates of a package passed, failed, and were wrong where they are in use.

    A rehearsal counts where tests judged: not what could not be raised, and not where they fail
    by themselves. What a run took back counts for all that it applied: which of them it was nobody
    knows.
    """
    passed: dict[Package, int] = {}
    failed: dict[Package, int] = {}
    returned: dict[Package, int] = {}
    for one in rehearsals:
        for package, went_well in _judged(one):
            counted = passed if went_well else failed
            counted[package] = counted.get(package, 0) + 1
    for run in runs:
        if run.state in _WENT_WRONG and run.undoes is None:
            for package in {wanted.package for wanted in run.updates}:
                returned[package] = returned.get(package, 0) + 1
    return {
        package: Tried(passed.get(package, 0), failed.get(package, 0), returned.get(package, 0))
        for package in {*passed, *failed, *returned}
    }


def _judged(rehearsal: Rehearsal) -> Iterable[tuple[Package, bool]]:
    """Yield each package that tests have judged, and whether they passed with it."""
    judged = rehearsal.judged
    if judged is None or rehearsal.without_tests is not None:
        return
    unraised = {
        member
        for trial in rehearsal.trials
        if trial.state is TestsState.UNRAISED
        for member in trial.members
    }
    failing = {
        member
        for trial in rehearsal.trials
        if trial.state is TestsState.FAILED
        for member in trial.members
    }
    for wanted in rehearsal.wanted:
        if wanted.id in judged.landed:
            yield wanted.package, True
        elif wanted.id in judged.left and wanted.id in failing - unraised:
            yield wanted.package, False
