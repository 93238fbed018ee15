"""What would make a page better: from its budgets and ills, with what each would earn there; pure.

The gain is reckoned from the page's own waterfall, never from a table: it is what the ill costs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from fettle.model.budget import THROUGHPUT, Budget, Judged
from fettle.model.capacity import KeptCapacity
from fettle.model.finding import Finding, Unknown
from fettle.model.improvement import Category, Gain, Improvement, Level
from fettle.model.measurement import LargestPaint, PageMeasurement
from fettle.model.severity import Severity
from fettle.optimisation import budgets, estimate, field
from fettle.optimisation.said import figure, ms, name_of, title

_IMPACTS: dict[Severity, Level] = {
    Severity.CRITICAL: "high",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
}


@dataclass(frozen=True)
class Analysis:
    """A page held against what is promised of it: how it stands, what is ill, what would help.

    `capacity` is how much its server carries, where that was found and kept.
    """

    measured: PageMeasurement
    stands: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[tuple[str, Unknown], ...]
    improvements: tuple[Improvement, ...]
    capacity: KeptCapacity | None = None

    @property
    def missed(self) -> list[str]:
        """Which budgets that decide anything it does not keep."""
        bad = ("needs-improvement", "over-budget", "poor")
        return [
            one.budget.metric for one in self.stands if one.budget.decides and one.status in bad
        ]


def analyse(
    measured: PageMeasurement, own: Sequence[Budget], carried: KeptCapacity | None = None
) -> Analysis:
    """Hold a page against budgets, one's own before those that come along.

    `carried` is what its server carries, where that was found and kept.
    """
    promised = budgets.budgets(measured.profile, own)
    stands = budgets.judged(measured, promised, carried)
    missed = tuple(budgets.missed(measured, stands))
    lived = () if measured.field is None else field.missed(measured.field, promised)
    found = sorted((*missed, *lived, *measured.findings), key=lambda one: -one.severity)
    return Analysis(
        measured,
        stands,
        tuple(found),
        tuple(budgets.unseen(stands, promised, carried)),
        tuple(_improvements(measured, stands, missed)),
        carried,
    )


def of_unmeasured(measured: PageMeasurement, why: Unknown) -> Analysis:
    """Say of a page that could not be measured that nobody knows how it stands."""
    return Analysis(measured, (), (), (("page", why),), ())


@dataclass(frozen=True)
class _Cure:
    """What is to be done about an ill; `metric` is what gets better by it."""

    category: Category
    title: str
    risk: Level
    automatable: bool
    actions: tuple[str, ...]
    metric: str = "lcp"


_CURES = {
    "text_unpacked": _Cure(
        "bundle-optimization",
        "Send texts packed",
        "low",
        True,
        (
            "Lay a packed file (.br, .gz) beside each text and have the web server send that",
            "Or have the web server pack what it sends: gzip, Brotli or zstd",
        ),
    ),
    "image_too_large": _Cure(
        "core-web-vitals",
        "Send images in the size that is shown",
        "low",
        True,
        (
            "Make each image in the widths that it is shown in, and name them in srcset and sizes",
            "Offer AVIF and WebP beside the format there is",
        ),
    ),
    "image_heavy": _Cure(
        "core-web-vitals",
        "Send images in a format of today",
        "low",
        True,
        (
            "Offer AVIF and WebP beside the format there is (<picture>, or by Accept at the CDN)",
            "Keep photographs out of PNG, and drop what nobody sees of them: metadata, quality",
        ),
    ),
    "paint_found_late": _Cure(
        "core-web-vitals",
        "Ask for the largest image at once",
        "low",
        True,
        (
            "Name it in the page's head: <link rel=preload as=image fetchpriority=high href=…>",
            "Or let it be an <img> of the page, without loading=lazy",
        ),
    ),
    "rendering_blocked": _Cure(
        "core-web-vitals",
        "Let the first paint wait for less",
        "medium",
        False,
        (
            "Name each style sheet in the page's head instead of by @import",
            "Let scripts come later (defer, async) that do not paint what is seen first",
            "Put the few rules that the first paint needs into the page itself",
        ),
        "fcp",
    ),
    "layout_pushed": _Cure(
        "core-web-vitals",
        "Keep the room free that something needs later",
        "low",
        False,
        (
            "Give images and frames their width and height, with height: auto in the style sheet",
            "Keep a place of that height for what a script puts in, or put it in below",
            "Load a font beforehand, with a fallback of the same measures (size-adjust)",
        ),
        "cls",
    ),
    "script_busy": _Cure(
        "core-web-vitals",
        "Have scripts do less at once",
        "medium",
        False,
        (
            "See in the profiler what the script does, and whether the page needs it so early",
            "Part what takes long, and let the page answer in between (scheduler.yield)",
        ),
        "tbt",
    ),
    "interaction_slow": _Cure(
        "core-web-vitals",
        "Answer clicks sooner",
        "medium",
        False,
        (
            "Show at once that the click was heard, and do the rest after that",
            "See in the profiler what its handler does for so long",
        ),
        "inp",
    ),
    "server_slow": _Cure(
        "server",
        "Have the server answer sooner",
        "medium",
        False,
        (
            "See what it waits for: Server-Timing, traces, slow queries (fettle check)",
            "Keep the page ready: a cache in the application, or a CDN",
        ),
    ),
    "others_heavy": _Cure(
        "third-parties",
        "Load less from hosts of others",
        "medium",
        False,
        (
            "Leave out what nobody looks at any more",
            "Load the rest after the page is there, or when somebody wants it",
        ),
    ),
    "led_on": _Cure(
        "server",
        "Name the address that it leads to",
        "low",
        False,
        ("Link to the last address itself", "Let one redirect lead there, and no chain"),
    ),
}


def _improvements(
    measured: PageMeasurement, stands: Sequence[Judged], missed: Sequence[Finding]
) -> Iterator[Improvement]:
    found = {one.check: one for one in missed}
    for one in stands:
        if finding := found.get(f"budget_{one.budget.metric}"):
            if one.budget.metric == "lcp":
                yield _largest_paint(measured, one, finding)
            elif one.budget.metric in ("script", "stylesheet"):
                yield _bundle(measured, one, finding)
            elif one.budget.metric == THROUGHPUT:
                yield _room(finding)
    for ill in measured.findings:
        if cure := _CURES.get(ill.check):
            yield _cured(measured, ill, cure)


def _cured(measured: PageMeasurement, ill: Finding, cure: _Cure) -> Improvement:
    saved = {"cls": "saved_score", "tbt": "blocked_ms"}.get(cure.metric, "saved_ms")
    # no more than there is: what a script has led on to is timed from there
    most = budgets.current_of(measured, cure.metric)
    amount = min(ill.metrics.get(saved, 0.0), inf if most is None else most)
    # what grew is an image or a frame, and needs its measures only; what came is for people
    grew = ill.check == "layout_pushed" and "which grows" in ill.description
    return Improvement(
        category=cure.category,
        title=cure.title,
        description=ill.description,
        impact=_IMPACTS.get(ill.severity, "low"),
        risk=cure.risk,
        automatable=cure.automatable or grew,
        actions=cure.actions,
        gain=None if not amount else Gain(cure.metric, amount, at_most=cure.metric == "tbt"),
        findings=(ill.key,),
    )


def _largest_paint(measured: PageMeasurement, one: Judged, finding: Finding) -> Improvement:
    """Say where the time of the largest paint goes, and what of it can be had."""
    ills = [ill for ill in measured.findings if _cures_paint(ill)]
    saved = sum(ill.metrics.get("saved_ms", 0.0) for ill in ills)
    actions = [_CURES[ill.check].title for ill in ills]
    gain = Gain("lcp", min(saved, one.current), at_most=len(ills) > 1) if saved else None
    said = f"{title('lcp')} is {figure('lcp', one.current)}, the budget "
    said += figure("lcp", one.budget.target)
    if (paint := measured.typical.largest_paint) is not None:
        part, lasted = _longest(paint)
        of = name_of(paint.resource) if paint.resource else paint.element
        said += f"; of {of} {ms(lasted)} pass {part}"
        if saved < one.current - one.budget.target:
            # what is ill does not explain it: the longest part is what there is to be had
            actions.append(_PARTS[part])
            gain = Gain("lcp", min(max(lasted, saved), one.current), at_most=True)
    return Improvement(
        category="core-web-vitals",
        title="Optimise the largest paint",
        description=said,
        impact=_IMPACTS.get(finding.severity, "low"),
        risk="low",
        automatable=any(_CURES[ill.check].automatable for ill in ills),
        actions=tuple(dict.fromkeys(actions)),
        gain=gain,
        findings=(finding.key, *(ill.key for ill in ills)),
    )


def _longest(paint: LargestPaint) -> tuple[str, float]:
    """Return the longest part of the largest paint's time."""
    parts = {
        "before the first byte": paint.ttfb_ms,
        "until it is asked for": paint.load_delay_ms,
        "while it loads": paint.load_ms,
        "until it is shown": paint.render_delay_ms,
    }
    return max(parts.items(), key=lambda part: part[1])


