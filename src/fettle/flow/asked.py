"""What is asked of a target: the checks with their limits, and what is accepted."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from fettle import unit
from fettle.diagnosis import ask
from fettle.diagnosis.accept import Ignore
from fettle.flow.look import Questions
from fettle.model.looking import Looking
from fettle.model.target import Kind, Target


def questions(
    settings: Looking,
    target: Target,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    limits: Sequence[str] = (),
    symptoms: tuple[str, ...] = (),
) -> Questions:
    """Return what is asked of a target; raises WrongUsage and BadSettings.

    What the settings leave out of it is asked all the same by who names it in `only`.
    """
    is_database = target.kind is Kind.DATABASE
    named = bool(only or skip or limits or target.limits)
    checks = unit.checks() if named or not is_database else unit.checks_of_databases()
    own = target.limits != settings.limits
    section = f"[[{target.kind}]] {target.name}"
    where = f"{section}: limits" if own else "limits"
    ask.refuse_unknown(checks, target.limits, where)
    ask.refuse_unknown(checks, target.skip, f"{section}: skip")
    left_out = () if only else target.skip
    chosen = ask.chosen(checks, only=only, skip=(*skip, *left_out))
    with_limits = ask.with_limits(
        [check for check in chosen if check.of_databases == is_database],
        target.limits,
        ask.parse_options(checks, limits),
        where,
    )
    return Questions(tuple(with_limits), timeout=settings.check.timeout, symptoms=symptoms)


def ignores(settings: Looking, today: date) -> list[Ignore]:
    """Return what the settings accept today; raises BadSettings for a check that nobody asks."""
    for entry in settings.ignore:
        if not entry.of_scan:
            ask.refuse_idle(unit.checks(), entry.check)
    return [
        Ignore(partial(entry.covers, today=today), entry.reason, entry.until)
        for entry in settings.ignore
    ]
