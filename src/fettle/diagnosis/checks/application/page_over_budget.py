"""A page does not keep a budget of its own.

Why it matters:  What was promised to the people who visit is not kept.
Verify:          Run fettle optimise analyse URL: it measures the page, and holds it against its
    budgets.
Cure:            Follow what it recommends, with what each would earn.
Ignore when:     The budget is a wish: raise it to what is promised for real.
Cannot see:      Pages that nobody measures with --save or by the clock ([optimisation] every), and
    what was measured more than two weeks ago; for throughput, servers whose capacity nobody has
    kept, or more than 90 days ago. Budgets that come along: page_slow and capacity_nearly_used
    have those.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.budget import SCORES, SHARES, SIZES
from fettle.model.finding import Finding, Note, Verdict
from fettle.model.page_stand import PagePromised
from fettle.model.quantity import Bytes, Ratio, say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """How much of a budget may be used: what is beyond it is medium, or high where it is poor.

    Below `clear` what was found is over: from one measurement to the next 5 % is chance.
    """

    medium: Ratio = Ratio(1)
    clear: Ratio = Ratio(0.95)


@check(limits=Limits)
def judge(rows: Sequence[PagePromised], limits: Limits) -> Iterator[Verdict]:
    """Judge each page by what is promised of it."""
    for row in rows:
        if row.current <= limits.medium * row.budget.target:
            continue
        if row.at_most:
            yield Note(
                f"{_name(row)}: its server carries more than was tried, nobody knows how much"
            )
        else:
            yield _finding(row)


def _finding(row: PagePromised) -> Finding:
    budget, metric = row.budget, row.budget.metric
    poor = budget.poor is not None and row.current > budget.poor
    return Finding(
        _name(row),
        Severity.HIGH if poor else Severity.MEDIUM,
        f"{_stands(row)}; the budget ({budget.by}) is {_say(metric, budget.target)}",
        metrics={
            f"current{_unit(metric)}": round(row.current, 4),
            f"target{_unit(metric)}": budget.target,
        },
        recommendations=("See what would earn most: fettle optimise analyse",),
        about=(things.service(row.subject),),
    )


def _name(row: PagePromised) -> str:
    return f"{row.subject} {row.page} {row.budget.metric}"


def _stands(row: PagePromised) -> str:
    metric, ago = row.budget.metric, f"{say_duration(row.age)} ago"
    current = _say(metric, row.current)
    if row.profile is None:
        return f"{current} is used of what its server carried when that was tried {ago}"
    of = f"{metric} as it is sent" if metric in SIZES else metric
    return f"{of} is {current} as a {row.profile}, measured {ago}"


def _unit(metric: str) -> str:
    if metric in SIZES:
        return "_bytes"
    if metric in SHARES:
        return "_ratio"
    return "" if metric in SCORES else "_ms"


def _say(metric: str, value: float) -> str:
    if metric in SIZES:
        return str(Bytes(value))
    if metric in SHARES:
        return str(Ratio(value))
    if metric in SCORES:
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return say_duration(timedelta(milliseconds=value))
