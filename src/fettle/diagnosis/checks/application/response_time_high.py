"""Answers take too long.

Why it matters:  Who waits for seconds goes away, or asks again and makes it slower; what calls it
    runs into its own time limits.
Verify:          In Prometheus: histogram_quantile(0.95, sum by (le) (rate(
    http_server_request_duration_seconds_bucket[5m]))), read as a bucket: the true value lies
    anywhere between the bounds around it.
Cure:            Profile the slowest route first; most often it is a query, a call to somebody else,
    or a wait for a connection. Cache what may be seconds old; add instances when what is slow is
    the processor.
Ignore when:     A route is meant to take long (an export, a stream): give it a service of its own,
    with its own limits.
Cannot see:      More than the buckets allow: a p95 between two bounds is told as these two. Nor
    what a browser waits for besides: the name, the connection, its scripts.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.capacity import REQUESTS_PER_SECOND
from fettle.model.finding import Finding, Measurement, Note, Unknown, Verdict
from fettle.model.quantity import say_count, say_duration
from fettle.model.readings import Between, Responses
from fettle.model.severity import Severity
from fettle.unit import check

_BOUNDS = "give its histogram bounds at {medium} and {high}"


@dataclass(frozen=True)
class Limits:
    """From two seconds on people notice that they wait, and from five on they leave.

    `clear` is below what a finding is over: a service that swings around two seconds stays found.
    Of fewer requests than `requests` the slowest twentieth is a handful, and chance.
    """

    medium: timedelta = timedelta(seconds=2)
    high: timedelta = timedelta(seconds=5)
    clear: timedelta = timedelta(seconds=1.6)
    requests: int = 100


@check(limits=Limits)
def judge(rows: Sequence[Responses], limits: Limits) -> Iterator[Verdict]:
    """Judge all routes of a service together; by itself each route that is worse than them."""
    services: dict[str, list[Responses]] = defaultdict(list)
    for row in _best(rows, limits):
        services[row.subject].append(row)
        yield from _measured(row)
    for told in services.values():
        whole = [row for row in told if row.route is None]
        routes = [row for row in told if row.route is not None]
        found = [finding for row in whole for finding in _judged(row, routes, limits)]
        yield from found
        together = max((one.severity for one in found if isinstance(one, Finding)), default=None)
        yield from _of_routes(routes, limits, together)


def _best(rows: Sequence[Responses], limits: Limits) -> Sequence[Responses]:
    """Return one row of each: where several sources know, the one that knows it best.

    An access log can tell to the millisecond what the buckets of a histogram leave open.
    """
    best: dict[tuple[str, str | None], Responses] = {}
    for row in rows:
        key = (row.subject, row.route)
        if key not in best or _worth(row, limits) > _worth(best[key], limits):
            best[key] = row
    return list(best.values())


def _worth(row: Responses, limits: Limits) -> tuple[bool, bool, float, float]:
    width = row.p95.most - row.p95.least if row.p95 is not None else math.inf
    return row.requests >= limits.requests, row.p95 is not None, -width, row.requests


def _measured(row: Responses) -> Iterator[Measurement]:
    subject = _name(row)
    yield Measurement("requests_count", round(row.requests), subject)
    if row.route is None and row.per_s is not None:
        yield Measurement(REQUESTS_PER_SECOND, round(row.per_s, 4), subject)
    if row.mean_s is not None:
        yield Measurement("response_mean_s", round(row.mean_s, 4), subject)
    for name, told in (("p50", row.p50), ("p95", row.p95), ("p99", row.p99)):
        if told is not None:
            yield from _interval(f"response_{name}", told, subject)


def _interval(name: str, told: Between, subject: str) -> Iterator[Measurement]:
    if told.least == told.most:
        yield Measurement(f"{name}_s", round(told.least, 4), subject)
        return
    yield Measurement(f"{name}_at_least_s", round(told.least, 4), subject)
    if told.bounded:
        yield Measurement(f"{name}_at_most_s", round(told.most, 4), subject)


def _judged(row: Responses, routes: Sequence[Responses], limits: Limits) -> Iterator[Verdict]:
    if row.requests < limits.requests:
        yield Note(
            f"{_name(row)}: {row.requests:,.0f} requests in {say_duration(row.over)} are too few "
            f"to judge how long answers take; {limits.requests:,} are needed"
        )
    elif row.p95 is None:
        yield Unknown(
            f"{_name(row)}: only how long answers take on average is told, not the slowest of them",
            "count them by a histogram, " + _bounds(limits),
        )
    elif (severity := _severity(row.p95, limits)) is not None:
        yield _finding(row, row.p95, severity, routes, limits)
    elif row.p95.most > limits.medium.total_seconds():
        yield _astride([row], limits)


def _of_routes(
    routes: Sequence[Responses], limits: Limits, together: Severity | None
) -> Iterator[Verdict]:
    """Yield the routes that are slower than their service; what cannot be told, once."""
    astride = []
    for row in routes:
        if row.requests < limits.requests or row.p95 is None:
            continue
        if (severity := _severity(row.p95, limits)) is not None:
            if together is None or severity > together:
                yield _finding(row, row.p95, severity, (), limits)
        elif row.p95.most > limits.medium.total_seconds():
            astride.append(row)
    if astride and together is None:
        yield _astride(astride, limits)


def _severity(p95: Between, limits: Limits) -> Severity | None:
    """Return how bad it is for sure: what straddles a limit is not over it."""
    if p95.least >= limits.high.total_seconds() and p95.most > limits.high.total_seconds():
        return Severity.HIGH
    if p95.least >= limits.medium.total_seconds() and p95.most > limits.medium.total_seconds():
        return Severity.MEDIUM
    return None


def _astride(rows: Sequence[Responses], limits: Limits) -> Unknown:
    told = ", ".join(f"{_name(row)} {row.p95}" for row in rows[:3])
    more = f" and {say_count(len(rows) - 3, 'further route')}" if len(rows) > 3 else ""
    return Unknown(
        f"whether the p95 is over {say_duration(limits.medium)} the buckets cannot tell: "
        f"{told}{more}",
        _bounds(limits),
    )


def _bounds(limits: Limits) -> str:
    return _BOUNDS.format(medium=say_duration(limits.medium), high=say_duration(limits.high))


def _finding(
    row: Responses,
    p95: Between,
    severity: Severity,
    routes: Sequence[Responses],
    limits: Limits,
) -> Finding:
    slow = sorted(routes, key=lambda one: -(one.p95.least if one.p95 else 0))[:5]
    slowest = [one.route for one in slow if one.p95 and one.p95.least >= p95.least]
    first = f"Profile {', '.join(map(str, slowest[:3]))} first" if slowest else "Profile it"
    doubt = severity < Severity.HIGH and p95.most > limits.high.total_seconds()
    return Finding(
        _name(row),
        severity,
        f"its p95 is {p95}, of {row.requests:,.0f} answers in {say_duration(row.over)}"
        + (f"; it may be over {say_duration(limits.high)}" if doubt else ""),
        metrics=_metrics(row, p95),
        evidence=tuple(_shown(one) for one in slow) or (_shown(row),),
        recommendations=(
            f"{first}: does it wait for the database, for somebody else, or for the processor?",
            "Keep for a while what is asked for often and may be seconds old",
            "Add instances when the processor is what it waits for",
        ),
        about=(things.service(row.subject),),
    )


def _metrics(row: Responses, p95: Between) -> Mapping[str, float]:
    figures = {"p95_at_least_s": round(p95.least, 4), "requests_count": round(row.requests)}
    if p95.bounded:
        figures["p95_at_most_s"] = round(p95.most, 4)
    return figures


def _shown(row: Responses) -> dict[str, str | float | None]:
    return {
        "route": row.route,
        "p50": None if row.p50 is None else str(row.p50),
        "p95": None if row.p95 is None else str(row.p95),
        "p99": None if row.p99 is None else str(row.p99),
        "requests": round(row.requests),
    }


def _name(row: Responses) -> str:
    return row.subject if row.route is None else f"{row.subject} {row.route}"
