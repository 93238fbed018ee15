"""A function at the edge is slow.

Why it matters:  It runs before the page is even asked for: all of its time is added to every
    request that goes through it.
Verify:          Look at its duration in the provider's dashboard, for the same hour.
Cure:            Take calls to far-away databases and APIs out of it, or cache them; make it
    smaller, so that it starts faster; move what is heavy to a region near its data.
Ignore when:     It is meant to wait for another: a proxy of a language model, a stream.
Cannot see:      The slowest calls: providers tell an average, which hides them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Unknown, Verdict
from fettle.model.quantity import say_duration
from fettle.model.readings import Functions
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Beyond 100 ms a function takes longer than the way to a region would.

    Below `clear` what was found is over. Of fewer than `calls` a few cold starts are the average.
    """

    mean: timedelta = timedelta(milliseconds=100)
    clear: timedelta = timedelta(milliseconds=85)
    calls: int = 50


@check(limits=Limits)
def judge(rows: Sequence[Functions], limits: Limits) -> Iterator[Verdict]:
    """Judge each by how long a call took on average."""
    few = []
    for row in rows:
        yield Measurement("edge_function_calls_total", round(row.calls), row.subject)
        if row.mean_s is not None and row.calls:
            yield Measurement("edge_function_mean_s", round(row.mean_s, 4), row.subject)
        if row.calls < limits.calls:
            few.append(row)
        elif row.mean_s is None:
            yield Unknown(
                f"{row.subject}: it is not told how long its calls took",
                "look at it in the provider's dashboard, or drain traces to a Collector and give "
                "its [[edge]] a prometheus and a selector",
            )
        elif row.mean_s > limits.mean.total_seconds():
            yield _finding(row, row.mean_s)
    if few:
        names = ", ".join(row.subject for row in few)
        yield Note(
            f"{names}: too few calls in {say_duration(few[0].over)} to judge how long they take; "
            f"{limits.calls} are needed"
        )


def _finding(row: Functions, mean_s: float) -> Finding:
    mean = timedelta(seconds=mean_s)
    return Finding(
        row.subject,
        Severity.MEDIUM,
        f"a call took {say_duration(mean)} on average, of {row.calls:,.0f} in "
        f"{say_duration(row.over)}",
        metrics={"edge_function_mean_s": round(mean_s, 4), "calls_count": round(row.calls)},
        recommendations=(
            "Time its parts: most often it waits for a database or an API that is far away",
            "Cache what it fetches at the edge, and fetch in parallel what it needs",
            "Make the bundle smaller, and leave heavy work to a function in the data's region",
        ),
        about=(things.function(row.subject),),
    )
