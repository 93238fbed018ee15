"""What was told of a target and is not told any more: how that is nobody knows.

Not every target has a pool: a check whose readings nobody tells is not asked. But where they were
told within a day, they are missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Unknown
from fettle.model.readings import (
    ClockSync,
    Descriptors,
    Failures,
    Memory,
    Processor,
    Responses,
    Room,
    Saturation,
)
from fettle.model.watched import MISSED_FOR
from fettle.unit import AnyCheck

# What is told at all times, also when nothing happens.
_LASTING = frozenset(
    {Responses, Failures, Memory, Processor, Room, Descriptors, Saturation, ClockSync}
)


def with_untold(
    diagnosis: Diagnosis, asked: Sequence[tuple[AnyCheck, object]], told: Mapping[str, datetime]
) -> Diagnosis:
    """Return a diagnosis with what is missing; `told` says when each check judged something last.

    Of a target that tells nothing at all it is said already.
    """
    if not diagnosis.outcomes:
        return diagnosis
    came = {outcome.check for outcome in diagnosis.outcomes}
    missing = tuple(
        Outcome(check.id, unknown=(_gap(told[check.id]),))
        for check, _ in asked
        if check.row in _LASTING
        and check.id not in came
        and check.id in told
        and diagnosis.started_at - told[check.id] <= MISSED_FOR
    )
    return replace(diagnosis, outcomes=(*diagnosis.outcomes, *missing)) if missing else diagnosis


def _gap(at: datetime) -> Unknown:
    return Unknown(
        f"nobody tells of it any more; somebody did until {at:%Y-%m-%d %H:%M} UTC",
        "see whether what counts it still runs, and under the same names; what was taken away on"
        " purpose is not missed after a day",
    )
