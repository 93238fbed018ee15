"""The decision of triage: a pure function of what was told, of the policy, and of the history.

In this order: what the source says itself; the facts; the classes, the team's own and the five
fixed ones; the model of the team's history, where it is sure enough; then words that fit no class.
The worst of what stands decides. What the source says is never lowered; what only words say is
lowered by the model alone, where it is surer than they are, and then the evidence says so. Without
anything to go by it is medium: of low and medium the higher.

What a program prints, an exception or a line of a log, says what failed and not how much stands
still: one "connection refused" is no outage. Its words name a class and make nothing worse; the
source, the facts and the team's own classes do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fettle.model.classification import By, Classification, Priority
from fettle.model.quantity import say_share
from fettle.model.service import Tier
from fettle.model.severity import Severity
from fettle.triage import impact, policy, weigh
from fettle.triage.case import Case, History, Opinion, Policy
from fettle.triage.kinds import CERTAIN, Match, OwnClasses, fixed
from fettle.triage.policy import IssueClass
from fettle.triage.reading import READ_AT_MOST, Reading, merged, read
from fettle.triage.weigh import Verdict

_SOURCE = 0.7
_SUREST = 0.97


def classify(case: Case, policy_: Policy, history: History | None = None) -> Classification:
    """Return severity, priority, category, escalation and promise, with the evidence for them."""
    reading = merged([read(text) for text in case.texts])
    affected = policy_.catalogue.affected(case.texts, case.service, case.labels.values())
    opinion = history.opinion(case) if history else None
    grounds = _grounds(case, policy_, reading, affected.tier, opinion)
    kind = next((ground.kind for ground in grounds if ground.kind), None)
    worst = max(grounds, key=lambda ground: ground.severity)
    urgent = any(ground.urgent for ground in grounds)
    priority, why = prioritised(worst.severity, kind, affected.tier, urgent=urgent)
    promise = policy.promise_of(priority, kind)
    evidence = [*_evidence(grounds, worst, reading), *affected.evidence]
    evidence += [*_left_out(case, reading, worst.severity), *_unheard(opinion, policy_), why]
    return Classification(
        worst.severity,
        priority,
        kind.category if kind else weigh.category_of(reading, case.facts),
        promise.escalation,
        promise.sla,
        _confidence(grounds, worst),
        worst.by,
        kind.name if kind else None,
        affected.named,
        impact.estimated(reading, case.facts, affected, printed=case.printed),
        tuple(dict.fromkeys(evidence)),
    )


def _grounds(
    case: Case, policy_: Policy, reading: Reading, tier: Tier | None, opinion: Opinion | None
) -> list[Verdict]:
    """Return what counts, in the order in which it is asked; there is always something."""
    grounds = [*_told(case), *weigh.by_facts(case.facts, policy_.limits)]
    if not case.printed:
        grounds += weigh.by_told_data(reading)
        grounds += weigh.by_told_users(reading, policy_.limits)
    worded = _worded(case, policy_, reading, tier, _ceiling(case, grounds))
    return [*grounds, *_weighed(worded, opinion, policy_, alone=not grounds)]


def _ceiling(case: Case, grounds: Sequence[Verdict]) -> Severity:
    """Return the worst that words can make of it."""
    if not case.printed:
        return Severity.CRITICAL
    return max((ground.severity for ground in grounds), default=Severity.MEDIUM)


def _told(case: Case) -> Iterator[Verdict]:
    if case.severity is not None:
        evidence = (f"the source says that it is {case.severity}",)
        yield Verdict(case.severity, By.SOURCE, _SOURCE, evidence)


def _worded(
    case: Case, policy_: Policy, reading: Reading, tier: Tier | None, ceiling: Severity
) -> Verdict:
    """Return what the words say: a class where one fits, of the five none above the ceiling."""
    own = list(OwnClasses(policy_.classes).found(case.texts, reading))
    match = _chosen(own, [one for one in fixed(reading) if one.kind.severity <= ceiling])
    if match is None:
        said = weigh.by_words(reading, tier)
        return replace(said, severity=min(said.severity, ceiling))
    return Verdict(match.kind.severity, By.RULE, match.confidence, match.evidence, match.kind)


def _chosen(own: Sequence[Match], five: Sequence[Match]) -> Match | None:
    """Return the class: a team's own says more than the five, but hides nothing certain and worse.

    Among several of a kind the worst, then the surest.
    """
    ours = max(own, key=_weight, default=None)
    theirs = max(five, key=_weight, default=None)
    if ours is None or theirs is None:
        return ours or theirs
    certain = theirs.confidence >= CERTAIN or theirs.kind.name == policy.PAYMENT_FAILURE
    worse = theirs.kind.severity > ours.kind.severity
    chosen, other = (theirs, ours) if certain and worse else (ours, theirs)
    beside = f"{other.kind.name} ({other.kind.severity}) would fit as well"
    return replace(chosen, evidence=(*chosen.evidence, beside))


def _weight(match: Match) -> tuple[Severity, float]:
    return match.kind.severity, match.confidence


def _weighed(
    worded: Verdict, opinion: Opinion | None, policy_: Policy, *, alone: bool
) -> Iterator[Verdict]:
    """Yield what counts of the words and of the model's opinion.

    Words that fit no class count only where nobody else has said anything.
    """
    counts = worded.kind is not None or alone
    if opinion is None or opinion.confidence < policy_.limits.confidence:
        if counts:
            yield worded
        return
    kinds = {**policy.FIXED, **{kind.name: kind for kind in policy_.classes}}
    kind = kinds.get(opinion.class_ or "")
    if kind is not None and kind.severity != opinion.severity:
        kind = None  # the class would promise what another severity needs
    heard = Verdict(opinion.severity, By.MODEL, opinion.confidence, opinion.evidence, kind)
    if worded.kind is None:
        yield heard
    elif opinion.severity >= worded.severity:
        yield worded
        yield heard
    elif opinion.confidence > worded.confidence:
        beside = f"the words alone would be {worded.kind.name} ({worded.severity})"
        yield replace(heard, evidence=(*heard.evidence, beside))
    else:
        yield worded


def prioritised(
    severity: Severity, kind: IssueClass | None, tier: Tier | None, *, urgent: bool = False
) -> tuple[Priority, str]:
    """Return the priority, and why: the class's own, the table's where it was made worse."""
    if urgent:
        return Priority.P1, "p1: data or money is at stake"
    if kind is not None and severity <= kind.severity:
        return kind.priority, f"{kind.priority}: {kind.name} is always {kind.priority}"
    impact_, urgency = policy.impact_of(severity), policy.urgency_of(severity, tier)
    priority = policy.priority_of(impact_, urgency)
    known = f"tier {tier}" if tier else "no service of the catalogue"
    why = f"impact {policy.SAID[impact_]} × urgency {policy.SAID[urgency]} ({known})"
    if kind is not None and kind.priority < priority:
        return kind.priority, f"{kind.priority}: {kind.name} is never later"
    return priority, f"{priority}: {why}"


def _confidence(grounds: Sequence[Verdict], worst: Verdict) -> float:
    """Return how sure it is: grounds that say the same make it surer, a model's figure stands."""
    if worst.by is By.MODEL:
        return round(worst.confidence, 3)
    agreeing = [ground for ground in grounds if ground.severity == worst.severity]
    doubt = math.prod(1 - ground.confidence for ground in agreeing)
    return round(min(1 - doubt, _SUREST), 3)


def _unheard(opinion: Opinion | None, policy_: Policy) -> Iterator[str]:
    """Yield what the history says without being sure enough to be heard."""
    if opinion is not None and opinion.confidence < policy_.limits.confidence:
        yield (
            f"the team's history leans to {opinion.severity}, and is not heard below "
            f"{say_share(policy_.limits.confidence)}: it is {say_share(opinion.confidence)} sure"
        )


def _left_out(case: Case, reading: Reading, severity: Severity) -> Iterator[str]:
    """Yield which of the five a program's words would be, had a person said them."""
    for match in fixed(reading) if case.printed else ():
        if match.kind.severity > severity:
            yield f"{match.kind.name} is not concluded from what a program prints"


def _evidence(grounds: Sequence[Verdict], worst: Verdict, reading: Reading) -> Iterator[str]:
    yield from worst.evidence
    for ground in grounds:
        yield from ground.evidence
    if reading.cut:
        yield f"only the first {READ_AT_MOST:,} characters were read"
