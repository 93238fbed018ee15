"""What a person decides otherwise than triage: the classification as it is then; pure.

What is not said stays, or follows: a class brings its severity, priority and category; another
severity, or services of another tier, bring the priority that the table has for them; escalation
and promises are those of the priority and the class.
"""

from dataclasses import dataclass, replace

from fettle.errors import NotFound, WrongUsage
from fettle.model.classification import By, Classification, Priority
from fettle.model.severity import Severity
from fettle.triage import policy
from fettle.triage.case import Policy
from fettle.triage.classify import prioritised
from fettle.triage.policy import IssueClass

_MOST_EVIDENCE = 30


@dataclass(frozen=True)
class Correction:
    """What somebody says; None leaves a thing as it is. `class_given` lets None mean no class."""

    reason: str
    severity: Severity | None = None
    priority: Priority | None = None
    category: str | None = None
    services: tuple[str, ...] | None = None
    class_: str | None = None
    class_given: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        given = (self.severity, self.priority, self.category, self.services)
        return not self.class_given and all(one is None for one in given)


def corrected(
    made: Classification, said: Correction, policy_: Policy, actor: str
) -> Classification:
    """Return a classification as somebody decided it; raises NotFound, WrongUsage."""
    if said.is_empty:
        raise WrongUsage(
            "nothing is to be classified otherwise",
            remedy="name a severity, a priority, a category, a class or services",
        )
    if not said.reason.strip():
        raise WrongUsage("deciding otherwise needs the reason", remedy="others learn from it")
    kind = _kind(said.class_ if said.class_given else made.class_, policy_, said)
    brought = kind if said.class_given else None
    severity = brought.severity if brought else made.severity
    if said.severity is not None:
        severity = said.severity
    services = made.services if said.services is None else tuple(dict.fromkeys(said.services))
    priority, why = _priority(made, said, kind, severity, services, policy_)
    promise = policy.promise_of(priority, kind)
    evidence = (f"{actor} decided: {said.reason}", why, *made.evidence)
    return replace(
        made,
        severity=severity,
        priority=priority,
        category=said.category or (brought.category if brought else made.category),
        escalation=promise.escalation,
        sla=promise.sla,
        confidence=1.0,
        by=By.PERSON,
        class_=kind.name if kind else None,
        services=services,
        evidence=tuple(dict.fromkeys(evidence))[:_MOST_EVIDENCE],
    )


def _kind(name: str | None, policy_: Policy, said: Correction) -> IssueClass | None:
    if name is None:
        return None
    known = {**policy.FIXED, **{kind.name: kind for kind in policy_.classes}}
    if name not in known and said.class_given:
        raise NotFound(f"there is no class {name}", remedy=f"one of {', '.join(known)}")
    return known.get(name)  # a class that the team has given up since stays no class


def _priority(
    made: Classification,
    said: Correction,
    kind: IssueClass | None,
    severity: Severity,
    services: tuple[str, ...],
    policy_: Policy,
) -> tuple[Priority, str]:
    if said.priority is not None:
        return said.priority, f"{said.priority}: so it was decided"
    if not said.class_given and severity == made.severity and services == made.services:
        return made.priority, f"{made.priority}: as before"
    tier = policy_.catalogue.affected((), None, services).tier
    return prioritised(severity, kind, tier)
