"""Somebody else lets us ask no more.

Why it matters:  Language models, payment and mail services refuse who asks too often (429); what
    needed the answer fails, while they themselves are up.
Verify:          Count answers with status 429 by server; the headers X-RateLimit-Remaining or
    anthropic-ratelimit-requests-remaining of an answer say what is left.
Cure:            Ask less: keep answers, put requests together, spread them over the minute; try
    again when Retry-After says so. Ask for a higher limit.
Ignore when:     Work is slowed down by these refusals on purpose, and tried again.
Cannot see:      Clients that are not instrumented, and limits that nothing tells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Allowance
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """One refusal in a hundred is a burst that is tried again; one in twenty fails for people.

    With a tenth left of what is allowed, the next burst is refused; with nothing, everything is.
    Below `clear` what was refused is over, above `left_clear` what was left. Of fewer requests than
    `requests` the share is chance.
    """

    refused_medium: Ratio = Ratio(0.01)
    refused_high: Ratio = Ratio(0.05)
    left_medium: Ratio = Ratio(0.10)
    left_high: Ratio = Ratio(0.01)
    clear: Ratio = Ratio(0.008)
    left_clear: Ratio = Ratio(0.15)
    requests: int = 20

    def cleared(self) -> "Limits":
        """Return the limits that hold until what was found is over."""
        return replace(self, refused_medium=self.clear, left_medium=self.left_clear)


@check(limits=Limits)
def judge(rows: Sequence[Allowance], limits: Limits) -> Iterator[Verdict]:
    """Judge what was refused, and what is left."""
    for row in rows:
        if row.requests is not None and row.refused is not None:
            yield from _refused(row, row.refused, row.requests, limits)
        if row.left is not None:
            yield from _left(row, row.left, limits)


def _refused(row: Allowance, refused: float, requests: float, limits: Limits) -> Iterator[Verdict]:
    if requests < limits.requests:
        yield Note(f"{row.subject}: {requests:,.0f} requests are too few to judge what it refuses")
        return
    share = Ratio(refused / requests)
    yield Measurement("refused_ratio", round(share, 6), row.subject)
    severity = graded(share, medium=limits.refused_medium, high=limits.refused_high)
    if severity is not None:
        within = f" within {say_duration(row.over)}" if row.over is not None else ""
        yield _finding(
            row,
            severity,
            f"it refused {share} of {requests:,.0f} requests{within} (too many requests)",
            {"refused_count": round(refused), "requests_count": round(requests)},
        )


def _left(row: Allowance, left: float, limits: Limits) -> Iterator[Verdict]:
    yield Measurement(f"allowance_left_{row.kind}", left, row.subject)
    if row.limit:
        share = Ratio(left / row.limit)
        low = share <= limits.left_medium
        severity = Severity.HIGH if share <= limits.left_high else Severity.MEDIUM
        said = f"{left:,.0f} of {row.limit:,.0f} {row.kind} are left, {share}"
    else:
        low, severity, said = left <= 0, Severity.MEDIUM, f"no {row.kind} are left"
    if low:
        yield _finding(row, severity, said, {"left_count": left})


def _finding(
    row: Allowance, severity: Severity, said: str, metrics: dict[str, int | float]
) -> Finding:
    return Finding(
        row.subject,
        severity,
        said,
        metrics=metrics,
        recommendations=(
            f"Ask {row.subject} less: keep answers, put requests together, spread them over time",
            "Try again when its Retry-After says so, with a pause that grows",
            "Ask for a higher limit",
        ),
        about=(things.dependency(row.subject),),
        saturation=True,
    )
