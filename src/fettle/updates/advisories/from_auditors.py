"""The auditors that come with clients of packages, as those who publish advisories.

What an auditor was asked about it answers as a whole: what it left out, or looked at fewer packages
than a lock has, was not looked at. Locks that have no auditor are told as such.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fettle.errors import CannotLook
from fettle.model.ports import Clock
from fettle.model.ports_updates import Auditors, Told
from fettle.model.security import Audited, Skipped
from fettle.model.update import Installed, Passed
from fettle.updates.advisories.audited import advisories_of


class FromAuditors:
    """Asks auditors, folder by folder; implements model.ports_updates.Advisories."""

    def __init__(self, auditors: Auditors, clock: Clock) -> None:
        self._auditors = auditors
        self._clock = clock

    async def about(self, installed: Sequence[Installed]) -> Told:
        """See model.ports_updates.Advisories; raises CannotLook where none of them could look."""
        at = self._clock.now()
        by_lock: dict[Path, list[Installed]] = {}
        for one in installed:
            by_lock.setdefault(Path(one.where), []).append(one)
        answers: dict[Path, Audited | Skipped] = {}
        for folder in dict.fromkeys(lock.parent for lock in by_lock):
            answers |= await self._auditors.audit(folder)
        told = {lock: answers.get(lock) for lock in by_lock}
        audits = [one for one in told.values() if isinstance(one, Audited)]
        passed = [one for lock in by_lock for one in _passed(told[lock], lock, by_lock[lock])]
        if not any(one.packages for one in audits):
            raise CannotLook(passed[0].reason, remedy=passed[0].remedy)
        told_by = ", ".join(dict.fromkeys(f"{one.auditor}'s audit" for one in audits))
        return Told(advisories_of(audits), tuple(passed), told_by, at, at)


def _passed(
    told: Audited | Skipped | None, lock: Path, those: Sequence[Installed]
) -> Iterator[Passed]:
    """Yield what of a lock its auditor did not look at."""
    if isinstance(told, Audited) and told.packages:
        for one in told.not_audited:
            name, _, reason = one.partition(": ")
            yield Passed(f"{name} in {lock}", reason or f"{told.auditor} left it out")
        many = len({(one.package, one.version) for one in those})
        if many > told.packages + len(told.not_audited):
            yield Passed(str(lock), f"{told.auditor} looked at {told.packages} of its {many}")
        return
    reason, remedy = "no auditor reads it", None
    if isinstance(told, Skipped):
        reason, remedy = told.reason, told.remedy
    elif told is not None:
        reason = f"{told.auditor} looked at nothing of it"
    for each in those:
        yield Passed(f"{each.package.name} in {each.where}", reason, remedy)
