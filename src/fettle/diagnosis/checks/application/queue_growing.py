"""Work piles up in a queue.

Why it matters:  What waits is not done: mails are not sent, orders not passed on; and it takes as
    long again to catch up.
Verify:          Look twice, some minutes apart, at how much waits, and since when the first does.
Cure:            See whether the workers are there and what they wait for; then add some. What fails
    and is tried again for ever is put aside.
Ignore when:     It is filled at once by plan (a nightly batch) and is empty by morning.
Cannot see:      Whether it grows, by one scrape alone; how long the first has waited, where its
    exporter does not say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Unknown, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Queue
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """What waits for minutes is late for whoever expects it at once; after an hour it is missed.

    A queue grows that has half as much again as a quarter of an hour ago; of fewer than `waiting`
    that is chance. It is over when the first waits for no longer than `clear`.
    """

    medium: timedelta = timedelta(minutes=5)
    high: timedelta = timedelta(hours=1)
    clear: timedelta = timedelta(minutes=3)
    growth: Ratio = Ratio(0.5)
    waiting: int = 100


@check(limits=Limits)
def judge(rows: Sequence[Queue], limits: Limits) -> Iterator[Verdict]:
    """Judge for how long the first has waited, and whether it gets more."""
    for row in rows:
        yield Measurement("queue_waiting_count", round(row.waiting), row.subject)
        if row.oldest is not None:
            yield Measurement("queue_oldest_s", round(row.oldest.total_seconds(), 1), row.subject)
        if row.oldest is None and row.risen is None and row.waiting:
            yield Unknown(
                f"{row.subject}: {row.waiting:,.0f} wait; whether they get more, and for how long "
                "the first has waited, is not told",
                "let a Prometheus scrape it, and name that",
            )
        severity = _severity(row, limits)
        if severity is not None:
            yield _finding(row, severity)


def _severity(row: Queue, limits: Limits) -> Severity | None:
    oldest = row.oldest if row.waiting and row.oldest is not None else timedelta()
    if oldest > limits.high:
        return Severity.HIGH
    before = row.waiting - (row.risen or 0)
    grows = row.risen is not None and row.risen > limits.growth * max(before, 1)
    if oldest > limits.medium or (grows and row.waiting >= limits.waiting):
        return Severity.MEDIUM
    return None


def _finding(row: Queue, severity: Severity) -> Finding:
    said = [f"{row.waiting:,.0f} wait"]
    if row.oldest is not None:
        said.append(f"the first for {say_duration(row.oldest)}")
    if row.risen is not None and row.over is not None and row.risen > 0:
        said.append(f"{row.risen:,.0f} more than {say_duration(row.over)} ago")
    metrics: dict[str, int | float] = {"waiting_count": round(row.waiting)}
    if row.oldest is not None:
        metrics["oldest_s"] = round(row.oldest.total_seconds(), 1)
    if row.risen is not None:
        metrics["risen_count"] = round(row.risen)
    return Finding(
        row.subject,
        severity,
        "; ".join(said),
        metrics=metrics,
        recommendations=(
            f"See whether the workers of {row.subject} are there, and what they wait for",
            "Put aside what fails each time that it is tried",
            "Add workers, where what they call has room for more",
        ),
        about=(things.queue(row.subject),),
        saturation=True,
    )
