"""How bad trouble is that fits no class: by what is known to be so, and by its words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fettle.model.classification import By
from fettle.model.service import Tier
from fettle.model.severity import Severity
from fettle.model.signal import Facts
from fettle.triage import policy
from fettle.triage.case import Limits
from fettle.triage.kinds import said
from fettle.triage.policy import IssueClass
from fettle.triage.reading import Reading
from fettle.triage.signs import (
    ALL,
    ASIDE,
    ASKED,
    BUSINESS,
    CRASH,
    DATABASE,
    DOCUMENT,
    EXPOSED,
    FAILS,
    FLAW,
    LOAD,
    LOCKED_OUT,
    LOST,
    MANY,
    MISDRAWN,
    ONE,
    OUTAGE,
    OVER,
    PAYMENT,
    PRETENCE,
    QUEUED,
    REHEARSED,
    SCREEN,
    SECURITY,
    SLOW,
    SOME,
    SOMETIMES,
    TYPO,
    UNPAID,
    WHOLE,
    Sign,
)


@dataclass(frozen=True)
class Verdict:
    """What one ground says of a case: how bad, who says so, how sure (0 to 1), and why.

    `kind` is the class that it names. `urgent` makes it p1 whatever the table says.
    """

    severity: Severity
    by: By
    confidence: float
    evidence: tuple[str, ...]
    kind: IssueClass | None = None
    urgent: bool = False


_FACT = 0.95
TOLD = 0.75


def by_facts(facts: Facts, limits: Limits) -> Iterator[Verdict]:
    """Yield what facts say: data and money make it critical, people by their number."""
    if facts.money_stuck:
        kind = policy.FIXED[policy.PAYMENT_FAILURE]
        yield _critical("money cannot move", kind=kind)
    if facts.data_lost:
        yield _critical("data was lost")
    if facts.data_exposed:
        yield _critical("data was exposed")
    if facts.users_affected is not None:
        yield from by_users(facts.users_affected, limits, _FACT)


def _critical(why: str, kind: IssueClass | None = None) -> Verdict:
    sentence = f"{why}: that is critical, and p1, whatever else is known"
    return Verdict(Severity.CRITICAL, By.RULE, _FACT, (sentence,), kind, urgent=True)


def by_users(users: int, limits: Limits, confidence: float) -> Iterator[Verdict]:
    """Yield what the number of people says; few people make nothing harmless."""
    for severity, threshold in (
        (Severity.CRITICAL, limits.most_users),
        (Severity.HIGH, limits.many_users),
    ):
        if users >= threshold:
            sentence = f"{users:,} users are affected; from {threshold:,} on it is {severity}"
            yield Verdict(severity, By.RULE, confidence, (sentence,))
            return


def by_told_data(reading: Reading) -> Iterator[Verdict]:
    """Yield what is said of lost or exposed data: critical, for who could wait to be sure."""
    if reading.has(LOST, EXPOSED) and not reading.has(ASIDE):
        evidence = tuple(said(reading, (EXPOSED, LOST)))
        yield Verdict(Severity.CRITICAL, By.RULE, TOLD, evidence, urgent=True)


def by_told_users(reading: Reading, limits: Limits) -> Iterator[Verdict]:
    """Yield what the number of people that a text names says, where they meet more than a flaw."""
    if reading.users is not None and reading.has(*_BREAKS, *_HINDERS):
        yield from by_users(reading.users, limits, TOLD)


_BREAKS = (OUTAGE, LOCKED_OUT, CRASH, UNPAID)
_HINDERS = (FAILS, SLOW, QUEUED, SECURITY)
_WIDE = (ALL, MANY, WHOLE)


def by_words(reading: Reading, tier: Tier | None) -> Verdict:
    """Return what the words say that fit no class; medium where they say nothing."""
    if not reading.trouble:
        return _without_trouble(reading)
    signs = (*_BREAKS, *_HINDERS, FLAW)
    breaks = reading.has(*_BREAKS)
    if reading.has(ASIDE):
        return _words(Severity.MEDIUM if breaks else Severity.LOW, reading, (*signs, ASIDE))
    if reading.has(ONE) and not reading.has(ALL, MANY):
        severity = Severity.HIGH if reading.has(UNPAID) else Severity.MEDIUM
        return _words(severity, reading, (*signs, ONE))
    if breaks:
        return _words(Severity.HIGH, reading, signs)
    return _hindering(reading, tier, signs)


def _hindering(reading: Reading, tier: Tier | None, signs: tuple[Sign, ...]) -> Verdict:
    hinders = reading.has(*_HINDERS)
    if hinders and tier is Tier.CRITICAL:
        verdict = _words(Severity.HIGH, reading, signs)
        tiered = "a service of tier critical is affected"
        return replace(verdict, evidence=(*verdict.evidence, tiered))
    hurting = _hurting(reading)
    if hinders and reading.has(*hurting) and not reading.has(SOME, SOMETIMES):
        return _words(Severity.HIGH, reading, (*signs, *hurting))
    return _words(Severity.MEDIUM, reading, signs)


def _words(severity: Severity, reading: Reading, signs: tuple[Sign, ...]) -> Verdict:
    return Verdict(severity, By.RULE, 0.5, tuple(said(reading, signs)))


def _hurting(reading: Reading) -> tuple[Sign, ...]:
    """Return the signs that make what hinders high: many people, money, failing business."""
    return (*_WIDE, PAYMENT, *((BUSINESS,) if reading.has(FAILS) else ()))


def _without_trouble(reading: Reading) -> Verdict:
    if reading.dismissed:
        evidence = tuple(
            f'"{one.mention.words}" is no trouble here: {one.because.value}'
            for one in reading.dismissed[:3]
        )
        return Verdict(Severity.LOW, By.RULE, 0.6, evidence)
    calm = (OVER, PRETENCE, REHEARSED, ASKED, DOCUMENT)
    if reading.has(*calm):
        return Verdict(Severity.LOW, By.RULE, 0.55, tuple(said(reading, calm)))
    evidence = ("nothing in it says how bad it is; of low and medium the higher",)
    return Verdict(Severity.MEDIUM, By.RULE, 0.2, evidence)


_CATEGORIES: tuple[tuple[str, tuple[Sign, ...]], ...] = (
    ("security", (EXPOSED, SECURITY)),
    ("business-critical", (UNPAID, LOST)),
    ("infrastructure", (OUTAGE, CRASH)),
    ("performance", (QUEUED, SLOW)),
    ("user-experience", (MISDRAWN, SCREEN)),
    ("business-critical", (PAYMENT, BUSINESS, LOCKED_OUT)),
    ("infrastructure", (FAILS, DATABASE)),
    ("performance", (LOAD,)),
    ("maintenance", (DOCUMENT, TYPO, ASKED, REHEARSED, OVER)),
)


def category_of(reading: Reading, facts: Facts) -> str:
    """Return the category of what fits no class; infrastructure where nothing tells."""
    if facts.data_exposed:
        return "security"
    if facts.data_lost or facts.money_stuck:
        return "business-critical"
    for category, signs in _CATEGORIES:
        if reading.has(*signs):
            return category
    return "infrastructure"
