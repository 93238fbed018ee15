"""File descriptors run out.

Why it matters:  Without one nothing can be opened: no file, no connection; what listens takes
    nobody in any more ("too many open files").
Verify:          ls /proc/PID/fd | wc -l, and Max open files in /proc/PID/limits.
Cure:            Find what is opened and never closed (lsof -p PID); raise LimitNOFILE= of its unit
    where it really needs so many.
Ignore when:     It never opens more than these.
Cannot see:      Processes that tell no figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import Ratio
from fettle.model.readings import Descriptors
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """At 80 % a burst of connections takes the rest; at 95 % anything does.

    Below `clear` what was found is over.
    """

    medium: Ratio = Ratio(0.80)
    high: Ratio = Ratio(0.95)
    clear: Ratio = Ratio(0.75)


@check(limits=Limits)
def judge(rows: Sequence[Descriptors], limits: Limits) -> Iterator[Verdict]:
    """Grade each by the share that is open."""
    for row in rows:
        used = Ratio(row.used / row.limit)
        yield Measurement("file_descriptors_used_ratio", round(used, 6), row.subject)
        severity = graded(used, medium=limits.medium, high=limits.high)
        if severity is not None:
            yield _finding(row, used, severity)


def _finding(row: Descriptors, used: Ratio, severity: Severity) -> Finding:
    return Finding(
        row.subject,
        severity,
        f"{row.used:,.0f} of {row.limit:,.0f} file descriptors are open, {used}",
        metrics={
            "open_count": round(row.used),
            "limit_count": round(row.limit),
            "used_ratio": round(used, 4),
        },
        recommendations=(
            "Find what is opened and never closed: lsof -p PID, sorted by name",
            "Raise LimitNOFILE= of its unit, where it needs so many",
        ),
        about=(things.service(row.subject),),
        saturation=True,
    )
