"""Requests fail.

Why it matters:  Each of them is somebody who did not get what they came for, and may not know
    whether it was done.
Verify:          In Prometheus: sum(rate(http_server_request_duration_seconds_count{
    http_response_status_code=~"5.."}[5m])) over the same without the status; no 5xx at all is an
    empty answer there, not a zero.
Cure:            Begin with the most frequent error: its stack says where (fettle error list). What
    fails because somebody else does is tried again, with a pause, or cut off for a while.
Ignore when:     Something asks for what is known to fail, a probe of a feature for one.
Cannot see:      Errors that are answered with a status below 500, and requests that never arrived.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.capacity import REQUESTS_PER_SECOND
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Failures
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Above one in a hundred somebody notices within minutes; one in twenty is an outage of a part.

    Below `clear` what was found is over. Of fewer requests than `requests`, and of fewer failures
    than `failures`, the share is chance.
    """

    medium: Ratio = Ratio(0.01)
    high: Ratio = Ratio(0.05)
    clear: Ratio = Ratio(0.008)
    requests: int = 100
    failures: int = 3


@check(limits=Limits)
def judge(rows: Sequence[Failures], limits: Limits) -> Iterator[Verdict]:
    """Judge all routes of a service together; by itself each route that is worse than them."""
    services: dict[str, list[Failures]] = defaultdict(list)
    for row in _worst(rows, limits):
        services[row.subject].append(row)
        if row.rate is not None:
            yield Measurement("error_rate_ratio", round(row.rate, 6), _name(row))
            if row.route is None and row.per_s is not None:
                yield Measurement(REQUESTS_PER_SECOND, round(row.per_s, 4), row.subject)
    for told in services.values():
        routes = sorted((row for row in told if row.route is not None), key=lambda row: -row.failed)
        whole = [finding for row in told for finding in _judged(row, routes, limits, whole=True)]
        yield from whole
        found = [one.severity for one in whole if isinstance(one, Finding)]
        alone = [one for row in routes for one in _judged(row, (), limits, whole=False)]
        yield from (
            one
            for one in alone
            if isinstance(one, Finding) and all(one.severity > worst for worst in found)
        )


def _worst(rows: Sequence[Failures], limits: Limits) -> Sequence[Failures]:
    """Return one row of each: where several sources know, the one that saw the most of it fail.

    What is before an application sees failures that never reach it.
    """
    worst: dict[tuple[str, str | None], Failures] = {}
    for row in rows:
        key = (row.subject, row.route)
        if key not in worst or _weight(row, limits) > _weight(worst[key], limits):
            worst[key] = row
    return list(worst.values())


def _weight(row: Failures, limits: Limits) -> tuple[bool, float, float]:
    return row.requests >= limits.requests, row.rate or 0, row.requests


def _judged(
    row: Failures, routes: Sequence[Failures], limits: Limits, *, whole: bool
) -> Iterator[Verdict]:
    if whole != (row.route is None):
        return
    if row.requests < limits.requests:
        if whole:
            yield Note(
                f"{row.subject}: {row.requests:,.0f} requests in {say_duration(row.over)} are too "
                f"few to judge how many fail; {limits.requests:,} are needed"
            )
        return
    rate = row.rate or Ratio(0)
    if row.failed >= limits.failures and rate > limits.medium:
        yield _finding(row, rate, routes, Severity.HIGH if rate > limits.high else Severity.MEDIUM)


def _finding(row: Failures, rate: Ratio, routes: Sequence[Failures], severity: Severity) -> Finding:
    parts = [
        {"route": one.route, "failed": round(one.failed), "requests": round(one.requests)}
        for one in routes
        if one.failed
    ]
    most = next((str(one["route"]) for one in row.worst if one.get("route")), None)
    where = f"; most of them at {most}" if most is not None else ""
    return Finding(
        _name(row),
        severity,
        f"{rate} of {row.requests:,.0f} requests failed within {say_duration(row.over)}{where}",
        metrics={
            "error_rate_ratio": round(rate, 6),
            "failed_count": round(row.failed),
            "requests_count": round(row.requests),
        },
        evidence=tuple(row.worst) or tuple(parts[:5]),
        recommendations=(
            f"Look into the most frequent error{f', at {most}' if most else ''}: fettle error list",
            "Was something deployed just before? Take it back, and look then",
            "Where others' failures are passed on: try again, then pause (a circuit breaker)",
        ),
        about=(things.service(row.subject),),
    )


def _name(row: Failures) -> str:
    return row.subject if row.route is None else f"{row.subject} {row.route}"
