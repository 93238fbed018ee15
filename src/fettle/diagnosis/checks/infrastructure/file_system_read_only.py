"""A file system turned read only.

Why it matters:  The kernel does that when a disk answers with errors, to save what is there:
    nothing is written any more, and the disk may be dying.
Verify:          grep ' ro,' /proc/mounts, and dmesg | grep -i -E 'remount|I/O error|EXT4-fs'.
Cure:            Save what is on it, look at the disk (smartctl -a), repair it while it is not
    mounted (fsck), replace the disk or volume.
Ignore when:     Somebody mounted it so by hand, and means it.
Cannot see:      File systems that /etc/fstab does not name and that say nothing of errors.
"""

from collections.abc import Iterator, Sequence

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.readings import Room
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@check(limits=NoLimits)
def judge(rows: Sequence[Room], _: NoLimits) -> Iterator[Verdict]:
    """Find each that should be written to, and cannot be."""
    if rows:
        locked = sum(row.read_only for row in rows)
        yield Measurement("file_systems_read_only_count", locked)
    for row in rows:
        if row.read_only:
            yield Finding(
                row.subject,
                Severity.CRITICAL,
                "it should be written to, and is read only now",
                recommendations=(
                    "Read why: dmesg -T | grep -i -E 'remount|I/O error|EXT4-fs|XFS'",
                    "Save what is on it before anything else; then look at the disk: smartctl -a",
                ),
                about=(things.file_system(row.subject),),
            )
