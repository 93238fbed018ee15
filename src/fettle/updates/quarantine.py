"""Versions that made a project worse are held, until a person releases them: pure."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from fettle.errors import Refused
from fettle.model.rehearsal import SYSTEM, Wanted
from fettle.model.update import Package
from fettle.model.update_watch import Quarantined


def why_held(
    quarantined: Iterable[Quarantined], package: Package, version: str, where: str
) -> tuple[str, ...]:
    """Return why a version is held in a lock: where it would be, it was worse."""
    return tuple(
        one.said
        for one in quarantined
        if (one.package, one.version) == (package, version)
        and (one.project == SYSTEM or PurePath(where).is_relative_to(one.path))
    )


def refuse_quarantined(wanted: Sequence[Wanted], quarantined: Sequence[Quarantined]) -> None:
    """Raise Refused where a version of these is quarantined; all are of one project."""
    held = {(one.package, one.version): one for one in quarantined}
    for one in wanted:
        if (reason := held.get((one.package, one.version))) is not None:
            raise Refused(
                f"{one.says} is not applied: {reason.said}",
                remedy=f"once that is mended: fettle update release {reason.number} --reason …",
            )
