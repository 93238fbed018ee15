"""`fettle.analysis/1`: a page held against its budgets, as the JSON that programs read."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report import as_json, capacity_document, measure_document
from fettle.frontends.report.capacity_document import ThroughputDocument
from fettle.frontends.report.check_document import FindingDocument, UnknownDocument
from fettle.frontends.report.measure_document import MeasuredPage
from fettle.model.budget import SHARES, SIZES, THROUGHPUT, Judged, Status
from fettle.model.capacity import KeptCapacity
from fettle.model.improvement import Category, Gain, Improvement, Level
from fettle.optimisation.analysis import Analysis
from fettle.optimisation.said import gained

Unit = Literal["ms", "bytes", "score", "share"]


class StandDocument(TypedDict):
    """How a figure stands: milliseconds, bytes as they are sent, a score, or a share."""

    current: float
    target: float
    status: Status


class VitalsDocument(TypedDict):
    """Core Web Vitals and what stands beside them; null where there was no figure."""

    lcp: StandDocument | None
    fid: StandDocument | None
    cls: StandDocument | None
    tti: StandDocument | None
    inp: StandDocument | None
    tbt: StandDocument | None


class BundlesDocument(TypedDict):
    """How much code is sent."""

    javascript: StandDocument | None
    css: StandDocument | None


class CarriedDocument(ThroughputDocument):
    """Requests a second of the page's server, as `fettle optimise capacity --save` found them."""

    at_least: bool
    """Whether it carries more, by how much nobody knows."""
    found_at: str


class ServerDocument(TypedDict):
    """How the server answers, and how much it carries."""

    response_time: StandDocument | None
    ttfb: StandDocument | None
    throughput: CarriedDocument | None
    """Null where nobody has tried."""


class StandingDocument(TypedDict):
    """How the page stands to what is promised."""

    core_web_vitals: VitalsDocument
    bundle_sizes: BundlesDocument
    server_metrics: ServerDocument


class BudgetDocument(StandDocument):
    """A promise, and how the page stands to it."""

    metric: str
    unit: Unit
    poor: float | None
    by: str
    """The [[budget]] that promises it; `default` or `web.dev` for those that come along."""


class GainDocument(TypedDict):
    """By how much a figure would be less."""

    metric: str
    amount: float
    unit: Unit
    at_most: bool
    """Whether that is all there is to be had, and not what will come."""


class ImprovementDocument(TypedDict):
    """What would make the page better."""

    category: Category
    title: str
    description: str
    impact: Level
    risk_level: Level
    """How easily it breaks something."""
    automatable: bool
    actions: list[str]
    estimated_improvement: str | None
    """Reckoned from the page's own waterfall; null where that does not tell."""
    estimate: GainDocument | None
    findings: list[str]
    """The keys of what it would cure."""


class _Headed(TypedDict):
    schema: Literal["fettle.analysis/1"]


class AnalysisDocument(MeasuredPage, _Headed):
    """A page as it was measured, and held against its budgets; its findings are those of both."""

    status: str
    """The worst severity of the findings; `ok`, or `unknown` where there was a gap."""
    analysis: StandingDocument
    budgets: list[BudgetDocument]
    unknown: list[UnknownDocument]
    recommendations: list[ImprovementDocument]


def of_analysis(analysis: Analysis, status: str, *, verbose: bool) -> AnalysisDocument:
    """Return an analysis as a document."""
    rows = None if verbose else as_json.EVIDENCE_ROWS
    findings: list[FindingDocument] = [as_json.finding(one, rows) for one in analysis.findings]
    page = measure_document.page(analysis.measured, verbose=verbose)
    page["findings"] = findings
    return {
        "schema": "fettle.analysis/1",
        **page,
        "status": status,
        "analysis": _standing(analysis),
        "budgets": [_budget(one) for one in analysis.stands],
        "unknown": [
            {"check": check, "reason": gap.reason, "remedy": gap.remedy}
            for check, gap in analysis.unknown
        ],
        "recommendations": [_improvement(one) for one in analysis.improvements],
    }


def _standing(analysis: Analysis) -> StandingDocument:
    known = {one.budget.metric: _stand(one) for one in analysis.stands}
    return {
        "core_web_vitals": {
            "lcp": known.get("lcp"),
            "fid": known.get("fid"),
            "cls": known.get("cls"),
            "tti": known.get("tti"),
            "inp": known.get("inp"),
            "tbt": known.get("tbt"),
        },
        "bundle_sizes": {"javascript": known.get("script"), "css": known.get("stylesheet")},
        "server_metrics": {
            "response_time": known.get("server_response"),
            "ttfb": known.get("ttfb"),
            "throughput": _carried(analysis.capacity, analysis.stands),
        },
    }


def _carried(found: KeptCapacity | None, stands: Sequence[Judged]) -> CarriedDocument | None:
    if found is None:
        return None
    used = next((one for one in stands if one.budget.metric == THROUGHPUT), None)
    return {
        **capacity_document.throughput(found, found.carried, used),
        "at_least": found.at_least,
        "found_at": as_json.moment(found.at),
    }


def _stand(one: Judged) -> StandDocument:
    return {"current": round(one.current, 4), "target": one.budget.target, "status": one.status}


def _budget(one: Judged) -> BudgetDocument:
    return {
        "metric": one.budget.metric,
        "unit": _unit(one.budget.metric),
        **_stand(one),
        "poor": one.budget.poor,
        "by": one.budget.by,
    }


def _unit(metric: str) -> Unit:
    if metric in SIZES:
        return "bytes"
    if metric in SHARES:
        return "share"
    return "score" if metric == "cls" else "ms"


def _improvement(one: Improvement) -> ImprovementDocument:
    return {
        "category": one.category,
        "title": one.title,
        "description": one.description,
        "impact": one.impact,
        "risk_level": one.risk,
        "automatable": one.automatable,
        "actions": list(one.actions),
        "estimated_improvement": None if one.gain is None else gained(one.gain),
        "estimate": None if one.gain is None else _gain(one.gain),
        "findings": list(one.findings),
    }


def _gain(gain: Gain) -> GainDocument:
    return {
        "metric": gain.metric,
        "amount": round(gain.amount, 3),
        "unit": _unit(gain.metric),
        "at_most": gain.at_most,
    }
