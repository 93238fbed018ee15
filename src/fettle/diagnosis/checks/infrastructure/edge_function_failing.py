"""A function at the edge fails.

Why it matters:  Whatever goes through it gets an error instead of a page.
Verify:          Read its log: wrangler tail, supabase functions logs, or the provider's dashboard.
Cure:            Take the last deploy of it back when it began there; else handle what it does not:
    an API that answers late, a limit of CPU or memory that it reaches.
Ignore when:     It answers errors on purpose, to what it turns away.
Cannot see:      Errors that it catches, and answers with a page all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Unknown, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Functions
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """As of any service: one in a hundred is noticed, one in twenty is an outage for some.

    Below `clear` what was found is over; of fewer than `calls` one failure is one percent or more.
    """

    medium: Ratio = Ratio(0.01)
    high: Ratio = Ratio(0.05)
    clear: Ratio = Ratio(0.005)
    calls: int = 100


@check(limits=Limits)
def judge(rows: Sequence[Functions], limits: Limits) -> Iterator[Verdict]:
    """Judge each by the share of calls that failed."""
    for row in rows:
        if row.failed is None:
            yield _untold(row) if row.calls >= limits.calls else _few(row, limits)
            continue
        rate = Ratio(row.failed / row.calls) if row.calls else Ratio(0)
        if row.calls:
            yield Measurement("edge_function_failed_ratio", round(rate, 4), row.subject)
        if row.calls < limits.calls:
            if row.failed:
                yield Note(
                    f"{row.subject}: {row.failed:,.0f} of {row.calls:,.0f} calls failed in "
                    f"{say_duration(row.over)}, too few to judge; {limits.calls} are needed"
                )
        elif rate > limits.medium:
            severity = Severity.HIGH if rate > limits.high else Severity.MEDIUM
            yield Finding(
                row.subject,
                severity,
                f"{rate} of {row.calls:,.0f} calls in {say_duration(row.over)} failed",
                metrics={
                    "edge_function_failed_ratio": round(rate, 4),
                    "failed_count": round(row.failed),
                },
                recommendations=(
                    "Read its log of the same time for the first error, not the most frequent",
                    "Was it deployed just before? Take that back, and look then",
                ),
                about=(things.function(row.subject),),
            )


def _few(row: Functions, limits: Limits) -> Note:
    return Note(
        f"{row.subject}: {row.calls:,.0f} calls in {say_duration(row.over)} are too few to judge "
        f"how many fail; {limits.calls} are needed"
    )


def _untold(row: Functions) -> Unknown:
    return Unknown(
        f"{row.subject}: it is not told how many of its calls failed",
        "look at it in the provider's dashboard, or have its traces counted by status_code",
    )
