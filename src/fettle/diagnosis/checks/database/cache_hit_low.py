"""The cache is too small for the work.

Why it matters:  What is not in the cache is read from disk, a thousand times slower.
Verify:          Run cache_hit_low.sql twice, some seconds apart; it is the query this check runs.
Cure:            Raise shared_buffers (a quarter of the memory is usual), read less by better
    indexes, or move reports to a standby.
Ignore when:     A dump or a report reads everything once.
Cannot see:      The operating system's cache, which may hold what shared_buffers does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio
from fettle.model.severity import Severity
from fettle.unit import check

_MOST_READ = (
    "Find what reads the most: SELECT query, shared_blks_read FROM pg_stat_statements "
    "ORDER BY shared_blks_read DESC LIMIT 10;"
)


@dataclass(frozen=True)
class Limits:
    """Below nine in ten the disk sets the pace; of fewer than 10,000 blocks chance does.

    The average over a server's life hides today, so only what happened while Fettle looked counts.
    """

    ratio: Ratio = Ratio(0.90)
    min_blocks: int = 10_000


@dataclass(frozen=True)
class Row:
    """The counters at one moment."""

    hits: int
    reads: int


@check(reads="cache_hit_low.sql", limits=Limits, twice=True)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Judge the difference between the first reading and the last."""
    if not rows:
        return
    first, last = rows[0], rows[-1]
    if last.hits + last.reads:
        lifetime = last.hits / (last.hits + last.reads)
        yield Measurement("cache_hit_lifetime_ratio", round(lifetime, 4))
    hits, reads = last.hits - first.hits, last.reads - first.reads
    blocks = hits + reads
    if blocks < limits.min_blocks:
        yield Note(
            f"only {max(0, blocks):,} blocks were asked for while Fettle looked; "
            f"{limits.min_blocks:,} are needed to judge the cache"
        )
        return
    ratio = Ratio(hits / blocks)
    yield Measurement("cache_hit_ratio", round(ratio, 4))
    if ratio < limits.ratio:
        yield Finding(
            "shared_buffers",
            Severity.MEDIUM,
            f"{ratio} of {blocks:,} blocks were in the cache while Fettle looked",
            metrics={"cache_hit_ratio": round(ratio, 4), "blocks_count": blocks},
            evidence=({"hits": hits, "reads": reads},),
            recommendations=(
                "SHOW shared_buffers; -- raise it up to a quarter of the memory, and restart",
                _MOST_READ,
            ),
            saturation=True,
        )
