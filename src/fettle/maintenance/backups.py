"""What is to be thought of backups: which copy is looked at, whether it is good, how they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from fettle.maintenance.outcomes import together
from fettle.model.backup import Backup, Copy, Files, Restored
from fettle.model.quantity import Bytes, say_count, say_duration
from fettle.model.report import Report, Section, Table
from fettle.model.run import Json
from fettle.model.work import Outcome, Told, failed, passed, unknown

NONE = unknown(
    "no backup is verified here: there is no [[backup]]",
    "[[backup]] with a name, its kind and where it lies; or enabled = false",
)
ANY_CLOCK = timedelta(hours=1)  # no two clocks that anybody looks after are further apart
_MOST = 3
_MINUTE = timedelta(minutes=1)
_SUM = "write a checksum beside it when it is made: sha256sum FILE > FILE.sha256"
_ANEW = "make a new backup, and see why this one was not completed"


# Whether there is one


def newest(backup: Backup, copies: Sequence[Copy], now: datetime) -> Told:
    """Judge whether the newest copy was completed; the one that is to be looked at is kept.

    One that is written still is nobody's backup yet: the one before it is looked at.
    """
    name = backup.name
    if not copies:
        return failed(f"{name}: there is none", "see why no backup is made")
    growing = [copy for copy in copies if copy.growing]
    good = next((copy for copy in copies if not (copy.growing or copy.unfinished)), None)
    first = copies[0]
    if first.unfinished:
        says = f"{name}: the newest, {_called(first)}, was not completed: {first.unfinished}"
        return failed(says, _ANEW, None if good is None else _choice(good))
    if good is None:
        says = f"{name}: {_called(first)} is written still: {first.growing}"
        return unknown(says, "let the task come later than the backup ends")
    aside = f"; {_called(growing[0])} is written still: {growing[0].growing}" if growing else ""
    return _fresh(backup, good, now, aside)


def _fresh(backup: Backup, good: Copy, now: datetime, aside: str) -> Told:
    """Judge whether a copy that was completed is as fresh as it has to be."""
    name, age = backup.name, now - good.made_at
    if good.size == 0:
        return failed(f"{name}: {_called(good)} is empty", "see why it was not written")
    if age < -ANY_CLOCK:
        return unknown(*of_no_age(f"{name}: {_called(good)}", good.made_at), _choice(good))
    if age > backup.max_age:
        most = say_duration(backup.max_age)
        says = f"{name}: {_called(good)} is {_age(age)} old, and may be {most}{aside}"
        return failed(says, "see why no newer one is made", _choice(good))
    size = "" if good.size is None else f", {good.size}"
    return passed(f"{name}: {_called(good)} is {_age(age)} old{size}{aside}", _choice(good))


def of_no_age(called: str, at: datetime) -> tuple[str, str]:
    """Say that nobody knows how old something is whose time has not come; and what helps."""
    says = f"{called} says that it is of {at:%Y-%m-%d %H:%M} UTC, which has not come: "
    remedy = "set the clock of where it is made, and put aside what has such a time"
    return f"{says}nobody knows how old it is", remedy


def _choice(copy: Copy) -> Json:
    """Return which copy is looked at, for the steps after it."""
    return {
        "copy": copy.id,
        "made_at": copy.made_at.isoformat(),
        "size": None if copy.size is None else int(copy.size),
    }


def chosen(left: Json) -> Copy | None:
    """Return the copy that an earlier step has chosen; None where it has chosen none."""
    if left is None:
        return None
    told = cast("Mapping[str, Any]", left)
    size = None if told["size"] is None else Bytes(told["size"])
    return Copy(told["copy"], datetime.fromisoformat(told["made_at"]), size)


def not_chosen(backup: Backup) -> Told:
    """Say that there was no copy to be looked at, as the first step has told."""
    return unknown(f"{backup.name}: there is none to be looked at")


# Whether it is good


def whole(backup: Backup, files: Files) -> Told:
    """Judge a copy's files."""
    name = backup.name
    if files.wrong:
        return failed(
            f"{name}: {'; '.join(files.wrong[:_MOST])}", "do not rely on it: make another"
        )
    if _is_another(files.major, files.source_major):
        says = f"{name}: it is of PostgreSQL {files.major}, and {backup.database} is PostgreSQL"
        return failed(f"{says} {files.source_major}", "back up the database that there is now")
    of = "" if files.major is None else f" of PostgreSQL {files.major}"
    if files.unproved is not None:
        says = f"{name}: a changed bit would not be seen: {files.unproved}"
        return unknown(says, _SUM)
    return passed(f"{name}: a {files.form}{of}, whole as far as its files tell")


def restored(backup: Backup, copy: Copy, told: Restored, now: datetime) -> Told:
    """Judge what came of restoring a copy."""
    name, amiss = backup.name, list(wrong(backup, told))
    if told.as_of is not None and now - told.as_of > backup.max_age:
        says = f"{name}: what is in it is {_age(now - told.as_of)} old, and may be"
        most = say_duration(backup.max_age)
        amiss.append(failed(f"{says} {most}", "see why no newer one is made"))
    if told.as_of is not None and told.as_of - now > ANY_CLOCK:
        amiss.append(unknown(*of_no_age(f"{name}: what is in it", told.as_of)))
    if told.changed is not None:
        amiss.append(unknown(f"{name}: {told.changed}", "let the task come when it is complete"))
    detail = standing(copy, told)
    right = (
        f"{name}: {say_count(told.tables, 'table')} with {say_count(told.rows, 'row')} restored in "
        f"{_took(told.took)}, {say_count(told.indexes, 'index', 'indexes')} checked"
    )
    if told.answers:
        right += f", {say_count(len(told.answers), 'query', 'queries')} answered right"
    return together(amiss, right, detail)


