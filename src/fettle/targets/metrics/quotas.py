"""What others let us ask of them, of their own limits: refusals (429), and what is left.

Language models and payment services refuse who asks too often, long before they are down.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Unknown
from fettle.model.readings import Allowance
from fettle.targets.metrics.figures import MOST, Figures, Labels, Sample

_REFUSED = re.compile(r"429|.*(rate.?limit|too.?many.?requests|quota|throttl).*", re.IGNORECASE)


@dataclass(frozen=True)
class Calls:
    """A counter of calls of others: the labels that name them, and those that say how it ended."""

    counter: str
    whom: Labels
    ended: Labels


_CALLS = (
    Calls(
        "gen_ai_client_operation_duration_seconds_count",
        ("gen_ai_provider_name", "gen_ai_system", "server_address"),
        ("error_type",),
    ),
    Calls(
        "http_client_request_duration_seconds_count",
        ("server_address", "http_host"),
        ("http_response_status_code", "error_type"),
    ),
    Calls(
        "http_client_duration_milliseconds_count",
        ("net_peer_name", "server_address", "http_host"),
        ("http_status_code", "http_response_status_code"),
    ),
    Calls("http_client_requests_seconds_count", ("client_name", "host"), ("status",)),
    Calls("litellm_proxy_total_requests_metric_total", ("requested_model",), ("exception_status",)),
)
# What is left, and of how much: `<x>_remaining` beside `<x>_limit`, as clients tell the headers
# X-RateLimit-Remaining and X-RateLimit-Limit.
_LEFT = re.compile(
    r"(?P<stem>\w*?(?:rate_?limit|quota)\w*?)_remaining(?P<rest>_\w+)?"
    r"|(?P<litellm>litellm_remaining_(?P<kind>requests|tokens)_metric)",
    re.ASCII,
)
_WHOM: Labels = ("provider", "gen_ai_system", "server_address", "host", "api", "resource", "model")


async def allowances(figures: Figures) -> Sequence[Allowance | Unknown]:
    """Return how often others refused us, and what of their limits is left."""
    return [*await _refusals(figures), *await _left(figures)]


async def _refusals(figures: Figures) -> Sequence[Allowance]:
    over, names = await figures.span(), await figures.names()
    rows: dict[str, Allowance] = {}
    for calls in _CALLS:
        native = calls.counter.removesuffix("_count")
        if not {calls.counter, native} & names:
            continue
        told: dict[str, list[Sample]] = defaultdict(list)
        for sample in await figures.grown(calls.counter, (*calls.whom, *calls.ended)):
            told[sample.first(calls.whom)].append(sample)
        for whom, samples in told.items():
            refused = sum(
                one.value
                for one in samples
                if any(_REFUSED.fullmatch(one.labels.get(label, "")) for label in calls.ended)
            )
            if whom and whom not in rows:
                requests = sum(one.value for one in samples)
                rows[whom] = Allowance(
                    whom, "requests", refused=refused, requests=requests, over=over
                )
    return sorted(rows.values(), key=lambda row: -_refused(row))[:MOST]


def _refused(row: Allowance) -> float:
    return (row.refused or 0) / row.requests if row.requests else 0.0


async def _left(figures: Figures) -> Sequence[Allowance]:
    names, rows = await figures.names(), []
    for name in sorted(names):
        match = _LEFT.fullmatch(name)
        if match is None:
            continue
        limit = f"{match['stem']}_limit{match['rest'] or ''}" if match["stem"] else None
        kind = match["kind"] or (match["rest"] or "").strip("_") or "requests"
        limits = {}
        if limit in names:
            limits = {_whom(one): one.value for one in await figures.last(limit, _WHOM, "max")}
        for sample in await figures.last(name, _WHOM, "min"):
            whom = _whom(sample)
            subject = whom or (match["stem"] or "litellm")
            rows.append(Allowance(subject, kind, limits.get(whom), sample.value))
    return sorted(rows, key=_spare)[:MOST]


def _spare(row: Allowance) -> float:
    """Return the share that is left, or what is where nobody says of how much."""
    left = row.left or 0
    return left / row.limit if row.limit else left


def _whom(sample: Sample) -> str:
    return " ".join(sample.labels[name] for name in _WHOM if sample.labels.get(name))
