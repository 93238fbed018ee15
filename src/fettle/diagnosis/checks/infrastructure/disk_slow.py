"""A disk is slow.

Why it matters:  Whoever commits waits for it; a database's every write, and a read of what is not
    in memory, takes at least as long.
Verify:          iostat -x 5: await (or r_await, w_await) and %util.
Cure:            Find what reads or writes so much (iotop); give it memory instead, spread it over
    time, or take a faster volume: cloud volumes have a limit of operations that can be raised.
Ignore when:     A backup or a RAID check runs now.
Cannot see:      Whose work it is; the latency of single requests; disks behind a network share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import DiskWork
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """An SSD answers within a millisecond, a rotating disk within ten: 25 ms is a queue.

    At 100 ms every commit is felt. Below `clear` what was found is over. Fewer than `operations`
    are chance. Busy all the time says nothing alone: an SSD works on many requests at once; with
    `medium` it says that the queue is the disk's.
    """

    medium: timedelta = timedelta(milliseconds=25)
    high: timedelta = timedelta(milliseconds=100)
    clear: timedelta = timedelta(milliseconds=15)
    operations: int = 20
    busy: Ratio = Ratio(0.90)


@check(limits=Limits)
def judge(rows: Sequence[DiskWork], limits: Limits) -> Iterator[Verdict]:
    """Grade each that did enough to judge by how long an operation took."""
    idle = []
    for row in rows:
        if row.busy is not None:
            yield Measurement("disk_busy_ratio", round(row.busy, 4), row.subject)
        if row.latency_s is None or row.operations < limits.operations:
            idle.append(row.subject)
            continue
        yield Measurement("disk_latency_s", round(row.latency_s, 5), row.subject)
        latency = timedelta(seconds=row.latency_s)
        if latency >= limits.medium:
            severity = Severity.HIGH if latency >= limits.high else Severity.MEDIUM
            yield _finding(row, latency, severity, limits)
    if idle:
        yield Note(f"{', '.join(idle)} did too little while Fettle looked to say how fast it is")


def _finding(row: DiskWork, latency: timedelta, severity: Severity, limits: Limits) -> Finding:
    full = row.busy is not None and row.busy >= limits.busy
    busy = "" if row.busy is None else f", and it was busy {row.busy} of the time"
    metrics = {"disk_latency_s": round(latency.total_seconds(), 5)}
    if row.busy is not None:
        metrics["busy_ratio"] = round(row.busy, 4)
    return Finding(
        row.subject,
        severity,
        f"a read or write took {say_duration(latency)} on average, of {row.operations:,.0f} in "
        f"{say_duration(row.over)}{busy}",
        metrics=metrics,
        recommendations=(
            "Find what reads or writes so much: iotop -o, or pidstat -d 5",
            "It is at its end: raise the volume's operations a second, or take a faster one"
            if full
            else "It is slow though it is not busy: look at the volume's health and its provider",
        ),
        about=(things.disk(row.subject),),
        saturation=full,
    )
