"""What nobody tells of a target though it has it: how that is nobody knows.

1. What answers requests takes time for it, fails at times and uses memory, and every machine has
   processors, memory and file systems. Where a source could tell that (a Prometheus, /metrics) and
   none does, it is unknown; so is an objective that is set.
2. All else (a pool, a queue, somebody's limits) not every target has: a check whose readings
   nobody tells is not asked. But where they were told within a day, they are missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Unknown
from fettle.model.readings import (
    Burn,
    ClockSync,
    Descriptors,
    Failures,
    Memory,
    Processor,
    Responses,
    Room,
    Saturation,
)
from fettle.model.target import Kind
from fettle.model.watched import MISSED_FOR
from fettle.unit import AnyCheck

# What is told at all times, also when nothing happens.
_LASTING = frozenset(
    {Responses, Failures, Memory, Processor, Room, Descriptors, Saturation, ClockSync}
)
_ANSWERS = frozenset({Responses, Failures, Memory, Burn})
_HAS: Mapping[Kind, frozenset[type]] = {
    Kind.SERVICE: _ANSWERS,
    Kind.PROMETHEUS: _ANSWERS,
    Kind.HOST: frozenset({Processor, Memory, Room}),
}
_BY_STATUS = "count requests by their status, as OpenTelemetry does, or give its access_log"
_ON_ITSELF = "see whether who looks may read /proc there"
# What nobody tells, and what would let it be known.
_SILENCE: Mapping[type, tuple[str, str]] = {
    Responses: (
        "how long answers take",
        "count requests by a histogram (http.server.request.duration), or give its access_log",
    ),
    Failures: ("how many requests fail", _BY_STATUS),
    Burn: ("how fast its objective is used up", _BY_STATUS),
    Memory: (
        "how much is in use of the memory that it may use",
        "let its container (cAdvisor) or its machine (node_exporter) tell it as well",
    ),
    Processor: ("how busy its processors are", _ON_ITSELF),
    Room: ("how full its file systems are", _ON_ITSELF),
}


def silent(kind: Kind, untold: Iterable[AnyCheck]) -> Iterator[Outcome]:
    """Yield what is unknown of a target of a kind: of these checks nobody told any reading."""
    for check in untold:
        if check.row in _HAS.get(kind, ()):
            what, how = _SILENCE[check.row]
            remedy = f"{how}; where that is no question of it, leave {check.id} out (skip)"
            yield Outcome(check.id, unknown=(Unknown(f"nobody tells {what}", remedy),), silent=True)


def with_untold(
    diagnosis: Diagnosis, asked: Sequence[tuple[AnyCheck, object]], told: Mapping[str, datetime]
) -> Diagnosis:
    """Return a diagnosis with what is missing; `told` says when each check judged something last.

    Of a target that tells nothing at all it is said already.
    """
    if not diagnosis.outcomes:
        return diagnosis
    came = {outcome.check for outcome in diagnosis.outcomes if not outcome.silent}
    missing = {
        check.id: Outcome(check.id, unknown=(_gap(told[check.id]),), silent=True)
        for check, _ in asked
        if check.row in _LASTING
        and check.id not in came
        and check.id in told
        and diagnosis.started_at - told[check.id] <= MISSED_FOR
    }
    others = (outcome for outcome in diagnosis.outcomes if outcome.check not in missing)
    return replace(diagnosis, outcomes=(*others, *missing.values())) if missing else diagnosis


def _gap(at: datetime) -> Unknown:
    return Unknown(
        f"nobody tells of it any more; somebody did until {at:%Y-%m-%d %H:%M} UTC",
        "see whether what counts it still runs, and under the same names; what was taken away on"
        " purpose is not missed after a day",
    )
