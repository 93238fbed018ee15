"""How sure it is that an update breaks nothing, from 0 to 1, and on what grounds.

It orders what to look at; it decides nothing. The figures are judgements: a major version breaks
something about as often as not; a bad release is mostly found within its first days; of an own
history each rehearsal counts a fifth of all the rest together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.errors import UnreadableVersion
from fettle.model.quantity import say_count, say_duration
from fettle.model.update import Ecosystem, Level, Release
from fettle.updates.versions import versions_of

_BY_LEVEL = {
    Level.DIGEST: 0.95,
    Level.PATCH: 0.95,
    Level.MINOR: 0.85,
    Level.OTHER: 0.7,
    Level.MAJOR: 0.5,
}
_BY_AGE = (
    (timedelta(days=1), 0.6),
    (timedelta(days=3), 0.75),
    (timedelta(days=7), 0.85),
    (timedelta(days=30), 0.95),
)
_AGE_UNKNOWN = 0.9
_BEFORE_ONE = 0.55  # what a minor version changes before 1.0, by semver and by custom
_PRERELEASE = 0.6
_OTHER_RUNTIME = 0.85
_OTHER_SIZE = 0.8
_MUCH = 4.0  # times as large, or as small, as before
_WITHDRAWN = 0.05
_PRIOR = 5.0  # rehearsals that all the rest weighs as much as
_SEMANTIC = (Ecosystem.PYPI, Ecosystem.NPM)


@dataclass(frozen=True)
class Tried:
    """How often updates of a package were rehearsed here, and how that went.

    `returned` is how often one was wrong where it is in use, and was taken back.
    """

    passed: int = 0
    failed: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Step:
    """From which release to which; `current` None where the registry has forgotten it."""

    ecosystem: Ecosystem
    before: str
    offered: Release
    level: Level
    current: Release | None = None


def confidence(step: Step, now: datetime, tried: Tried | None = None) -> tuple[float, list[str]]:
    """Return how sure it is, and why, each ground a sentence."""
    told = [_by_level(step), _by_age(step, now), _by_stage(step), _by_runtime(step), _by_size(step)]
    sure, grounds = 1.0, []
    for ground in filter(None, told):
        sure *= ground[0]
        grounds.append(ground[1])
    if tried is not None:
        times = tried.passed + tried.failed + tried.returned
        sure = (sure * _PRIOR + tried.passed) / (_PRIOR + times)
        grounds += _by_history(tried)
    if step.offered.withdrawn is not None:
        sure = min(sure, _WITHDRAWN)
        grounds.append(f"it was withdrawn: {step.offered.withdrawn or 'no reason is told'}")
    return round(sure, 2), grounds


def _by_history(tried: Tried) -> Iterator[str]:
    if times := tried.passed + tried.failed:
        yield f"{tried.passed} of {say_count(times, 'rehearsal')} of it here passed"
    if tried.returned:
        yield f"it was taken back here {say_count(tried.returned, 'time')} after it was applied"


def _by_level(step: Step) -> tuple[float, str]:
    if step.level is Level.MINOR and step.ecosystem in _SEMANTIC and step.before[:2] == "0.":
        return _BEFORE_ONE, "it is a minor version before 1.0, which may change anything"
    return _BY_LEVEL[step.level], f"it is a {step.level.value} update"


def _by_age(step: Step, now: datetime) -> tuple[float, str]:
    if step.offered.released_at is None:
        return _AGE_UNKNOWN, "when it came out is not told"
    age = max(now - step.offered.released_at, timedelta())
    factor = next((factor for until, factor in _BY_AGE if age < until), 1.0)
    return factor, f"it has been out for {say_duration(age)}"


def _by_stage(step: Step) -> tuple[float, str] | None:
    try:
        early = versions_of(step.ecosystem).is_prerelease(step.offered.version)
    except UnreadableVersion:
        return None
    return (_PRERELEASE, "it is a pre-release") if early else None


def _by_runtime(step: Step) -> tuple[float, str] | None:
    before = step.current.needs if step.current is not None else ""
    if not step.offered.needs or not before or step.offered.needs == before:
        return None
    return _OTHER_RUNTIME, f"it needs a runtime of {step.offered.needs}, and needed {before}"


def _by_size(step: Step) -> tuple[float, str] | None:
    before, after = step.current.size if step.current is not None else None, step.offered.size
    if not before or not after or 1 / _MUCH <= after / before <= _MUCH:
        return None
    times = after / before
    said = f"{times:.0f} times as large" if times > 1 else f"{before / after:.0f} times smaller"
    return _OTHER_SIZE, f"it is {said} as before" if times > 1 else f"it is {said} than before"
