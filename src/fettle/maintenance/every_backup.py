"""Steps that do the same with every backup: what is said of each is kept, by its name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from fettle.maintenance import backups as judged
from fettle.maintenance import outcomes
from fettle.maintenance.outcomes import together
from fettle.maintenance.placed import named
from fettle.model.backup import Backup
from fettle.model.run import Json
from fettle.model.work import Told, Work

_KEPT = "backups"


async def each(work: Work, look: Callable[[Backup], Awaitable[Told]]) -> Told:
    """Do something with each backup that is reached here, whatever became of the others."""
    parts: dict[str, Told] = {}
    for backup in (one for one in work.tools.backups.backups if work.reaches(one.on)):
        told = await outcomes.of(backup.name, look(backup))
        await work.say(told.says)
        parts[backup.name] = told
    if not parts:
        return judged.NONE
    kept: Json = {
        name: {"outcome": told.outcome.value, "says": told.says, "detail": told.detail}
        for name, told in parts.items()
    }
    right = "; ".join(told.says for told in parts.values())
    return together(list(parts.values()), right, {_KEPT: kept})


def of(work: Work, step: str, backup: Backup) -> Mapping[str, Any] | None:
    """Return what a step has said of a backup, wherever that was; None where it said nothing."""
    left = cast("dict[str, Any]", work.earlier(named(step, backup.on)) or {})
    return cast("dict[str, Any]", left.get(_KEPT) or {}).get(backup.name)


def here(work: Work, step: str, backup: Backup) -> Any:  # noqa: ANN401 - JSON, as it was left
    """Return the detail that a step has left of a backup here; None where it left none."""
    left = cast("dict[str, Any]", work.earlier(step) or {})
    return (cast("dict[str, Any]", left.get(_KEPT) or {}).get(backup.name) or {}).get("detail")
