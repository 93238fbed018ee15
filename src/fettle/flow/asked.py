"""What is asked of a target: the checks with their limits, and what is accepted."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from fettle import unit
from fettle.diagnosis import ask
from fettle.diagnosis.accept import Ignore
from fettle.flow.look import Questions
from fettle.model.looking import Looking
from fettle.model.target import Target


def questions(
    settings: Looking,
    target: Target,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    limits: Sequence[str] = (),
    symptoms: tuple[str, ...] = (),
) -> Questions:
    """Return what is asked; raises WrongUsage and BadSettings."""
    checks = unit.checks()
    own = target.limits != settings.limits
    where = f"[[database]] {target.name}: limits" if own else "limits"
    ask.refuse_unknown(checks, target.limits, where)
    with_limits = ask.with_limits(
        ask.chosen(checks, only=only, skip=skip),
        target.limits,
        ask.parse_options(checks, limits),
        where,
    )
    return Questions(tuple(with_limits), timeout=settings.check.timeout, symptoms=symptoms)


def ignores(settings: Looking, today: date) -> list[Ignore]:
    """Return what the settings accept today; raises BadSettings for a check that nobody asks."""
    for entry in settings.ignore:
        ask.refuse_idle(unit.checks(), entry.check)
    return [
        Ignore(partial(entry.covers, today=today), entry.reason, entry.until)
        for entry in settings.ignore
    ]
