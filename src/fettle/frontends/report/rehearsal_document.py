"""The shapes in which rehearsals, and runs of updates, are printed; moments are UTC."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report import update_watch_document
from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.update_kept_document import CheckItem, of_record
from fettle.frontends.report.update_watch_document import QuarantineItem, WatchItem
from fettle.model.rehearsal import (
    Proof,
    Rehearsal,
    RunState,
    TestsState,
    Trial,
    UpdateRun,
    Wanted,
)
from fettle.model.update_kept import CheckRecord
from fettle.model.update_watch import Quarantined, UpdateWatch

Watches = Mapping[str, UpdateWatch]
Verdicts = Literal["passed", "partly", "failed", "unjudged", "refused", "cut off"]
States = Literal["running", "done", "refused", "failed", "returned", "stranded", "undone"]


class WantedDocument(TypedDict):
    """An update that was tried, or applied."""

    id: str
    ecosystem: str
    package: str
    current: str | None
    version: str
    where: str
    """Its lock, from the project's folder on."""
    landed: bool
    reason: str | None
    """Why it did not land."""


class TrialDocument(TypedDict):
    """One time that the tests were run."""

    updates: list[str]
    """What was raised together; nothing is what was there already."""
    outcome: Literal["passed", "failed", "unraised"]
    says: str | None
    duration_s: float


class RehearsalItem(TypedDict):
    """A rehearsal of updates of one project."""

    rehearsal: str
    number: int
    project: str
    base: str
    """The commit that it was made on; only there is it applied."""
    commit: str | None
    """What passed, as a commit on top of that."""
    verdict: Verdicts | None
    """Null while it goes on. `partly`: some landed. `unjudged`: the tests fail without any update,
    always or at times."""
    says: str | None
    isolation: Literal["bubblewrap", "simulated", "none"]
    without_tests: str | None
    """Why somebody had it raised and applied without a test."""
    updates: list[WantedDocument]
    trials: list[TrialDocument]
    actor: str
    started_at: str
    finished_at: str | None


class RehearsalDocument(TypedDict):
    """What trying updates came to, project by project."""

    schema: Literal["fettle.rehearsal/1"]
    rehearsals: list[RehearsalItem]
    passed: int
    """How many updates landed."""
    failed: int
    """How many did not."""


class ProofDocument(TypedDict):
    """Hashes (SHA-256) of what a run changes; "" is what is not there."""

    files: dict[str, str]
    environments: dict[str, str]
    head: str | None
    """The commit that the branch in use was at."""


class UpdateResult(TypedDict):
    """What a run came to for one update."""

    update_id: str
    package: str
    version: str
    status: Literal["success", "failed", "running"]
    error: str | None


class UpdateRunItem(TypedDict):
    """One time that what passed was applied, or taken back."""

    run: str
    number: int
    project: str
    how: Literal["commit", "in-place"]
    status: States
    """`returned`: it was wrong, and everything is as it was, as the hashes prove. `stranded`: that
    did not succeed, and a person is needed. `undone`: another run took it back."""
    verified: bool
    says: str | None
    rehearsal: str
    base: str
    commit: str
    branch: str | None
    pull_request: str | None
    without_rehearsal: str | None
    """Why it was applied without a rehearsal."""
    undoes: str | None
    """The run that this one took back."""
    watch: WatchItem | None
    """How its services did afterwards; of one that is applied in place, and watched."""
    before: ProofDocument | None
    after: ProofDocument | None
    results: list[UpdateResult]
    actor: str
    started_at: str
    finished_at: str | None


class UpdateRunDocument(TypedDict):
    """What applying updates came to, run by run."""

    schema: Literal["fettle.update_run/1"]
    timestamp: str
    total_updates: int
    successful: int
    failed: int
    runs: list[UpdateRunItem]


class UpdateHistoryDocument(TypedDict):
    """Looks for updates, rehearsals and runs of them, each the latest first."""

    schema: Literal["fettle.update_history/1"]
    checks: list[CheckItem]
    rehearsals: list[RehearsalItem]
    runs: list[UpdateRunItem]
    quarantined: list[QuarantineItem]
    """Versions that are held since a project was worse with them."""


def of_rehearsals(rehearsals: Sequence[Rehearsal]) -> RehearsalDocument:
    """Return what trying updates came to."""
    total = sum(len(one.wanted) for one in rehearsals)
    landed = sum(len(one.landed) for one in rehearsals)
    return {
        "schema": "fettle.rehearsal/1",
        "rehearsals": [of_rehearsal(one) for one in rehearsals],
        "passed": landed,
        "failed": total - landed,
    }


