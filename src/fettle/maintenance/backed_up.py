"""Whether what a run is about to change could be brought back, by its backups; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from fettle.maintenance.outcomes import together
from fettle.model.backup import Backup
from fettle.model.quantity import say_duration
from fettle.model.run import Json
from fettle.model.work import Outcome, Told, failed, passed, unknown

_VERIFIED_EVERY = timedelta(days=1)
_REMEDY = "fettle task run daily-backup-verification"


@dataclass(frozen=True)
class Verified:
    """What the latest verification said of a backup, and when what it restored was made."""

    outcome: Outcome
    made_at: datetime | None = None
    says: str = ""


def backed_up(
    databases: Collection[str],
    backups: Sequence[Backup],
    verified: Mapping[str, Verified],
    now: datetime,
) -> Told | None:
    """Say whether databases may be changed, by their backups; None where none has any.

    Of several backups of a database one that is good is enough.
    """
    by_database: dict[str, list[Backup]] = {}
    for backup in backups:
        if backup.database is not None and backup.database in databases:
            by_database.setdefault(backup.database, []).append(backup)
    if not by_database:
        return None
    parts = [
        _best([_stands(one, verified.get(one.name), now) for one in of])
        for of in by_database.values()
    ]
    return together(parts, f"{', '.join(by_database)}: the backup was restored lately")


def _best(told: Sequence[Told]) -> Told:
    order = (Outcome.PASSED, Outcome.UNKNOWN, Outcome.FAILED)
    return min(told, key=lambda one: order.index(one.outcome))


def _stands(backup: Backup, seen: Verified | None, now: datetime) -> Told:
    of = f"the backup {backup.name} of {backup.database}"
    if seen is None:
        return unknown(f"{of} was not verified yet", _REMEDY)
    if seen.outcome is Outcome.FAILED:
        return failed(f"{of} was not good when it was verified", f"mend it, then {_REMEDY}")
    if seen.outcome is not Outcome.PASSED or seen.made_at is None:
        return unknown(f"{of} could not be verified", _REMEDY)
    age, most = now - seen.made_at, backup.max_age + _VERIFIED_EVERY
    if age > most:
        said = say_duration(timedelta(hours=age // timedelta(hours=1)))
        return failed(f"{of}: the last good copy is {said} old", _REMEDY)
    return passed(f"{of} is good")


def verified(recorded: Json) -> Mapping[str, Verified]:
    """Return how a verification recorded each backup."""
    stand = cast("Mapping[str, Any]", recorded or {}).get("stand", {})
    return {
        name: Verified(Outcome(one["outcome"]), _moment(one["made_at"]), one["says"])
        for name, one in stand.items()
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
