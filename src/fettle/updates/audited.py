"""What a look for updates has seen of one lock, as an auditor tells it."""

from collections.abc import Iterator

from fettle.model.security import Advisory, Audited
from fettle.model.update import SourceState
from fettle.model.update_kept import Kept
from fettle.updates.kept import SECURITY


def audited(kept: Kept, project: str, file: str, where: str) -> Audited | None:
    """Return what is known of what a lock holds; None where nobody looked, or could not ask."""
    result = next((one for one in kept.check.sources if one.source == SECURITY), None)
    packages = kept.check.locks.get(where)
    if result is None or packages is None:
        return None
    if result.state not in (SourceState.OK, SourceState.STALE):
        return None
    passed = [one for one in result.passed if where in one.subject]
    return Audited(
        project,
        f"advisories of {result.told_by}, as they were seen at {kept.check.at:%Y-%m-%d %H:%M} UTC",
        file,
        max(packages - len(passed), 0),
        tuple(_known(kept, where)),
        tuple(f"{one.subject}: {one.reason}" for one in passed),
    )


def _known(kept: Kept, where: str) -> Iterator[Advisory]:
    for one in kept.updates:
        update = one.update
        if update.where == where:
            for known in update.advisories:
                name, version = update.package.name, update.current
                fixed = (update.version,)
                yield Advisory(name, version, known.id, known.summary, known.severity, fixed)
    for each in kept.open:
        installed, known = each.open.installed, each.open.advisory
        if installed.where == where:
            name, version = installed.package.name, installed.version
            yield Advisory(name, version, known.id, known.summary, known.severity)
