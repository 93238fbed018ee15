"""What is known of what is in use and closed by nothing on offer, and what cannot be judged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fettle.model.update import Advisory, Installed, Open, Package, Passed, SourceResult, Update
from fettle.updates.advisories import Verdict, verdict


def unclosed(
    installed: Sequence[Installed], advisories: Sequence[Advisory], updates: Sequence[Update]
) -> Iterator[Open]:
    """Yield the vulnerabilities of what is in use that no update closes."""
    closed = {
        (one.package, one.where, one.current, advisory.id)
        for one in updates
        for advisory in one.advisories
    }
    for one, advisory, judged in _judged(installed, advisories):
        if judged.affected and (one.package, one.where, one.version, advisory.id) not in closed:
            yield Open(one, judged.told_with(advisory))


def unjudged(
    installed: Sequence[Installed], advisories: Sequence[Advisory]
) -> Iterator[tuple[Installed, Advisory]]:
    """Yield what may be affected, and nobody can say."""
    for one, advisory, judged in _judged(installed, advisories):
        if judged.affected is None:
            yield one, advisory


def with_unjudged(
    result: SourceResult, found: Iterable[tuple[Installed, Advisory]]
) -> SourceResult:
    """Return how a source's look went where some of what it told cannot be judged."""
    passed = list(result.passed)
    known = {one.subject for one in passed}
    for installed, advisory in found:
        subject = f"{installed.package.name} in {installed.where}"
        if subject not in known:
            known.add(subject)
            said = f"whether {advisory.id} is about {installed.version} cannot be told"
            passed.append(Passed(subject, said))
    more = len(passed) - len(result.passed)
    return replace(result, passed=tuple(passed), looked_at=max(result.looked_at - more, 0))


def _judged(
    installed: Sequence[Installed], advisories: Sequence[Advisory]
) -> Iterator[tuple[Installed, Advisory, Verdict]]:
    about: dict[Package, dict[str, Advisory]] = {}
    for advisory in advisories:
        for affected in advisory.affected:
            about.setdefault(affected.package, {})[advisory.id] = advisory
    for one in installed:
        for advisory in about.get(one.package, {}).values():
            yield one, advisory, verdict(advisory, one.package, one.version)