def _cures_paint(ill: Finding) -> bool:
    cure = _CURES.get(ill.check)
    return cure is not None and cure.metric in ("lcp", "fcp")


_PARTS = {
    "before the first byte": "Have the server answer sooner, from nearer to who asks",
    "until it is asked for": "Name it in the page's head, so that it is asked for at once",
    "while it loads": "Make it smaller: AVIF or WebP, the size that is shown, less before it",
    "until it is shown": "Let style sheets, fonts and scripts hold it back for less long",
}


def _bundle(measured: PageMeasurement, one: Judged, finding: Finding) -> Improvement:
    """Say what is too much, and what that costs until the largest paint."""
    metric = one.budget.metric
    sent = [it for it in measured.typical.requests if it.kind == metric]
    largest = max(sent, key=lambda it: it.transferred, default=None)
    over = one.current - one.budget.target
    share = {it: round(it.transferred * over / max(one.current, 1)) for it in sent}
    saved = estimate.saved_ms(measured.typical, share)
    most = "" if largest is None else f", the most of it {name_of(largest.url)}"
    name = "JavaScript" if metric == "script" else "CSS"
    costs = f"; what is beyond it is {ms(saved)} of the largest paint" if saved >= 1 else ""
    said = f"{figure(metric, one.current)} of {name}{most}; the budget is "
    return Improvement(
        category="bundle-optimization",
        title=f"Send less {name}",
        description=said + figure(metric, one.budget.target) + costs,
        impact=_IMPACTS.get(finding.severity, "low"),
        risk="medium",
        automatable=False,
        actions=(
            "See what the bundle is made of, and what of it this page needs",
            "Leave out dependencies that nothing uses, or that a smaller one replaces",
            "Load what other pages or later clicks need when they do (dynamic imports)",
        ),
        gain=Gain(metric, over),
        findings=(finding.key,),
    )


def _room(finding: Finding) -> Improvement:
    """Say how a server gets room again for a busier hour."""
    return Improvement(
        category="server",
        title="Have the server carry more",
        description=finding.description,
        impact=_IMPACTS.get(finding.severity, "low"),
        risk="medium",
        automatable=False,
        actions=(
            "See what it is busy with at that rate: processors, pools, queries (fettle check)",
            "Let a cache answer what need not be made anew for everybody",
            "Add an instance, and find its capacity anew",
        ),
        gain=None,
        findings=(finding.key,),
    )
