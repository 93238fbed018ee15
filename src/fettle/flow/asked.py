"""What is asked of a target: the checks with their limits, and what is accepted."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from fettle import unit
from fettle.diagnosis import ask
from fettle.diagnosis.accept import Ignore
from fettle.flow.look import Questions
from fettle.model.target import Target
from fettle.settings import Settings


def questions(
    settings: Settings,
    target: Target,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    limits: Sequence[str] = (),
    timeout: timedelta | None = None,
    symptoms: tuple[str, ...] = (),
) -> Questions:
    """Return what is asked; raises WrongUsage and BadSettings."""
    checks = unit.checks()
    ask.refuse_unknown(checks, target.limits)
    with_limits = ask.with_limits(
        ask.chosen(checks, only=only, skip=skip),
        target.limits,
        ask.parse_options(checks, limits),
    )
    return Questions(
        tuple(with_limits), timeout=timeout or settings.check.timeout, symptoms=symptoms
    )


def ignores(settings: Settings, today: date) -> list[Ignore]:
    """Return what the settings accept today."""
    return [
        Ignore(partial(entry.covers, today=today), entry.reason, entry.until)
        for entry in settings.ignore
    ]
