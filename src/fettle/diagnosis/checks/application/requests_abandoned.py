"""Clients give up before they are answered.

Why it matters:  nginx writes 499 when somebody went away while their request was worked on: most
    often it took too long for them, or for a proxy in front. No error is counted for it.
Verify:          awk '$9 == 499' access.log | awk '{print $7}' | sort | uniq -c | sort -n | tail
Cure:            Make the routes that are given up faster; see response_time_high. Where all end
    after the same time, it is the timeout of a proxy or a client: make the two agree.
Ignore when:     Pages call things that they leave when somebody navigates on, like suggestions.
Cannot see:      Why they left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Abandoned
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Some always leave: up to one in fifty is people who click on. One in twenty is waiting.

    Below `clear` what was found is over; of fewer than `requests` it is one impatient person.
    """

    low: Ratio = Ratio(0.02)
    medium: Ratio = Ratio(0.05)
    clear: Ratio = Ratio(0.015)
    requests: int = 200


@check(limits=Limits)
def judge(rows: Sequence[Abandoned], limits: Limits) -> Iterator[Verdict]:
    """Judge each by the share of requests that were given up."""
    for row in rows:
        rate = Ratio(row.abandoned / row.requests) if row.requests else Ratio(0)
        if row.requests:
            yield Measurement("requests_abandoned_ratio", round(rate, 4), row.subject)
        if row.requests < limits.requests:
            yield Note(
                f"{row.subject}: {row.requests:,.0f} requests in {say_duration(row.over)} are too "
                f"few to judge how many were given up; {limits.requests} are needed"
            )
            continue
        if rate < limits.low:
            continue
        yield Finding(
            row.subject,
            Severity.MEDIUM if rate >= limits.medium else Severity.LOW,
            f"{rate} of {row.requests:,.0f} requests in {say_duration(row.over)} were given up by "
            "their clients before they were answered (499)",
            metrics={
                "abandoned_ratio": round(rate, 4),
                "abandoned_count": round(row.abandoned),
            },
            evidence=tuple(row.worst),
            recommendations=(
                "Look at the routes that are given up most: how long do they take?",
                "Where all end after the same time, let the timeouts of proxy and client agree",
            ),
            about=(things.service(row.subject),),
        )
