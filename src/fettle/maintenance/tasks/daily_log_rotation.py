"""Log files do not fill the disk, and are kept as long as was promised.

Why it matters:  A disk that is full of logs stops the database and the application; one that keeps
    them for ever keeps what people were promised would be deleted.
Passed when:     Logs are rotated and packed, none is older than it may be, nobody writes into one
    that was rotated, and what Fettle follows are the new files.
Failed when:     Something could not be rotated, packed or deleted, a process still writes into an
    old file, or a log is followed no more.
Could not check when:  logrotate is not on the machine, its rules or the logs cannot be read, no log
    is there, or other people's processes may not be looked into.
Change it:       Which logs, and how long they are kept: [[rotation]]. Another window or time: a
    [[task]] with the id daily-log-rotation and what is to be different. Not at all:
    enabled = false in it.
"""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from fettle.errors import ActFailed
from fettle.maintenance import outcomes
from fettle.maintenance import rotation as judged
from fettle.maintenance.outcomes import together
from fettle.model.quantity import Bytes
from fettle.model.rotation import Rotation
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, TaskStep, There
from fettle.model.window import Window
from fettle.model.work import Told, Work
from fettle.unit import task

ROTATE = "Rotate the applications' logs"
PACK = "Pack the logs that were rotated"
DELETE = "Delete logs that are kept no longer"
FOLLOW = "See that what follows the logs reads the new files"

TASK = task(
    __name__,
    name="Daily log rotation",
    description="Rotate and pack log files, delete those that are kept no longer",
    frequency=Frequency.DAILY,
    category=Category.INFRASTRUCTURE,
    automation=Automation.FULL,
    needs=("rotation",),
    window=Window(time(2), ZoneInfo("UTC"), timedelta(minutes=30), timedelta(minutes=15)),
    procedure=Procedure(
        steps=(
            # logrotate remembers what it has rotated: one that was cut off does the rest
            TaskStep(ROTATE, RunOwn(acts=True), idempotent=True, there=There.LOGS),
            TaskStep(PACK, RunOwn(acts=True), idempotent=True, there=There.LOGS),
            TaskStep(DELETE, RunOwn(acts=True), idempotent=True, there=There.LOGS),
            TaskStep(FOLLOW, RunOwn(), idempotent=True, there=There.LOGS),
        ),
        estimated_duration=timedelta(minutes=15),
        # the disk fills whatever became of the step before
        continue_on_error=True,
    ),
)


@TASK.step(ROTATE)
async def rotate(work: Work) -> Told:
    """Rotate what is due, and have those begin anew that write into what was rotated."""
    return await _each(work, _rotated)


async def _rotated(work: Work, rotation: Rotation) -> Told:
    logs = work.tools.rotations
    # logrotate moves on only what is packed: a plain one in between would stay where it is
    await _pack(work, rotation)
    done = await logs.rotate(rotation.name, work.say)
    told = judged.rotated(rotation, done)
    # also where another go was cut off before it has told them
    if rotation.tells and (done.rotated or (await logs.writers(rotation.name)).found):
        await logs.tell(rotation.name, work.say)
    return told


@TASK.step(PACK)
async def pack(work: Work) -> Told:
    """Pack what logrotate has left, as where it was cut off."""
    return await _each(work, _packed)


async def _packed(work: Work, rotation: Rotation) -> Told:
    await _pack(work, rotation)
    return judged.packed(rotation, await work.tools.rotations.beside(rotation.name))


async def _pack(work: Work, rotation: Rotation) -> None:
    """Pack what is to be packed; what could not be is seen afterwards."""
    logs, saved = work.tools.rotations, 0
    for one in judged.to_pack(rotation, await logs.beside(rotation.name)):
        try:
            saved += await logs.pack(rotation.name, one)
        except ActFailed as error:
            await work.say(error.reason)
        else:
            await work.say(f"{one.path} was packed")
    if saved:
        await work.say(f"{rotation.name}: {Bytes(saved)} less")


@TASK.step(DELETE)
async def delete(work: Work) -> Told:
    """Delete what is kept no longer, and is not open."""
    return await _each(work, _deleted)


async def _deleted(work: Work, rotation: Rotation) -> Told:
    logs, now = work.tools.rotations, work.now()
    for one in judged.to_delete(rotation, await logs.beside(rotation.name), now):
        try:
            await logs.delete(rotation.name, one)
        except ActFailed as error:
            await work.say(error.reason)
        else:
            await work.say(f"{one.path} was deleted: it was of {one.modified:%Y-%m-%d}")
    return judged.deleted(rotation, await logs.beside(rotation.name), now)


@TASK.step(FOLLOW)
async def follow(work: Work) -> Told:
    """Look who still writes into what was rotated, and whether what follows has the new files."""
    return await _each(work, _followed)


async def _followed(work: Work, rotation: Rotation) -> Told:
    logs = work.tools.rotations
    writers, followers = await logs.writers(rotation.name), await logs.followers(rotation.name)
    return judged.reading(rotation, writers, followers)


async def _each(work: Work, do: Callable[[Work, Rotation], Awaitable[Told]]) -> Told:
    """Do something for each rotation that is reached here, whatever became of the others."""
    parts: list[Told] = []
    for rotation in (one for one in work.tools.rotations.rotations if work.reaches(one.on)):
        told = await outcomes.of(rotation.name, do(work, rotation))
        await work.say(told.says)
        parts.append(told)
    return together(parts, "; ".join(part.says for part in parts)) if parts else judged.NONE
