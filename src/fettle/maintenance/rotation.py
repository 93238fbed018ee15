"""What is to become of old logs: which are packed, which are kept no longer, who lags behind."""

from collections.abc import Sequence
from datetime import datetime

from fettle.maintenance.outcomes import together
from fettle.model.quantity import say_count
from fettle.model.rotation import Beside, Follower, OldLog, Rotated, Rotation, Writers
from fettle.model.work import Told, failed, passed, unknown

NONE = unknown(
    "no log is rotated: there is no [[rotation]]",
    "[[rotation]] with a name and paths; or enabled = false",
)
_MOST = 3


def rotated(rotation: Rotation, done: Rotated) -> Told:
    """Say what logrotate did."""
    if not done.looked_at:
        return unknown(
            f"{rotation.name}: no log is there", "see that [[rotation]] names them as they are"
        )
    if not done.rotated:
        return passed(f"{rotation.name}: none of {len(done.looked_at)} was due")
    logs = say_count(len(done.looked_at), "log")
    return passed(f"{rotation.name}: {len(done.rotated)} of {logs} rotated")


def to_pack(rotation: Rotation, beside: Beside) -> list[OldLog]:
    """Return the old logs that are to be packed: none that is the last, and none that is open."""
    if not rotation.packs:
        return []
    return [one for one in beside.old if not (one.packed or one.place == 0 or one.open_in)]


def packed(rotation: Rotation, beside: Beside) -> Told:
    """Judge what lies there after old logs were packed."""
    if rotation.own:
        return passed(f"{rotation.name}: packed by logrotate, as its own configuration says")
    if not rotation.packs:
        return passed(f"{rotation.name}: not to be packed")
    left = [one for one in beside.old if not one.packed and one.place > 0]
    wrong = [
        failed(f"{one.path} is not packed: {_open_in(one)}", _remedy(one)) for one in left[:_MOST]
    ]
    wrong += [unknown(f"{rotation.name}: {said}") for said in beside.not_seen[:_MOST]]
    return together(wrong, f"{rotation.name}: {_of(beside)}, packed but the last of each")


def to_delete(rotation: Rotation, beside: Beside, now: datetime) -> list[OldLog]:
    """Return the old logs that are kept no longer; none that a process has open."""
    return [one for one in _over(rotation, beside, now) if not one.open_in]


def deleted(rotation: Rotation, beside: Beside, now: datetime) -> Told:
    """Judge what lies there after old logs were deleted."""
    if rotation.keep is None and rotation.keep_for is None:
        return passed(f"{rotation.name}: kept as its own configuration says")
    over = _over(rotation, beside, now)
    wrong = [
        failed(f"{one.path} is kept longer than it may be: {_open_in(one)}", _remedy(one))
        for one in over[:_MOST]
    ]
    wrong += [unknown(f"{rotation.name}: {said}") for said in beside.not_seen[:_MOST]]
    return together(wrong, f"{rotation.name}: {_of(beside)}, none kept longer than it may be")


def reading(rotation: Rotation, writers: Writers, followers: Sequence[Follower]) -> Told:
    """Judge who has not begun with the new files: those that write, and those that follow."""
    wrong = [
        failed(
            f"{one.process} still writes into {one.path}, which was rotated",
            "let it open its log anew: [[rotation]] after says how; or copytruncate = true",
        )
        for one in writers.found[:_MOST]
    ]
    wrong += [
        failed(
            f"[[log]] {one.log} does not follow the {one.path} that is there now",
            "see whether a worker on this machine runs that follows it",
        )
        for one in followers
        if not one.follows
    ][:_MOST]
    if writers.unseen:
        processes = say_count(writers.unseen, "process", "processes")
        wrong.append(
            unknown(
                f"{rotation.name}: what {processes} write was not to be seen",
                "let a worker as root, or with CAP_SYS_PTRACE, do this task",
            )
        )
    by = f", and {say_count(len(followers), 'file is', 'files are')} followed" if followers else ""
    return together(wrong, f"{rotation.name}: nobody writes into what was rotated{by}")


_BEGIN_ANEW = "let what has it open begin a new log: [[rotation]] after says how"


def _over(rotation: Rotation, beside: Beside, now: datetime) -> list[OldLog]:
    return [
        one
        for one in beside.old
        if (rotation.keep is not None and one.place >= rotation.keep)
        or (rotation.keep_for is not None and now - one.modified > rotation.keep_for)
    ]


def _remedy(one: OldLog) -> str | None:
    return _BEGIN_ANEW if one.open_in else None


def _open_in(one: OldLog) -> str:
    if not one.open_in:
        return "see the log of the step"
    return f"{', '.join(one.open_in[:_MOST])} has it open"


def _of(beside: Beside) -> str:
    return say_count(len(beside.old), "old log")
