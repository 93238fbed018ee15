"""What is known of what one lock of a project holds, for who reads no lock itself.

The newest look for updates knows it, where that still counts; else those who publish advisories are
asked.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fettle.errors import CannotLook
from fettle.flow.update_looks import counts
from fettle.model.ports import Clock
from fettle.model.ports_updates import Outside, Project, Told
from fettle.model.security import Advised, Advisory, Audited, Skipped
from fettle.model.update import Advisory as Published
from fettle.model.update import Installed, Package
from fettle.settings import Settings
from fettle.store import update_checks
from fettle.store.pool import Pool
from fettle.updates.advisories import verdict
from fettle.updates.audited import audited
from fettle.updates.projects import of_file

_AREA = "dependencies"


class AdvisedBy:
    """Asks those who publish advisories; implements model.security.Advised."""

    def __init__(self, outside: Callable[[], AbstractAsyncContextManager[Outside]]) -> None:
        self._outside = outside

    async def audit(self, project: str, folder: Path, file: str) -> Audited | Skipped:
        """Return what is known of what a lock of a project holds."""
        subject = f"{project}: {file}"
        async with self._outside() as outside:
            if outside.advisories is None:
                return Skipped(_AREA, subject, "no advisories are named")
            lock = await of_file(Project(project, folder), file, outside.files)
            if not lock.installed:
                reason = lock.passed[0].reason if lock.passed else "it holds nothing that is read"
                return Skipped(_AREA, subject, reason)
            try:
                told = await outside.advisories.about(lock.installed)
            except CannotLook as error:
                return Skipped(_AREA, subject, error.reason, error.remedy)
        passed = [f"{one.subject}: {one.reason}" for one in (*lock.passed, *told.passed)]
        return Audited(
            project,
            f"advisories of {told.told_by}",
            file,
            max(len(lock.installed) - len(told.passed), 0),
            tuple(_known(lock.installed, told)),
            tuple(passed),
        )


class KnownOrAsked:
    """Says what the newest look for updates has seen, and else asks; implements the same."""

    def __init__(self, pool: Pool, clock: Clock, settings: Settings, asking: Advised) -> None:
        self._pool = pool
        self._clock = clock
        self._settings = settings
        self._asking = asking

    async def audit(self, project: str, folder: Path, file: str) -> Audited | Skipped:
        """Return what is known of what a lock of a project holds."""
        async with self._pool.connection() as connection:
            kept = await update_checks.known(connection)
        if kept is not None and counts(kept.check.at, self._clock.now(), self._settings):
            told = audited(kept, project, file, str(folder / file))
            if told is not None:
                return told
        return await self._asking.audit(project, folder, file)


def _known(installed: Sequence[Installed], told: Told) -> Iterator[Advisory]:
    """Yield each weakness of a version that is in use, once; what cannot be judged is one."""
    seen: set[tuple[Package, str, str]] = set()
    for one in installed:
        for known in told.advisories:
            key = (one.package, one.version, known.id)
            if key not in seen and verdict(known, one.package, one.version).affected is not False:
                seen.add(key)
                fixed = tuple(_fixed(known, one.package))
                name = one.package.name
                yield Advisory(name, one.version, known.id, known.summary, known.severity, fixed)


def _fixed(known: Published, package: Package) -> Iterator[str]:
    for affected in known.affected:
        if affected.package == package:
            for range_ in affected.ranges:
                yield from (version for kind, version in range_ if kind == "fixed")
