"""`fettle.optimisation/1`: what became of a web root that was to be faster, as programs read it."""

from collections.abc import Iterator
from typing import Any, Literal

from typing_extensions import TypedDict

import fettle
from fettle.model.experiment import Earned, OptimisationRun, StepTaken
from fettle.model.improvement import Category, Gain, Improvement, Level
from fettle.model.loaded import When
from fettle.optimisation.analysis import analyse
from fettle.optimisation.came import came
from fettle.optimisation.said import beside, gained

RiskName = Literal["automatic", "gated", "proposed"]
OutcomeName = Literal["kept", "refused", "taken_back", "nothing", "proposed", "failed"]
KindName = Literal["diff", "file", "command"]
StatusName = Literal["running", "done", "refused", "failed", "undone"]


class FiguresDocument(TypedDict):
    """The medians of a page on a screen."""

    page: str
    profile: str
    metrics: dict[str, float]
    """fcp, lcp, cls and what else was measured, in milliseconds or as a score; and how much crossed
    the network: `bytes`, and of each kind, as `script` and `stylesheet`."""


class EarnedDocument(TypedDict):
    """How a figure has changed."""

    page: str
    profile: str
    metric: str
    before: float
    after: float
    share: float
    """How much of it has gone, from 0 to 1; negative where it has grown."""
    p: float | None
    """How likely so great a difference is by chance."""


class LeftAloneDocument(TypedDict):
    """What a step left alone, and why."""

    path: str
    reason: str


class StepDocument(TypedDict):
    """A step, whether it stayed, and what it earned."""

    id: str
    title: str
    risk: RiskName
    outcome: OutcomeName
    reason: str
    files: list[str]
    """What it wrote, or would have."""
    bytes_before: int
    bytes_after: int
    earned: list[EarnedDocument]
    passed: list[LeftAloneDocument]


class RecommendationDocument(TypedDict):
    """Something that is left to people: what a step proposes, or what would make a page better.

    What a step proposes has a path and a patch; what is of a page has all that is below those.
    """

    step: str | None
    page: str | None
    title: str
    path: str | None
    kind: KindName | None
    """What `patch` is: a diff for `git apply` in the root, a whole file, or a command."""
    patch: str | None
    category: Category | None
    description: str
    impact: Level | None
    risk_level: Level | None
    """How easily it breaks something."""
    automatable: bool
    actions: list[str]
    estimated_improvement: str | None
    """Reckoned from the page's own waterfall; null where that does not tell."""


class EstimateDocument(TypedDict):
    """What was reckoned of a recommendation before, and what came."""

    page: str
    profile: str
    title: str
    metric: str
    reckoned: float
    """By how much less the figure was to be: milliseconds, bytes, or a score."""
    at_most: bool
    """Whether that was all there is to be had, and not what was to come."""
    came: float
    """By how much less it is, by all that was done together; negative where it has grown."""
    cured: bool
    """Whether nothing of what it was about is found any more."""


class OptimisedRun(TypedDict):
    """What became of a web root."""

    fettle: str
    run: str
    root: str
    urls: list[str]
    started_at: str
    duration_s: float | None
    status: StatusName
    verified: bool
    """Whether the live site was seen to show what it should."""
    changed: bool
    """Whether the root is another one now."""
    reason: str
    before_sha256: str
    """One hash of all that was in the root; empty where it was not copied."""
    baseline: list[FiguresDocument]
    optimised: list[FiguresDocument]
    improvement: list[EarnedDocument]
    estimates: list[EstimateDocument]
    optimisations: list[StepDocument]
    recommendations: list[RecommendationDocument]


class _Headed(TypedDict):
    schema: Literal["fettle.optimisation/1"]


class OptimisationDocument(OptimisedRun, _Headed):
    """What became of a web root that was to be faster."""


def said_beside(one: EstimateDocument) -> str:
    """Return what was reckoned beside what came, as people say it."""
    return beside(Gain(one["metric"], one["reckoned"], one["at_most"]), one["came"])


