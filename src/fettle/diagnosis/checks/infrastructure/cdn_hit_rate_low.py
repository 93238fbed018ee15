"""The CDN answers too little by itself.

Why it matters:  What the cache does not answer the origin must: pages come slower from afar, and
    a peak that a cache would take reaches the servers.
Verify:          curl -sI an asset twice, and read cf-cache-status (x-cache, age elsewhere).
Cure:            Send Cache-Control with a long max-age for what has a version in its name; take
    cookies and needless query parameters out of the cache's key; warm it after a deploy.
Ignore when:     Everything behind it is made for one user each.
Cannot see:      What may not be cached: it is no part of the rate, and is told beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Caching
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Below 80 % one request in five goes the whole way, and doubling the traffic doubles that.

    From `clear` on what was found is over. Of fewer than `requests` chance decides, and a cache
    that was just emptied.
    """

    rate: Ratio = Ratio(0.80)
    clear: Ratio = Ratio(0.82)
    requests: int = 1_000


@check(limits=Limits)
def judge(rows: Sequence[Caching], limits: Limits) -> Iterator[Verdict]:
    """Judge each that was asked enough."""
    for row in rows:
        asked, rate = row.hits + row.misses, row.rate
        if rate is not None:
            yield Measurement("cdn_hit_rate_ratio", round(rate, 4), row.subject)
        if row.bypassed:
            yield Measurement("cdn_uncacheable_total", round(row.bypassed), row.subject)
        if rate is None or asked < limits.requests:
            yield Note(
                f"{row.subject}: {asked:,.0f} requests that may be cached in "
                f"{say_duration(row.over)} are too few to judge its cache; "
                f"{limits.requests:,} are needed"
            )
        elif rate < limits.rate:
            yield _finding(row, rate, asked)


def _finding(row: Caching, rate: Ratio, asked: float) -> Finding:
    sampled = " (from a sample)" if row.sampled else ""
    beside = f"; {row.bypassed:,.0f} more may not be cached" if row.bypassed else ""
    return Finding(
        row.subject,
        Severity.MEDIUM,
        f"{rate} of {asked:,.0f} requests in {say_duration(row.over)} were answered by the cache"
        f"{sampled}{beside}",
        metrics={
            "cdn_hit_rate_ratio": round(rate, 4),
            "requests_count": round(asked),
            "misses_count": round(row.misses),
        },
        recommendations=(
            "Look at the headers of what misses most: Cache-Control, Set-Cookie and Vary",
            "Give what has a version in its name a max-age of a year, immutable",
            "Leave marketing parameters (utm_…) out of the cache's key; warm it after a deploy",
        ),
        about=(things.cdn(row.subject),),
    )
