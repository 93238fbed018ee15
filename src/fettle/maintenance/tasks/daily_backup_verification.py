"""Backups that cannot be restored are found.

Why it matters:  A backup is worth what a restore of it gives. One that was cut in half still lists
    its tables, and is found out on the day on which it is needed.
Passed when:     The newest backup is there, is as fresh and as whole as was asked for, and has been
    restored into a throw-away cluster, in which indexes and sample queries were right.
Failed when:     It is missing, stale, cut off, damaged or empty, of another version than the
    database is, or of another cluster; its key does not open it, its restore lacks something,
    amcheck finds an index or a page wrong, or a sample query is not answered right.
Could not check when:  The tools of the backup's kind or of the server's major version are not on
    the machine, or lack an extension or a locale; a key is missing; it is written still, or is of
    a time that has not come; there is no room to restore it; or nothing in it or beside it would
    show a changed bit: what pg_dump writes without compression, or by lz4 or zstd, carries no
    checksum.
Change it:       Which backups, how old they may be, what is asked of them: [[backup]]. Another
    window or time: a [[task]] with the id daily-backup-verification and what is to be different.
    Not at all: enabled = false in it.
"""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from fettle.maintenance import backups as judged
from fettle.maintenance import every_backup
from fettle.maintenance.backups import Stood
from fettle.model.backup import Backup, Copy
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, TaskStep, There
from fettle.model.window import Window
from fettle.model.work import Told, Work
from fettle.unit import task

COMPLETED = "Look whether the newest backup was completed"
WHOLE = "Check that the backup's files are whole"
RESTORE = "Restore the backup into a throw-away cluster"
RECORD = "Record how the backups stand"

TASK = task(
    __name__,
    name="Daily backup verification",
    description="Find the newest backup, prove that it is whole by restoring it",
    frequency=Frequency.DAILY,
    category=Category.BACKUP,
    automation=Automation.FULL,
    needs=("backup",),
    window=Window(time(6), ZoneInfo("UTC"), timedelta(hours=1), timedelta(minutes=30)),
    procedure=Procedure(
        steps=(
            TaskStep(COMPLETED, RunOwn(), idempotent=True, there=There.BACKUPS),
            TaskStep(
                WHOLE, RunOwn(), timeout=timedelta(hours=4), idempotent=True, there=There.BACKUPS
            ),
            # what an earlier go has left is let go of first
            TaskStep(
                RESTORE, RunOwn(), timeout=timedelta(hours=12), idempotent=True, there=There.BACKUPS
            ),
            TaskStep(RECORD, RunOwn(), idempotent=True),
        ),
        estimated_duration=timedelta(minutes=30),
        # of several backups each is looked at, whatever became of the others
        continue_on_error=True,
    ),
)
_BEFORE = (COMPLETED, WHOLE, RESTORE)


@TASK.step(COMPLETED)
async def completed(work: Work) -> Told:
    """Find the newest copy of each backup: whether it was completed, and is fresh."""

    async def look(backup: Backup) -> Told:
        found = await work.tools.backups.copies(backup.name)
        return judged.newest(backup, found, work.now())

    return await every_backup.each(work, look)


@TASK.step(WHOLE)
async def whole(work: Work) -> Told:
    """Look at the files of each copy that was found."""

    async def look(backup: Backup, copy: Copy) -> Told:
        files = await work.tools.backups.look(backup.name, copy.id, work.run, work.say)
        return judged.whole(backup, files)

    return await _each_chosen(work, look)


@TASK.step(RESTORE)
async def restore(work: Work) -> Told:
    """Restore each copy, and look at every row, index and sample query in it."""

    async def look(backup: Backup, copy: Copy) -> Told:
        told = await work.tools.backups.restore(backup.name, copy.id, work.run, work.say)
        return judged.restored(backup, copy, told, work.now())

    return await _each_chosen(work, look)


@TASK.step(RECORD)
async def record(work: Work) -> Told:
    """Say how each backup stands, and leave a report."""
    stood = []
    for backup in work.tools.backups.backups:
        said = {step: every_backup.of(work, step, backup) for step in _BEFORE}
        parts = [(step, one["outcome"], one["says"]) for step, one in said.items() if one]
        restored = (said[RESTORE] or {}).get("detail")
        stood.append(Stood(backup, parts, restored))
    return judged.recorded(stood, work.now())


async def _each_chosen(work: Work, look: Callable[[Backup, Copy], Awaitable[Told]]) -> Told:
    """Look at the copy of each backup that was found in the first step."""

    async def of(backup: Backup) -> Told:
        copy = judged.chosen(every_backup.here(work, COMPLETED, backup))
        return judged.not_chosen(backup) if copy is None else await look(backup, copy)

    return await every_backup.each(work, of)
