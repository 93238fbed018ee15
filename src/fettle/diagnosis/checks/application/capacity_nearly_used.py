"""A server is asked for nearly all that it carries.

Why it matters:  Beyond what it carries answers take seconds, then fail, for everybody at once; the
    next busy hour, or one instance that is gone, is enough.
Verify:          Run fettle optimise capacity URL on a twin of it: it finds the rate anew.
Cure:            Let a cache answer what need not be made anew for everybody, make what is slow at
    that rate cheaper, or add an instance.
Ignore when:     Instances are added by themselves before it is full.
Cannot see:      Servers whose capacity nobody has kept (fettle optimise capacity --save), or more
    than 90 days ago, and services whose requests nobody counts. What is asked is all of a service,
    and what it carries was tried with one page: one that is dearer is full sooner.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.page_stand import ServerUse
from fettle.model.quantity import Ratio, say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """The guide calls a pool that others wait for too full from 80 % on, and a server is one.

    Beyond all of it (`high`) answers take longer than was bearable when it was tried. Below `clear`
    what was found is over: traffic swings by a tenth from one look to the next.
    """

    medium: Ratio = Ratio(0.8)
    high: Ratio = Ratio(1)
    clear: Ratio = Ratio(0.7)


@check(limits=Limits)
def judge(rows: Sequence[ServerUse], limits: Limits) -> Iterator[Verdict]:
    """Judge each page whose server somebody has tried."""
    for row in rows:
        yield Measurement("capacity_used_ratio", round(row.used, 4), _name(row))
        if row.used <= limits.medium:
            continue
        if row.at_least:
            yield Note(
                f"{_name(row)}: its server carries more than the {row.carries:.0f} requests a "
                "second that were tried, by how much nobody knows"
            )
        else:
            yield _finding(row, Severity.HIGH if row.used > limits.high else Severity.MEDIUM)


def _finding(row: ServerUse, severity: Severity) -> Finding:
    return Finding(
        _name(row),
        severity,
        f"{row.asked:.3g} requests a second are asked of {row.subject}, {row.used} of the "
        f"{row.carries:.3g} that it carried when that was tried {say_duration(row.age)} ago",
        metrics={
            "capacity_used_ratio": round(row.used, 4),
            "requests_per_second": round(row.asked, 4),
            "capacity_per_second": round(row.carries, 4),
        },
        recommendations=(
            "See what it is busy with at that rate: processors, pools, queries",
            "Let a cache answer what need not be made anew for everybody",
            "Add an instance, and find its capacity anew: fettle optimise capacity --save",
        ),
        about=(things.service(row.subject),),
    )


def _name(row: ServerUse) -> str:
    return f"{row.subject} {row.page}"
