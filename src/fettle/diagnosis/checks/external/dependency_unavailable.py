"""A dependency is not available.

Why it matters:  What needs it fails or waits: a part of the service is gone, or all of it.
Verify:          Run curl -sv URL, here and from another network; an API that asks for a key (401,
    403, 404) is there, one that answers from 500 on or not at all is not.
Cure:            See what its provider says, let calls to it fail fast (a circuit breaker, a time
    limit), and serve what can be served without it; write to the provider if it goes on.
Ignore when:     It is switched off on purpose; that status is a good answer here (expect).
Cannot see:      Whether it does what it should for who has a key; what of it is not asked.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.probed import Reached, Step
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

_ADVICE = (
    "Let calls to it fail fast, by a time limit and a circuit breaker: nothing should wait for it",
    "Serve what can be served without it, and say so where that is not all",
)


@check(limits=NoLimits)
def judge(rows: Sequence[Reached], _: NoLimits) -> Iterator[Verdict]:
    """Find dependencies that gave no answer, or only told that they fail, twice."""
    for row in rows:
        yield Measurement("dependency_up", int(row.good))
        if row.status is not None:
            yield Measurement("dependency_status_code", row.status)
        if row.flapped is not None:
            yield Note(f"{row.subject} answered only the second time; the first time {row.flapped}")
        if not row.good:
            yield _finding(row)
        elif row.status == HTTPStatus.TOO_MANY_REQUESTS:
            yield Note(
                f"{row.subject} answers 429: it was asked too often from here; what it lets those "
                "ask who have a key is allowance_low's to tell"
            )


def _finding(row: Reached) -> Finding:
    means = f": {row.says}" if row.says else ""
    said = row.problem or f"it answers {row.status}{means}"
    again = ", both times it was asked" if len(row.tries) > 1 else ""
    return Finding(
        row.subject,
        Severity.HIGH if row.critical else Severity.MEDIUM,
        f"{said}{again}",
        metrics={"tries_count": len(row.tries)},
        evidence=tuple(row.tries),
        recommendations=(
            *(row.advice or ("See what its provider says: its status page",)),
            *_ADVICE,
            "Write to its provider if it goes on",
        ),
        about=(things.dependency(row.subject),),
        blames=tuple(_behind(row)),
    )


def _behind(row: Reached) -> Iterator[str]:
    if row.failed in (Step.RESOLVER, Step.LOOKUP):
        yield things.domain(row.host)
    if row.failed is Step.CERTIFICATE:
        yield things.certificate(row.authority)
