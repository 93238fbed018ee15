"""The processors are saturated.

Why it matters:  What wants a core waits for one: every request takes longer, and health checks and
    failovers run late.
Verify:          top, or ps -eo pcpu,comm --sort -pcpu; the load is the first line of uptime; in a
    container nr_throttled in /sys/fs/cgroup/cpu.stat.
Cure:            Find what computes so much, and do less of it: cache, batch, fix the slow query.
    Else more cores, or one more machine; in a container, a higher quota.
Ignore when:     It is a machine for batches, which is meant to be busy.
Cannot see:      Peaks between two looks, and which process it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration
from fettle.model.readings import Processor
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """At 80 % what arrives unevenly waits already (queues grow as 1/(1 - use)); at 95 % all waits.

    Below `clear` what was found is over. Of a look shorter than `brief` one task can be all: then
    it counts where as many tasks as `load` a core wanted to run for five minutes, or a container
    was held back in a twentieth of its periods. Of what a hypervisor takes (`stolen`) or a disk
    lets wait (`waiting`), nothing can be used: a tenth, and a third, are felt.
    """

    medium: Ratio = Ratio(0.80)
    high: Ratio = Ratio(0.95)
    clear: Ratio = Ratio(0.70)
    stolen: Ratio = Ratio(0.10)
    waiting: Ratio = Ratio(0.30)
    throttled: Ratio = Ratio(0.05)
    brief: timedelta = timedelta(minutes=1)
    load: float = 0.8


@check(limits=Limits)
def judge(rows: Sequence[Processor], limits: Limits) -> Iterator[Verdict]:
    """Grade each by what is used; say what is taken or waited for besides."""
    for row in rows:
        yield Measurement("cpu_used_ratio", round(row.used, 4), row.subject)
        if row.waiting is not None:
            yield Measurement("cpu_waiting_ratio", round(row.waiting, 4), row.subject)
        if row.load is not None:
            yield Measurement("load_per_core", row.load, row.subject)
        severity = graded(_busy(row, limits), medium=limits.medium, high=limits.high)
        if severity is None:
            severity = _lost(row, limits)
        if severity is None:
            continue
        if row.over < limits.brief and not _lasting(row, limits):
            yield _brief(row)
        else:
            yield _finding(row, severity, limits)


def _busy(row: Processor, limits: Limits) -> Ratio:
    """Return what cannot be used any more: a core that is stolen is as gone as one that works."""
    stolen = row.stolen or Ratio(0)
    return Ratio(row.used + stolen) if row.used < limits.medium else row.used


def _lost(row: Processor, limits: Limits) -> Severity | None:
    lost = ((row.stolen, limits.stolen), (row.waiting, limits.waiting))
    over = any(share is not None and share >= limit for share, limit in lost)
    held_back = row.throttled is not None and row.throttled >= max(limits.throttled, Ratio(0.25))
    return Severity.MEDIUM if over or held_back else None


def _lasting(row: Processor, limits: Limits) -> bool:
    if row.load is not None:
        return row.load >= limits.load
    return row.throttled is not None and row.throttled >= limits.throttled


def _brief(row: Processor) -> Note:
    loaded = "" if row.load is None else f"; over five minutes {row.load:g} tasks a core wanted one"
    return Note(
        f"{row.subject}: {row.used} of the processors were in use for {say_duration(row.over)}, "
        f"too short to say more{loaded}"
    )


def _finding(row: Processor, severity: Severity, limits: Limits) -> Finding:
    said = [f"{row.used} of the processors are in use"]
    if row.cores is not None:
        said.append(f"{row.cores:g} core{'' if row.cores == 1 else 's'}")
    shares = (("stolen by the hypervisor", row.stolen), ("waiting for a disk", row.waiting))
    said += [f"{share} {what}" for what, share in shares if share is not None and share >= 0.01]
    if row.throttled:
        said.append(f"held back in {row.throttled} of its periods")
    if row.load is not None:
        said.append(f"{row.load:g} tasks a core wanted one, over five minutes")
    return Finding(
        row.subject,
        severity,
        ", ".join(said),
        metrics={"cpu_used_ratio": round(row.used, 4)},
        recommendations=tuple(_advice(row, limits)),
        about=(things.host(row.subject),),
        saturation=True,
    )


def _advice(row: Processor, limits: Limits) -> Iterator[str]:
    if row.stolen is not None and row.stolen >= limits.stolen:
        yield "The hypervisor gives the cores to others: move the machine, or take dedicated cores"
    if row.waiting is not None and row.waiting >= limits.waiting:
        yield "The processors wait for a disk: see disk_slow, or what reads so much (iotop)"
    if row.throttled is not None and row.throttled >= limits.throttled:
        yield "The container's quota holds it back: raise its CPU limit"
    yield "Find what computes: ps -eo pcpu,pid,comm --sort -pcpu | head"
    yield "If it is the work itself, give it more cores, or put one more machine beside it"