def wrong(backup: Backup, told: Restored) -> Iterator[Told]:
    """Yield what is wrong with what was restored."""
    name = backup.name
    if told.errors:
        more = f", and {len(told.errors) - _MOST} more" if len(told.errors) > _MOST else ""
        says = "; ".join(told.errors[:_MOST]) + more
        yield failed(f"{name} could not be restored whole: {says}", "do not rely on it")
    elif told.tables == 0:
        yield failed(f"{name} was restored, and holds no table", "see what is backed up")
    elif told.rows == 0:
        yield failed(f"{name} was restored, and its tables hold no row", "see what is backed up")
    if told.corrupt:
        says = "; ".join(told.corrupt[:_MOST])
        yield failed(f"{name} was restored, and amcheck finds: {says}", "check the database, too")
    for answer in told.answers:
        if answer.wrong is not None:
            yield failed(f"{name}: {answer.query[:100]!r}: {answer.wrong}")


def _is_another(major: int | None, source: int | None) -> bool:
    return major is not None and source is not None and major != source


# How they stand


def standing(copy: Copy, told: Restored) -> Json:
    """Return what is remembered of a restore."""
    return {
        **cast("dict[str, Json]", _choice(copy)),
        "form": told.form,
        "major": told.major,
        "took_s": round(told.took.total_seconds(), 1),
        "tables": told.tables,
        "rows": told.rows,
        "restored_size": int(told.size),
    }


@dataclass(frozen=True)
class Stood:
    """What each step has said of one backup, and what came of restoring it."""

    backup: Backup
    parts: Sequence[tuple[str, str, str]]
    restored: Mapping[str, Any] | None

    @property
    def outcome(self) -> Outcome:
        """What it comes to: a step that has said nothing of it has not looked."""
        outcomes = [Outcome(outcome) for _, outcome, _ in self.parts]
        if Outcome.FAILED in outcomes:
            return Outcome.FAILED
        if self.restored is None or Outcome.UNKNOWN in outcomes:
            return Outcome.UNKNOWN
        return Outcome.PASSED


_SAYS = {
    Outcome.PASSED: "good",
    Outcome.FAILED: "not good",
    Outcome.UNKNOWN: "could not be checked",
}


def recorded(stood: Sequence[Stood], when: datetime) -> Told:
    """Say how the backups stand, and leave a report of it."""
    if not stood:
        return NONE
    parts = [_stands(one) for one in stood]
    good = [one for one in stood if one.outcome is Outcome.PASSED]
    right = f"{say_count(len(good), 'backup')} good: restored, and looked at"
    told = together(parts, right)
    report = Report(
        f"Backups on {when:%Y-%m-%d}",
        f"{len(good)} of {say_count(len(stood), 'backup')} good",
        (_overview(stood), *(_said(one) for one in stood)),
    )
    detail: Json = {
        one.backup.name: {
            "outcome": one.outcome.value,
            "says": part.says,
            "made_at": (one.restored or {}).get("made_at"),
        }
        for one, part in zip(stood, parts, strict=True)
    }
    return Told(told.outcome, told.says, told.remedy, {"stand": detail}, report)


def _stands(one: Stood) -> Told:
    said = [says for _, outcome, says in one.parts if outcome == one.outcome]
    first = said[0] if said else f"{one.backup.name}: it was not restored"
    match one.outcome:
        case Outcome.PASSED:
            return passed(f"{one.backup.name} is good")
        case Outcome.FAILED:
            return failed(first)
        case _:
            return unknown(first)


def _overview(stood: Sequence[Stood]) -> Section:
    columns = ("Backup", "Of", "Made", "Size", "Restored in", "Tables", "Rows", "Comes to")
    rows = []
    for one in stood:
        kept = one.restored or {}
        size, made = kept.get("size"), kept.get("made_at")
        rows.append(
            (
                one.backup.name,
                one.backup.database or "–",
                "–" if made is None else f"{datetime.fromisoformat(made):%Y-%m-%d %H:%M} UTC",
                "–" if size is None else str(Bytes(size)),
                f"{kept['took_s']} s" if "took_s" in kept else "–",
                f"{kept['tables']:,}" if "tables" in kept else "–",
                f"{kept['rows']:,}" if "rows" in kept else "–",
                _SAYS[one.outcome],
            )
        )
    return Section("How they stand", table=Table(columns, tuple(rows)))


def _said(one: Stood) -> Section:
    items = tuple(f"{step}: {says}" for step, _, says in one.parts)
    return Section(one.backup.name, items=items)


def _called(copy: Copy) -> str:
    return copy.id.rpartition("/")[2] or copy.id


def _age(age: timedelta) -> str:
    return "moments" if age < _MINUTE else say_duration(_whole_minutes(age))


def _whole_minutes(age: timedelta) -> timedelta:
    return timedelta(minutes=age // _MINUTE)


def _took(took: timedelta) -> str:
    seconds = took.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else say_duration(timedelta(seconds=round(seconds)))