def of_run(run: OptimisationRun) -> OptimisationDocument:
    """Return a run as programs read it."""
    ended = run.ended_at
    return {
        "schema": "fettle.optimisation/1",
        "fettle": fettle.__version__,
        "run": run.id,
        "root": run.root,
        "urls": list(run.urls),
        "started_at": run.started_at.isoformat(),
        "duration_s": None if ended is None else round((ended - run.started_at).total_seconds(), 3),
        "status": run.status.value,
        "verified": run.verified,
        "changed": run.swapped,
        "reason": run.reason,
        "before_sha256": run.before,
        "baseline": _figures(run, When.BEFORE),
        "optimised": _figures(run, When.AFTER),
        "improvement": [_earned(one) for one in run.compared],
        "estimates": list(_estimates(run)),
        "optimisations": [_step(line) for line in run.steps],
        "recommendations": list(_recommended(run)),
    }


def read(kept: dict[str, Any]) -> OptimisationDocument:
    """Return a run as it was kept; what older versions did not know is not in theirs."""
    left = [{**_recommendation(""), **one} for one in kept.get("recommendations", ())]
    document: OptimisationDocument = {
        "estimates": [],
        **kept,  # type: ignore[typeddict-item]
        "recommendations": left,
    }
    return document


def _figures(run: OptimisationRun, when: When) -> list[FiguresDocument]:
    """Return how the pages were; what was compared is of all visits that decided."""
    pages: dict[tuple[str, str], dict[str, float]] = {}
    for load in run.loads:
        if load.when is when:
            seen = load.measured
            pages[load.page, seen.profile.value] = {
                **{name: round(metric.median, 4) for name, metric in seen.metrics.items()},
                **{kind: weight.transferred for kind, weight in seen.weights.items()},
                "bytes": seen.weight.transferred,
            }
    for one in run.compared:
        figure = one.before if when is When.BEFORE else one.after
        pages.setdefault((one.page, one.profile), {})[one.metric] = figure
    return [
        {"page": page, "profile": profile, "metrics": metrics}
        for (page, profile), metrics in pages.items()
    ]


def _estimates(run: OptimisationRun) -> Iterator[EstimateDocument]:
    after = {one.page: one.measured for one in run.loads if one.when is When.AFTER}
    for load in run.loads:
        if load.when is When.BEFORE and load.page in after:
            for one in came(load.measured, after[load.page]):
                yield {
                    "page": load.page,
                    "profile": load.measured.profile.value,
                    "title": one.title,
                    "metric": one.gain.metric,
                    "reckoned": round(one.gain.amount, 4),
                    "at_most": one.gain.at_most,
                    "came": round(one.came, 4),
                    "cured": one.cured,
                }


def _earned(one: Earned) -> EarnedDocument:
    return {
        "page": one.page,
        "profile": one.profile,
        "metric": one.metric,
        "before": round(one.before, 4),
        "after": round(one.after, 4),
        "share": round(one.share, 4),
        "p": None if one.p is None else round(one.p, 4),
    }


def _step(line: StepTaken) -> StepDocument:
    return {
        "id": line.id,
        "title": line.title,
        "risk": line.risk.value,
        "outcome": line.outcome.value,
        "reason": line.reason,
        "files": list(line.files),
        "bytes_before": line.bytes_before,
        "bytes_after": line.bytes_after,
        "earned": [_earned(one) for one in line.earned],
        "passed": [{"path": one.path, "reason": one.reason} for one in line.passed],
    }


def _recommended(run: OptimisationRun) -> Iterator[RecommendationDocument]:
    for note in run.notes:
        yield _recommendation(note)
    for line in run.steps:
        for one in line.patches:
            yield {
                **_recommendation(one.title),
                "step": line.id,
                "path": one.path,
                "kind": one.kind.value,
                "patch": one.text,
            }
    for page, measured in {one.page: one.measured for one in run.loads}.items():  # the last of each
        for improvement in analyse(measured, ()).improvements:
            if not (improvement.automatable and improvement.risk == "low"):
                yield _advised(page, improvement)


def _advised(page: str, one: Improvement) -> RecommendationDocument:
    return {
        **_recommendation(one.title),
        "page": page,
        "category": one.category,
        "description": one.description,
        "impact": one.impact,
        "risk_level": one.risk,
        "automatable": one.automatable,
        "actions": list(one.actions),
        "estimated_improvement": None if one.gain is None else gained(one.gain),
    }


def _recommendation(title: str) -> RecommendationDocument:
    """Return one of which no more is known than what it says."""
    return {
        "step": None,
        "page": None,
        "title": title,
        "path": None,
        "kind": None,
        "patch": None,
        "category": None,
        "description": "",
        "impact": None,
        "risk_level": None,
        "automatable": False,
        "actions": [],
        "estimated_improvement": None,
    }
