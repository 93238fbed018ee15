"""What is to be done when everything is lost has been done before.

Why it matters:  A recovery that was never tried takes days instead of hours, and some of what it
    needs is in what was lost.
Passed when:     A clean environment was recovered from the newest backup, its counts and checksums
    are those of the source as far as nothing was written there since, and it took no longer, and
    lost no more, than was promised.
Failed when:     Something is missing or different beyond the tolerance, amcheck or a sample query
    finds something wrong, or it took or lost more than was promised ([[backup]] rto and rpo).
Could not check when:  There is no room or no tool for a second environment, no database is named
    that it is compared with, or that does not answer or may not be read.
Change it:       Which backups, and what is promised of them: [[backup]]. Another window or time: a
    [[task]] with the id quarterly-disaster-recovery-test and what is to be different. Not at all:
    enabled = false in it.
"""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from fettle.maintenance import backups, every_backup
from fettle.maintenance import recovery as judged
from fettle.maintenance.recovery import Drilled
from fettle.model.backup import Backup
from fettle.model.task import (
    AskPerson,
    Automation,
    Category,
    Frequency,
    Procedure,
    RunOwn,
    TaskStep,
    There,
)
from fettle.model.window import Window
from fettle.model.work import Told, Work, passed
from fettle.unit import task

PREPARE = "Prepare a clean environment"
SIMULATE = "Simulate the disaster"
RECOVER = "Carry out the recovery"
VALIDATE = "Validate what was recovered"
RECORD = "Record the results"
LET_GO = "Let go of what was recovered"
UPDATE = "Bring the procedure up to date"
DASHBOARDS = "Bring the dashboards up to date"

TASK = task(
    __name__,
    name="Quarterly disaster-recovery test",
    description="Recover from the newest backup in a clean environment, and time it",
    frequency=Frequency.QUARTERLY,
    category=Category.BACKUP,
    automation=Automation.MANUAL,
    needs=("backup",),
    window=Window(
        time(9),
        ZoneInfo("UTC"),
        timedelta(hours=6),
        timedelta(hours=4),
        day_of_month=1,
        months=frozenset({1, 4, 7, 10}),
    ),
    procedure=Procedure(
        steps=(
            TaskStep(PREPARE, RunOwn(), idempotent=True, there=There.BACKUPS),
            TaskStep(
                SIMULATE,
                AskPerson(
                    "Say which disaster it is, who is told, and what is out of reach because of "
                    "it: the database's machine, its disks, whoever alone knows. Nothing is "
                    "switched off for this: go by what is left."
                ),
            ),
            # it begins anew in a clean place where it was cut off
            TaskStep(
                RECOVER, RunOwn(), timeout=timedelta(hours=4), idempotent=True, there=There.BACKUPS
            ),
            TaskStep(
                VALIDATE, RunOwn(), timeout=timedelta(hours=2), idempotent=True, there=There.BACKUPS
            ),
            TaskStep(RECORD, RunOwn(), idempotent=True),
            TaskStep(LET_GO, RunOwn(), idempotent=True, there=There.BACKUPS),
            TaskStep(
                UPDATE,
                AskPerson(
                    "Write down what was learnt: what the recovery procedure lacked, who was "
                    "missing, which promises do not hold. Bring the procedure and the promises "
                    "(rto and rpo) up to date."
                ),
            ),
            TaskStep(
                DASHBOARDS,
                AskPerson(
                    "Let what people look at in a disaster show what is so now: where the backups "
                    "are and how old, how long a recovery takes, whom to call."
                ),
            ),
        ),
        estimated_duration=timedelta(hours=4),
        # what was recovered is looked at, and written down, also where it took too long
        continue_on_error=True,
    ),
)
_BEFORE = (PREPARE, RECOVER, VALIDATE)


@TASK.step(PREPARE)
async def prepare(work: Work) -> Told:
    """Make a clean place for each backup, with room, and see that its programs are here."""

    async def make(backup: Backup) -> Told:
        return judged.prepared(backup, await work.tools.backups.prepare(backup.name, work.run))

    return await every_backup.each(work, make)


@TASK.step(RECOVER)
async def recover(work: Work) -> Told:
    """Recover the newest copy of each backup, from now on, which is when the disaster was."""

    async def bring(backup: Backup) -> Told:
        since = work.now()
        found = await work.tools.backups.copies(backup.name)
        copy = backups.chosen(backups.newest(backup, found, since).detail)
        if copy is None:
            return backups.newest(backup, found, since)
        await work.say(f"{backup.name}: {copy.id} is recovered")
        told = await work.tools.backups.recover(backup.name, copy.id, work.run, work.say)
        return judged.recovered(backup, copy, told, since)

    return await every_backup.each(work, bring)


@TASK.step(VALIDATE)
async def validate(work: Work) -> Told:
    """Compare what was recovered with its database, table by table."""

    async def compare(backup: Backup) -> Told:
        told = await work.tools.backups.validate(backup.name, work.run, work.say)
        return judged.validated(backup, told)

    return await every_backup.each(work, compare)


@TASK.step(RECORD)
async def record(work: Work) -> Told:
    """Write down what the recovery of each backup came to."""
    drilled = []
    for backup in work.tools.backups.backups:
        said = {step: every_backup.of(work, step, backup) for step in _BEFORE}
        parts = [(step, one["outcome"], one["says"]) for step, one in said.items() if one]
        left = [(said[step] or {}).get("detail") for step in (RECOVER, VALIDATE)]
        drilled.append(Drilled(backup, parts, *left))
    return judged.recorded(drilled, work.now())


@TASK.step(LET_GO)
async def let_go(work: Work) -> Told:
    """Let go of what was recovered, which has been looked at."""

    async def drop(backup: Backup) -> Told:
        await work.tools.backups.drop(backup.name, work.run)
        return passed(f"{backup.name}: what was recovered is removed")

    return await every_backup.each(work, drop)
