"""A file system fills up.

Why it matters:  When it is full nothing can be written: a database stops, logs are lost, a deploy
    ends half done. What was full once is often damaged.
Verify:          df -h; what takes the room: du -xh --max-depth 1 / | sort -h.
Cure:            Remove what nobody needs (old logs, images, core dumps); rotate what grows; make
    the file system larger.
Ignore when:     It holds one large file that will not grow.
Cannot see:      How fast it fills, from one look; a Prometheus knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import command, things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import Bytes, Ratio, say_duration
from fettle.model.readings import Room
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """80 % is the usual time to plan; at 90 % a day's logs can be too much; at 95 % root's part is.

    Below `clear` what was found is over. Where `plenty` is free the share says little: that is
    only low, up to 95 %. When it will be full counts from `half` on, below which a forecast is
    chance: within a week it must be planned, within a day done, within hours done now.
    """

    medium: Ratio = Ratio(0.80)
    high: Ratio = Ratio(0.90)
    critical: Ratio = Ratio(0.95)
    clear: Ratio = Ratio(0.78)
    plenty: Bytes = Bytes.parse("200 GiB")
    half: Ratio = Ratio(0.50)
    full_in_medium: timedelta = timedelta(days=7)
    full_in_high: timedelta = timedelta(days=1)
    full_in_critical: timedelta = timedelta(hours=4)


@check(limits=Limits)
def judge(rows: Sequence[Room], limits: Limits) -> Iterator[Verdict]:
    """Grade each by what is used, and by when it will be full where that is known."""
    for row in rows:
        yield Measurement("disk_used_ratio", round(row.used, 4), row.subject)
        yield Measurement("disk_free_bytes", row.free, row.subject)
        grades = [grade for grade in (_by_share(row, limits), _by_time(row, limits)) if grade]
        if grades:
            yield _finding(row, max(grades), limits)


def _by_share(row: Room, limits: Limits) -> Severity | None:
    severity = graded(row.used, medium=limits.medium, high=limits.high, critical=limits.critical)
    if severity is not None and row.free >= limits.plenty and row.used < limits.critical:
        return Severity.LOW
    return severity


def _by_time(row: Room, limits: Limits) -> Severity | None:
    if row.full_in is None or row.used < limits.half:
        return None
    steps = (
        (Severity.CRITICAL, limits.full_in_critical),
        (Severity.HIGH, limits.full_in_high),
        (Severity.MEDIUM, limits.full_in_medium),
    )
    return next((severity for severity, within in steps if row.full_in <= within), None)


def _finding(row: Room, severity: Severity, limits: Limits) -> Finding:
    at_this_rate = ""
    if row.full_in is not None and row.used >= limits.half:
        at_this_rate = f"; at this rate it is full in {say_duration(row.full_in)}"
    metrics = {"disk_used_ratio": round(row.used, 4), "free_bytes": int(row.free)}
    if row.full_in is not None:
        metrics["full_in_s"] = round(row.full_in.total_seconds())
    place = command.word(row.subject.rpartition(":")[2])
    return Finding(
        row.subject,
        severity,
        f"{row.used} of it is used, {row.free} are free{at_this_rate}",
        metrics=metrics,
        recommendations=(
            f"Find what takes the room: du -xh --max-depth 2 {place} | sort -h | tail",
            "Remove what nobody needs: journalctl --vacuum-size=1G, docker system prune, old logs",
            "Make it larger before it is full; a full one may need repair",
        ),
        about=(things.file_system(row.subject),),
        saturation=True,
    )
