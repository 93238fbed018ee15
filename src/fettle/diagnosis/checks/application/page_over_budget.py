"""A page does not keep a budget of its own.

Why it matters:  What was promised to the people who visit is not kept.
Verify:          Run fettle optimise analyse URL: it measures the page, and holds it against its
    budgets.
Cure:            Follow what it recommends, with what each would earn.
Ignore when:     The budget is a wish: raise it to what is promised for real.
Cannot see:      Pages that nobody measures with --save or by the clock ([optimisation] every), and
    what was measured more than two weeks ago. Budgets that come along: page_slow has those.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.budget import SCORES, SIZES
from fettle.model.finding import Finding, Verdict
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
        if row.current > limits.medium * row.budget.target:
            yield _finding(row)


def _finding(row: PagePromised) -> Finding:
    budget, metric = row.budget, row.budget.metric
    poor = budget.poor is not None and row.current > budget.poor
    unit = "_bytes" if metric in SIZES else "" if metric in SCORES else "_ms"
    of = f"{metric} as it is sent" if metric in SIZES else metric
    return Finding(
        f"{row.subject} {row.page} {metric}",
        Severity.HIGH if poor else Severity.MEDIUM,
        f"{of} is {_say(metric, row.current)} as a {row.profile}, measured {say_duration(row.age)} "
        f"ago; the budget ({budget.by}) is {_say(metric, budget.target)}",
        metrics={f"current{unit}": round(row.current, 4), f"target{unit}": budget.target},
        recommendations=("See what would earn most: fettle optimise analyse",),
        about=(things.service(row.subject),),
    )


def _say(metric: str, value: float) -> str:
    if metric in SIZES:
        return str(Bytes(value))
    if metric in SCORES:
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return say_duration(timedelta(milliseconds=value))
