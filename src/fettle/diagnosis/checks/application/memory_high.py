"""Memory is nearly full.

Why it matters:  What asks for more is killed, and everything that it was doing with it; before
    that, caches are given up and everything is slower.
Verify:          On the machine: free -h, and for a container what its cgroup says (memory.current
    and memory.max); a kill stands in dmesg.
Cure:            Find what holds it: a heap profile of the process, or fewer workers of it. Raise
    the limit where it is meant to use that much.
Ignore when:     A cache is told to fill what there is (Redis with maxmemory and an eviction policy;
    a runtime that is told to fill its heap).
Cannot see:      What of a process's memory could be given back, where its exporter does not say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Memory
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """At 85 % one more worker or one large request is too much; at 95 % any request is.

    Below `clear` what was found is over: what swings around 85 % stays found.
    """

    medium: Ratio = Ratio(0.85)
    high: Ratio = Ratio(0.95)
    clear: Ratio = Ratio(0.80)


@check(limits=Limits)
def judge(rows: Sequence[Memory], limits: Limits) -> Iterator[Verdict]:
    """Grade each by the share of its limit that it uses."""
    for row in rows:
        used = Ratio(row.used / row.limit)
        yield Measurement("memory_used_bytes", row.used, row.subject)
        yield Measurement("memory_used_ratio", round(used, 4), row.subject)
        if used > limits.medium:
            yield _finding(row, used, Severity.HIGH if used > limits.high else Severity.MEDIUM)


def _finding(row: Memory, used: Ratio, severity: Severity) -> Finding:
    return Finding(
        row.subject,
        severity,
        f"{row.used} of {row.limit} are in use, {used}; {Bytes(max(row.limit - row.used, 0))} "
        "are left",
        metrics={
            "used_bytes": row.used,
            "limit_bytes": row.limit,
            "used_ratio": round(used, 4),
        },
        recommendations=(
            f"Find what holds the memory of {row.subject}: a heap profile, or ps sorted by rss",
            "See whether it grows without end: fettle explain memory_growing",
            "Make caches smaller, or give them a bound",
            "Give it more memory, where it is meant to use that much",
        ),
        about=(things.host(row.subject),),
        saturation=True,
    )