def of_runs(
    runs: Sequence[UpdateRun], timestamp: str, watches: Watches = MappingProxyType({})
) -> UpdateRunDocument:
    """Return what applying updates came to, with the watches over them by the runs' ids."""
    items = [of_run(one, watches.get(one.id)) for one in runs]
    results = [result["status"] for one in items for result in one["results"]]
    return {
        "schema": "fettle.update_run/1",
        "timestamp": timestamp,
        "total_updates": len(results),
        "successful": results.count("success"),
        "failed": results.count("failed"),
        "runs": items,
    }


def of_history(
    rehearsals: Iterable[Rehearsal],
    runs: Iterable[UpdateRun],
    watches: Watches = MappingProxyType({}),
    held: Iterable[Quarantined] = (),
    checks: Iterable[CheckRecord] = (),
) -> UpdateHistoryDocument:
    """Return looks, rehearsals and runs, how those did afterwards, and the versions held."""
    return {
        "schema": "fettle.update_history/1",
        "checks": [of_record(one) for one in checks],
        "rehearsals": [of_rehearsal(one) for one in rehearsals],
        "runs": [of_run(one, watches.get(one.id)) for one in runs],
        "quarantined": [update_watch_document.quarantined(one) for one in held],
    }


def of_rehearsal(one: Rehearsal) -> RehearsalItem:
    """Return a rehearsal as a part of a document."""
    judged = one.judged
    landed = set(judged.landed if judged else ())
    left = judged.left if judged else {}
    return {
        "rehearsal": one.id,
        "number": one.number,
        "project": one.project,
        "base": one.base,
        "commit": judged.commit if judged else None,
        "verdict": judged.verdict.value if judged else None,
        "says": judged.says if judged else None,
        "isolation": one.isolation.value,
        "without_tests": one.without_tests,
        "updates": [_wanted(each, each.id in landed, left.get(each.id)) for each in one.wanted],
        "trials": [
            {
                "updates": list(trial.members),
                "outcome": _outcome(trial),
                "says": trial.says or None,
                "duration_s": round(trial.duration_s, 1),
            }
            for trial in one.trials
        ],
        "actor": one.actor,
        "started_at": said(one.started_at),
        "finished_at": moment(one.finished_at),
    }


def _outcome(trial: Trial) -> Literal["passed", "failed", "unraised"]:
    match trial.state:
        case TestsState.PASSED:
            return "passed"
        case TestsState.FAILED:
            return "failed"
    return "unraised"


def _wanted(one: Wanted, landed: bool, reason: str | None) -> WantedDocument:
    return {
        "id": one.id,
        "ecosystem": one.package.ecosystem.value,
        "package": one.package.name,
        "current": one.current or None,
        "version": one.version,
        "where": one.where,
        "landed": landed,
        "reason": reason,
    }


def of_run(one: UpdateRun, watch: UpdateWatch | None = None) -> UpdateRunItem:
    """Return a run as a part of a document, with the watch over it."""
    status: Literal["success", "failed", "running"] = "failed"
    if one.state is RunState.DONE:
        status = "success"
    elif one.state is RunState.RUNNING:
        status = "running"
    error = None if status != "failed" else one.says
    return {
        "run": one.id,
        "number": one.number,
        "project": one.project,
        "how": one.how.value,
        "status": one.state.value,
        "verified": one.verified,
        "says": one.says,
        "rehearsal": one.rehearsal,
        "base": one.base,
        "commit": one.commit,
        "branch": one.branch,
        "pull_request": one.pull_request,
        "without_rehearsal": one.without_rehearsal,
        "undoes": one.undoes,
        "watch": None if watch is None else update_watch_document.watch(watch),
        "before": _proof(one.before),
        "after": _proof(one.after),
        "results": [
            {
                "update_id": each.id,
                "package": each.package.name,
                "version": each.version,
                "status": status,
                "error": error,
            }
            for each in one.updates
        ],
        "actor": one.actor,
        "started_at": said(one.started_at),
        "finished_at": moment(one.finished_at),
    }


def _proof(proof: Proof | None) -> ProofDocument | None:
    if proof is None:
        return None
    return {
        "files": dict(proof.files),
        "environments": dict(proof.environments),
        "head": proof.head or None,
    }
