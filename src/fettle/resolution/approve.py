"""Who may have a plan applied; pure.

Changes are routed by their risk, as those who manage changes of databases do (Bytebase,
https://docs.bytebase.com). What can be taken back, a responder applies: waiting costs more than the
act. What cannot be taken back needs an admin, who approves the plan beforehand, or applies it. A
team that wants four eyes has it applied by another than approved it. A plan does not wait for ever,
and an approval does not hold for longer than it: a week, as AWS's `aws:approve`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fettle.errors import NotAllowed, Refused
from fettle.model.fix import KeptPlan, PlanState, Risk
from fettle.model.role import Caller, Role
from fettle.settings import Settings

_ORDER = (Risk.SAFE, Risk.REVERSIBLE, Risk.IRREVERSIBLE)

Whom = Literal["responder", "admin"]


@dataclass(frozen=True)
class Rule:
    """From which risk on an admin approves (None: never), and how long a plan waits."""

    least: Risk | None = Risk.IRREVERSIBLE
    four_eyes: bool = False
    wait: timedelta = timedelta(days=7)

    def asks(self, risk: Risk) -> bool:
        """Whether an admin is asked about what has that risk."""
        return self.least is not None and _ORDER.index(risk) >= _ORDER.index(self.least)


def rule_of(settings: Settings) -> Rule:
    """Return what the settings say of who may have a plan applied."""
    given = settings.fix
    least = None if given.approve == "never" else Risk(given.approve)
    return Rule(least, given.four_eyes, given.wait)


def waits_for(plan: KeptPlan, rule: Rule) -> Whom | None:
    """Return who may take the next step with a plan; None when none is to be taken."""
    if not plan.state.is_open:
        return None
    return "admin" if rule.asks(plan.risk) and plan.state is PlanState.WAITING else "responder"


def apply(plan: KeptPlan, caller: Caller, rule: Rule) -> bool:
    """Return whether applying it is its approval as well; raises Refused, NotAllowed."""
    _open(plan, "applied")
    if not rule.asks(plan.risk):
        return False
    if plan.state is PlanState.APPROVED:
        if rule.four_eyes and plan.decided_by == caller.actor:
            raise NotAllowed(
                "who approved a plan does not apply it as well", remedy="somebody else applies it"
            )
        return False
    if caller.role < Role.ADMIN or rule.four_eyes:
        raise NotAllowed(
            f"a plan that is {plan.risk} is applied when an admin has approved it",
            remedy="an admin approves it; [fix] approve says what needs that",
        )
    return True


def approve(plan: KeptPlan, caller: Caller) -> None:
    """Raise unless a caller may approve a plan."""
    _open(plan, "approved")
    if caller.role < Role.ADMIN:
        raise NotAllowed(f"{caller.actor} is a {caller.role}, and approving needs an admin")


def decline(plan: KeptPlan, reason: str) -> None:
    """Raise unless a plan can be declined."""
    _open(plan, "declined")
    if not reason.strip():
        raise Refused("declining a plan needs the reason")


def undo(risk: Risk, caller: Caller, rule: Rule) -> None:
    """Raise NotAllowed unless a caller may take a run back by steps of that risk."""
    if rule.asks(risk) and caller.role < Role.ADMIN:
        raise NotAllowed(f"taking it back is {risk}, and needs an admin")


def _open(plan: KeptPlan, verb: str) -> None:
    if plan.state.is_open:
        return
    said = {
        PlanState.TAKEN: "it was applied already",
        PlanState.DECLINED: f"{plan.decided_by} declined it: {plan.reason}",
        PlanState.LAPSED: "it has waited too long",
    }
    raise Refused(f"the plan cannot be {verb}: {said[plan.state]}", remedy="plan again")
