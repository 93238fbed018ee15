"""Something begins anew again and again.

Why it matters:  Each time what it was doing is lost, and for as long as it takes to begin nobody
    is served by it.
Verify:          In Prometheus: changes(process_start_time_seconds[1h]); in Kubernetes: kubectl
    describe pod, under Last State.
Cure:            Read what it said last before it ended; killed for its memory (OOMKilled), it needs
    a higher limit or a leak found; failing its probe, a longer time to begin.
Ignore when:     It is meant to run for minutes, as jobs are.
Cannot see:      Why, where nothing tells it; and what restarted while nobody asked it for figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import say_count, say_duration
from fettle.model.readings import Restarts
from fettle.model.severity import Severity
from fettle.unit import check

_KILLED = "OOMKilled"


@dataclass(frozen=True)
class Limits:
    """One or two within an hour are a deployment; ten are a crash that goes round.

    Killed for its memory it needs no second time. At `clear` or fewer it is over.
    """

    medium: int = 3
    high: int = 10
    clear: int = 1

    def cleared(self) -> "Limits":
        """Return what holds until it is over: more often than `clear`."""
        return replace(self, medium=self.clear + 1)


@check(limits=Limits)
def judge(rows: Sequence[Restarts], limits: Limits) -> Iterator[Verdict]:
    """Judge how often each began anew."""
    for row in rows:
        yield Measurement("restarts_count", row.count, row.subject)
        killed = row.count > 0 and row.reason == _KILLED
        if row.count >= limits.medium or killed:
            severity = Severity.HIGH if row.count >= limits.high else Severity.MEDIUM
            times = say_count(row.count, "time")
            why = f"; the last time it ended as {row.reason}" if row.reason else ""
            yield Finding(
                row.subject,
                severity,
                f"it began anew {times} within {say_duration(row.over)}{why}",
                metrics={"restarts_count": row.count},
                recommendations=(
                    "It is killed for its memory: raise its limit, or find what grows"
                    if killed
                    else "Read what it said last, before it ended",
                    "Was something deployed just before? Take it back, and look then",
                ),
                about=(things.service(row.subject),),
            )
