"""Who may have a plan applied: a table of plans, rules and callers."""

from dataclasses import replace

import pytest

from fettle.errors import FettleError, NotAllowed, Refused
from fettle.model.fix import KeptPlan, PlanState, Risk
from fettle.model.looking import FixSettings
from fettle.model.role import Caller, Role
from fettle.resolution import approve
from fettle.resolution.approve import Rule
from fettle.settings import Settings
from fettle.testing import START

PLAN = KeptPlan(
    *("sha256:1", "fix", "main-db", "public.t_b", Risk.SAFE, {}, PlanState.WAITING, START, "fettle")
)
ADA = Caller("token:ada", Role.ADMIN)
BOB = Caller("token:bob", Role.RESPONDER)
USUAL = Rule()
NEVER = Rule(least=None)
ALWAYS = Rule(least=Risk.SAFE)
FOUR_EYES = Rule(four_eyes=True)


def plan(risk: Risk, approved_by: str | None = None, **more: object) -> KeptPlan:
    state = PlanState.APPROVED if approved_by else PlanState.WAITING
    given = {"risk": risk, "state": state, "decided_by": approved_by, **more}
    return replace(PLAN, **given)  # type: ignore[arg-type] # fields, by name


@pytest.mark.parametrize(
    ("made", "caller", "rule", "comes"),
    [
        (plan(Risk.SAFE), BOB, USUAL, False),
        (plan(Risk.REVERSIBLE), BOB, USUAL, False),
        (plan(Risk.IRREVERSIBLE), BOB, USUAL, NotAllowed),
        (plan(Risk.IRREVERSIBLE), ADA, USUAL, True),
        (plan(Risk.IRREVERSIBLE, "token:ada"), BOB, USUAL, False),
        (plan(Risk.IRREVERSIBLE, "token:ada"), ADA, USUAL, False),
        (plan(Risk.IRREVERSIBLE), BOB, NEVER, False),
        (plan(Risk.SAFE), BOB, ALWAYS, NotAllowed),
        (plan(Risk.SAFE), ADA, ALWAYS, True),
        (plan(Risk.IRREVERSIBLE), ADA, FOUR_EYES, NotAllowed),
        (plan(Risk.IRREVERSIBLE, "token:ada"), ADA, FOUR_EYES, NotAllowed),
        (plan(Risk.IRREVERSIBLE, "token:ada"), BOB, FOUR_EYES, False),
        (plan(Risk.REVERSIBLE), ADA, FOUR_EYES, False),
    ],
)
def test_who_may_apply_a_plan(
    made: KeptPlan, caller: Caller, rule: Rule, comes: bool | type[FettleError]
) -> None:
    if isinstance(comes, bool):
        assert approve.apply(made, caller, rule) is comes
    else:
        with pytest.raises(comes):
            approve.apply(made, caller, rule)


@pytest.mark.parametrize("state", [PlanState.DECLINED, PlanState.TAKEN, PlanState.LAPSED])
def test_what_waits_no_more_is_neither_applied_nor_decided_about(state: PlanState) -> None:
    over = replace(PLAN, state=state, decided_by="ada", reason="not now")

    for act in (
        lambda: approve.apply(over, ADA, USUAL),
        lambda: approve.approve(over, ADA),
        lambda: approve.decline(over, "no"),
    ):
        with pytest.raises(Refused, match="the plan cannot be") as refused:
            act()
        assert refused.value.remedy == "plan again"
    assert approve.waits_for(over, USUAL) is None


@pytest.mark.parametrize(
    ("made", "rule", "whom"),
    [
        (plan(Risk.REVERSIBLE), USUAL, "responder"),
        (plan(Risk.IRREVERSIBLE), USUAL, "admin"),
        (plan(Risk.IRREVERSIBLE, "token:ada"), USUAL, "responder"),
        (plan(Risk.SAFE), ALWAYS, "admin"),
        (plan(Risk.IRREVERSIBLE), NEVER, "responder"),
    ],
)
def test_whom_a_plan_waits_for(made: KeptPlan, rule: Rule, whom: str) -> None:
    assert approve.waits_for(made, rule) == whom


def test_approving_needs_an_admin_and_declining_a_reason() -> None:
    approve.approve(PLAN, ADA)
    approve.decline(PLAN, "the index is for the yearly report")
    with pytest.raises(NotAllowed, match="needs an admin"):
        approve.approve(PLAN, BOB)
    with pytest.raises(Refused, match="needs the reason"):
        approve.decline(PLAN, "  ")


def test_taking_back_is_allowed_by_its_own_risk() -> None:
    approve.undo(Risk.SAFE, BOB, USUAL)
    approve.undo(Risk.IRREVERSIBLE, ADA, USUAL)
    with pytest.raises(NotAllowed):
        approve.undo(Risk.IRREVERSIBLE, BOB, USUAL)


def test_the_settings_say_the_rule() -> None:
    usual, never = Settings().fix, FixSettings(approve="never", four_eyes=True)

    assert (Risk(usual.approve), usual.four_eyes) == (USUAL.least, USUAL.four_eyes)
    assert usual.wait == USUAL.wait
    assert (never.approve, never.four_eyes) == ("never", True)
