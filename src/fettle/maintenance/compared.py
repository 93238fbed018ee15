"""What a run works on, before and after: may it begin, and has it made anything worse; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Unknown
from fettle.model.quantity import say_count
from fettle.model.run import Json
from fettle.model.severity import Severity
from fettle.model.work import Told, failed, passed, unknown

_DISKS = frozenset({"disk_full", "inodes_low", "file_system_read_only"})
# With these nothing is to be added to what a database does: what it writes could not be replayed,
# archived or kept.
_IN_THE_WAY = _DISKS | {
    "replication_lag",
    "replication_slot_inactive",
    "wal_archiving_failing",
    "transaction_id_wraparound",
}


@dataclass(frozen=True)
class Seen:
    """What a target was like: its findings with their severities, and what could not be seen."""

    target: str
    found: Mapping[str, Severity]
    unseen: frozenset[str] = frozenset()
    gone: Unknown | None = None


def seen(diagnosis: Diagnosis) -> Seen:
    """Return what of a diagnosis is compared."""
    return Seen(
        diagnosis.target,
        {one.key: one.severity for one in diagnosis.findings},
        frozenset(check for check, _ in diagnosis.unknown),
        diagnosis.unreachable,
    )


def disks(machine: Seen) -> Seen:
    """Return what is compared of a database's machine: its disks, which may not be seen.

    How busy it is says nothing of the work: that keeps it busy, and so do others.
    """
    if machine.gone is not None:
        return Seen(machine.target, {}, _DISKS)
    found = {key: how for key, how in machine.found.items() if _check(key) in _DISKS}
    return Seen(machine.target, found, machine.unseen & _DISKS)


def before(found: Sequence[Seen]) -> Told:
    """Say whether a run may begin on these: each is reached, and can bear it."""
    for one in found:
        if one.gone is not None:
            return failed(f"{one.target} cannot be reached: {one.gone.reason}", one.gone.remedy)
    for one in found:
        for key, severity in one.found.items():
            if _check(key) in _IN_THE_WAY and severity >= Severity.HIGH:
                return failed(
                    f"{one.target}: {key} is {severity}",
                    f"mend that first: fettle check {one.target} --only {_check(key)}",
                )
    unseen = sorted({check for one in found for check in one.unseen & _IN_THE_WAY})
    names = ", ".join(one.target for one in found)
    if unseen:
        return unknown(f"{names}: not everything could be seen: {', '.join(unseen)}")
    return passed(f"{names} can be reached, and nothing stands in the way")


def after(earlier: Sequence[Seen], later: Sequence[Seen]) -> Told:
    """Say what has become of targets: nothing new at high or above, and nothing worse."""
    was = {one.target: one for one in earlier}
    for one in later:
        if one.gone is not None:
            return failed(f"{one.target} cannot be reached any more: {one.gone.reason}")
    worse = [key for one in later for key in _worse(was.get(one.target), one)]
    gone = [key for one in later for key in _gone(was.get(one.target), one)]
    detail: Json = {"worse": worse, "gone": gone, "after": written(later)}
    if worse:
        return failed(f"worse than before: {', '.join(worse[:5])}", detail=detail)
    blind = sorted(f"{one.target}: {check}" for one in later for check in _blind(was, one))
    if blind:
        return unknown(f"what was seen before could not be seen: {', '.join(blind)}", detail=detail)
    unsure = [key for one in later for key in _unsure(was.get(one.target), one)]
    if unsure:
        says = f"what is so now could not be seen before: {', '.join(unsure[:5])}"
        return unknown(says, detail=detail)
    better = f", and {say_count(len(gone), 'finding')} gone" if gone else ""
    return passed(f"nothing is worse than before{better}", detail)


def _worse(was: Seen | None, now: Seen) -> Iterator[str]:
    for key, severity in now.found.items():
        if was is None or severity < Severity.HIGH or _was_hidden(was, key):
            continue
        if key not in was.found or severity > was.found[key]:
            yield f"{now.target}: {key} ({severity})"


def _unsure(was: Seen | None, now: Seen) -> Iterator[str]:
    """Yield what is bad now, and of which nobody knows whether it is new."""
    for key, severity in now.found.items():
        if severity >= Severity.HIGH and _was_hidden(was, key):
            yield f"{now.target}: {key} ({severity})"


def _was_hidden(was: Seen | None, key: str) -> bool:
    """Whether nobody could see before whether that was so, or nobody looked."""
    return was is None or (key not in was.found and _check(key) in was.unseen)


def _gone(was: Seen | None, now: Seen) -> Iterator[str]:
    for key in () if was is None else was.found:
        if key not in now.found and _check(key) not in now.unseen:
            yield f"{now.target}: {key}"


def _blind(was: Mapping[str, Seen], now: Seen) -> frozenset[str]:
    return now.unseen - was[now.target].unseen if now.target in was else frozenset()


def _check(key: str) -> str:
    return key.partition(":")[0]


def written(found: Sequence[Seen]) -> Json:
    """Return what was seen, as it is kept."""
    return [
        {
            "target": one.target,
            "found": {key: str(severity) for key, severity in one.found.items()},
            "unseen": sorted(one.unseen),
        }
        for one in found
    ]


def so_far(detail: Json) -> list[Seen]:
    """Return what was seen where others reach it, by looks that went on elsewhere."""
    rows: Any = detail.get("after") if isinstance(detail, Mapping) else detail
    return read(rows) if isinstance(rows, list) else []


def left(targets: Sequence[str], detail: Json) -> list[str]:
    """Return which targets are still to be looked at."""
    known = {one.target for one in so_far(detail)}
    return [name for name in targets if name not in known]


def read(kept: Sequence[Mapping[str, Any]]) -> list[Seen]:
    """Return what was kept."""
    return [
        Seen(
            one["target"],
            {key: Severity.named(severity) for key, severity in one["found"].items()},
            frozenset(one["unseen"]),
        )
        for one in kept
    ]
