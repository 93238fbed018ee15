"""Memory grows without end.

Why it matters:  When it reaches the limit the process is killed in the middle of its work, and the
    same begins anew.
Verify:          In Prometheus: min_over_time(process_resident_memory_bytes[30m]) over some hours.
Cure:            Compare two heap profiles an hour apart: what is there more of the second time is
    held by somebody. Until it is found, restart before it is full.
Ignore when:     It has begun within the last hours and fills its caches.
Cannot see:      What began within the last hour, and anything by one scrape alone: it takes a
    Prometheus with an hour's history.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import Growth
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A tenth in an hour doubles it within a working day.

    Of less than `least` in an hour no machine runs full this week. Below `clear` it is over.
    """

    medium: Ratio = Ratio(0.10)
    clear: Ratio = Ratio(0.05)
    least: Bytes = Bytes.parse("32 MiB")


@check(limits=Limits)
def judge(rows: Sequence[Growth], limits: Limits) -> Iterator[Verdict]:
    """Judge what each grew by, of what it had an hour ago."""
    for row in rows:
        before = max(row.used - row.hourly, 1)
        share = Ratio(row.hourly / before)
        yield Measurement("memory_growth_bytes_per_h", row.hourly, row.subject)
        yield Measurement("memory_used_bytes", row.used, row.subject)
        if share >= limits.medium and row.hourly >= limits.least:
            yield Finding(
                row.subject,
                Severity.MEDIUM,
                f"its memory grew by {row.hourly} within an hour, {share}, to {row.used}, and was "
                "not given back in between",
                metrics={
                    "growth_bytes_per_h": row.hourly,
                    "growth_ratio_per_h": round(share, 4),
                    "used_bytes": row.used,
                },
                recommendations=(
                    "Compare two heap profiles an hour apart: what there is more of is held",
                    "Was something deployed before it began? Take it back, and look then",
                    "Until it is found: restart it in a quiet hour, before it is full",
                ),
                about=(things.service(row.subject),),
                saturation=True,
            )
