"""What is to be thought of a recovery: what it took and lost, and whether all of it is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from fettle.maintenance import backups
from fettle.maintenance.outcomes import together
from fettle.model.backup import Backup, Copy, Place, Restored, Sides, Validated
from fettle.model.quantity import Ratio, say_count, say_duration
from fettle.model.report import Report, Section, Table
from fettle.model.run import Json
from fettle.model.work import Outcome, Told, failed, passed, unknown

_MOST = 3
_MOST_ROWS = 200
_SECOND = timedelta(seconds=1)
_WHY = "see what is backed up, and whether what was restored is whole"


def prepared(backup: Backup, place: Place) -> Told:
    """Say where it will be recovered."""
    needed = "" if place.needed is None else f", {place.needed} needed"
    return passed(f"{backup.name}: {place.folder} is clean: {place.free} free{needed}")


# What it took, and what it lost


def recovered(backup: Backup, copy: Copy, told: Restored, since: datetime) -> Told:
    """Judge a recovery that was begun at a moment, which is when the disaster was."""
    name = backup.name
    # nobody writes at times: what a log has brought last may be from before the copy's end
    as_of = told.as_of or max(copy.made_at, told.replayed or copy.made_at)
    lost = max(since - as_of, timedelta())
    detail: Json = {
        "copy": copy.id,
        "form": told.form,
        "major": told.major,
        "as_of": as_of.isoformat(),
        "took_s": round(told.took.total_seconds(), 1),
        "lost_s": round(lost.total_seconds()),
    }
    wrong = [
        failed(f"{name} was not recovered whole: {'; '.join(told.errors[:_MOST])}", _WHY)
        for _ in told.errors[:1]
    ]
    if told.changed is not None:
        wrong.append(unknown(f"{name}: {told.changed}", "recover it again"))
    if as_of - since > backups.ANY_CLOCK:
        wrong.append(unknown(*backups.of_no_age(f"{name}: {copy.id}", as_of)))
    took = f"{name} was recovered in {said(told.took)}"
    if _is_over(told.took, backup.rto):
        wrong.append(failed(f"{took}, and {_promised(backup.rto)}", "see what takes so long"))
    lose = f"{name}: what was written in the last {said(lost)} is lost"
    if _is_over(lost, backup.rpo):
        wrong.append(failed(f"{lose}, and {_promised(backup.rpo)} at most", "back up more often"))
    right = f"{took} ({_promised(backup.rto)}); the last {said(lost)} lost "
    return together(wrong, f"{right}({_promised(backup.rpo)})", detail)


def _is_over(found: timedelta, promise: timedelta | None) -> bool:
    return promise is not None and found > promise


def _promised(promise: timedelta | None) -> str:
    return "nothing was promised" if promise is None else f"{say_duration(promise)} was promised"


# Whether all of it is there


def validated(backup: Backup, told: Validated) -> Told:
    """Judge what was recovered, beside its database, as of the backup."""
    wrong = list(backups.wrong(backup, told.restored))
    if told.unseen is not None:
        wrong.append(unknown(f"{backup.name}: {told.unseen}", told.remedy))
    wrong += [part for one in told.tables if (part := _judged(backup, one)) is not None]
    alike = sum(one.same is True for one in told.tables)
    right = (
        f"{backup.name}: {say_count(told.restored.tables, 'table')} with "
        f"{say_count(told.restored.rows, 'row')}: {alike} just as in {backup.database}, the others "
        f"within {backup.tolerance}, for what was written since"
    )
    return together(wrong, right, kept(told))


def _judged(backup: Backup, one: Sides) -> Told | None:
    """Judge a table; None where nothing is wrong with it."""
    name = f"{backup.name}: {one.table}"
    if one.unseen is not None:
        remedy = f"let the role of its url read it: GRANT SELECT ON {one.table}"
        return unknown(f"{name} was not compared: {one.unseen}", remedy)
    if one.here is None:
        return failed(f"{name} was not recovered: it is younger, or left out", _WHY)
    if one.there is None or one.same:
        return None
    return _differing(backup, name, one, one.here, one.there)


def _differing(backup: Backup, name: str, one: Sides, here: int, there: int) -> Told | None:
    """Judge a table that is not the same: as much may differ as was written since."""
    most, of = max(here, there, 1), backup.database
    if abs(here - there) > backup.tolerance * most:
        return failed(f"{name} has {here:,} rows, and {there:,} in {of}", _WHY)
    if one.sampled and one.sampled - one.alike > backup.tolerance * one.sampled:
        says = f"{name}: of {one.sampled:,} rows {one.alike:,} are in {of} as they were recovered"
        return failed(says, _WHY)
    if not one.sampled and here:
        says = f"{name} has no primary key, and is too large to be looked through"
        return unknown(f"{says}: its rows were counted only", "let it have one")
    return None


# What is remembered


def kept(told: Validated) -> Json:
    """Return what was found, for the report."""
    return {
        "tables": [
            [one.table, one.here, one.there, one.same, one.sampled, one.alike, one.unseen]
            for one in told.tables
        ],
        "rows": told.restored.rows,
        "indexes": told.restored.indexes,
        "answers": [[one.query, one.says] for one in told.restored.answers],
    }


@dataclass(frozen=True)
class Drilled:
    """What each step of a drill has said of one backup, and what it has left."""

    backup: Backup
    parts: Sequence[tuple[str, str, str]]
    recovered: Mapping[str, Any] | None = None
    validated: Mapping[str, Any] | None = None


def recorded(drilled: Sequence[Drilled], when: datetime) -> Told:
    """Say what the drill came to, and leave its report."""
    if not drilled:
        return backups.NONE
    whole = [one for one in drilled if all(part[1] == Outcome.PASSED for part in one.parts)]
    whole = [one for one in whole if one.recovered and one.validated]
    says = f"{len(whole)} of {say_count(len(drilled), 'backup')} recovered as was promised"
    report = Report(
        f"Disaster-recovery test of {when:%Y-%m-%d}",
        says,
        (_promises(drilled), *(part for one in drilled for part in _sections(one))),
    )
    return passed(f"written down: {says}", {"recovered": len(whole)}, report)


def _promises(drilled: Sequence[Drilled]) -> Section:
    columns = ("Backup", "Of", "As of", "Took", "Promised", "Lost", "Promised at most")
    rows = []
    for one in drilled:
        told = one.recovered or {}
        as_of = told.get("as_of")
        rows.append(
            (
                one.backup.name,
                one.backup.database or "–",
                "–" if as_of is None else f"{datetime.fromisoformat(as_of):%Y-%m-%d %H:%M} UTC",
                _seconds(told, "took_s"),
                "–" if one.backup.rto is None else say_duration(one.backup.rto),
                _seconds(told, "lost_s"),
                "–" if one.backup.rpo is None else say_duration(one.backup.rpo),
            )
        )
    title = "What it took, and what was lost"
    return Section(title, table=Table(columns, tuple(rows)))


def _seconds(told: Mapping[str, Any], name: str) -> str:
    return said(timedelta(seconds=told[name])) if name in told else "–"


def _sections(one: Drilled) -> Iterator[Section]:
    items = tuple(f"{step}: {says}" for step, _, says in one.parts)
    yield Section(one.backup.name, items=items)
    if one.validated is None:
        return
    answers = tuple(f"{query}: {says}" for query, says in one.validated["answers"])
    rows = tuple(_row(cells) for cells in one.validated["tables"][:_MOST_ROWS])
    columns = ("Table", "Recovered", f"In {one.backup.database}", "Compared")
    tolerance = Ratio(one.backup.tolerance)
    yield Section(
        f"{one.backup.name}: table by table",
        (f"Up to {tolerance} of rows may differ, for what was written since.",),
        answers,
        Table(columns, rows) if rows else None,
    )


def _row(cells: Sequence[Any]) -> tuple[str, str, str, str]:
    table, here, there, same, sampled, alike, unseen = cells
    compared = "by counts"
    if unseen is not None:
        compared = f"not compared: {unseen}"
    elif same:
        compared = "the same checksum"
    elif sampled:
        compared = f"{alike:,} of {sampled:,} rows the same"
    return cast("str", table), _number(here), _number(there), compared


def _number(count: int | None) -> str:
    return "not there" if count is None else f"{count:,}"


def said(took: timedelta) -> str:
    """Return a time as people say it, to the second where it is long."""
    if took < timedelta(minutes=1):
        return f"{took.total_seconds():.1f} s"
    return say_duration(timedelta(seconds=took // _SECOND))
