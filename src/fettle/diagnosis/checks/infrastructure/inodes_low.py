"""A file system runs out of inodes.

Why it matters:  Without one no file can be made, though there is room: "no space left on device".
Verify:          df -i; where so many files are: du --inodes -x / | sort -n | tail.
Cure:            Remove the many small files (sessions, caches, mail queues), and what keeps making
    them; ext4 gets more inodes only when it is made anew.
Ignore when:     It holds many small files that will not become more.
Cannot see:      File systems without a fixed number of them, like btrfs: they have no end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import command, things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio
from fettle.model.readings import Room
from fettle.model.severity import graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """As of room: 80 % is the time to plan, at 90 % a burst of small files is too much.

    Below `clear` what was found is over.
    """

    medium: Ratio = Ratio(0.80)
    high: Ratio = Ratio(0.90)
    critical: Ratio = Ratio(0.97)
    clear: Ratio = Ratio(0.78)


@check(limits=Limits)
def judge(rows: Sequence[Room], limits: Limits) -> Iterator[Verdict]:
    """Grade each that has a number of them."""
    if rows and all(row.inodes is None for row in rows):
        yield Note("no file system here has a number of inodes, or nobody tells it")
    for row in rows:
        if row.inodes is None:
            continue
        yield Measurement("inodes_used_ratio", round(row.inodes, 4), row.subject)
        place = command.word(row.subject.rpartition(":")[2])
        severity = graded(
            row.inodes, medium=limits.medium, high=limits.high, critical=limits.critical
        )
        if severity is not None:
            yield Finding(
                row.subject,
                severity,
                f"{row.inodes} of its inodes are used",
                metrics={"inodes_used_ratio": round(row.inodes, 4)},
                recommendations=(
                    f"Find where so many files are: du --inodes -x {place} | sort -n | tail",
                    "Stop what makes them: sessions, caches and queues as files want a cleaner",
                ),
                about=(things.file_system(row.subject),),
                saturation=True,
            )
