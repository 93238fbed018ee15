"""Which of Fettle's own signals are one piece of trouble because one target needs another; pure.

Where a target gives no answer, whatever needs it suffers: it fails, it is slow, or it gives no
answer either. Whichever was seen first has the issue, and the others join it while it is young.
Two that only need the same join through it, once it is seen itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fettle.intake.checked import HOOK, UNANSWERED
from fettle.intake.join import Group, short
from fettle.model.signal import Signal

_SUFFERING = UNANSWERED | {
    "error_rate_high",
    "objective_burning",
    "response_time_high",
    "site_errors",
    "site_slow",
}


@dataclass(frozen=True)
class Leaning:
    """What each target needs, however far; `within` is how long an issue takes others so."""

    needs: Mapping[str, Collection[str]] = field(default_factory=dict)
    within: timedelta = timedelta(0)

    def joins(self, signal: Signal) -> Sequence[Group]:
        """Return what a signal may join: what it suffers by, then what suffers by its target."""
        target, check = _told(signal)
        if target is None or check not in _SUFFERING:
            return ()
        found = [
            Group(_gone(need), f"{target} needs {need}, which gives no answer", self.within)
            for need in sorted(self.needs.get(target, ()))
        ]
        if check in UNANSWERED:
            why = f"{target} gives no answer, and is needed by what this is about"
            found.append(Group(_leans(target), why, self.within))
        return found

    def takes(self, signal: Signal) -> Sequence[Group]:
        """Return what the issue of a signal takes from then on."""
        target, check = _told(signal)
        if target is None or check not in _SUFFERING:
            return ()
        keys = [_leans(need) for need in sorted(self.needs.get(target, ()))]
        if check in UNANSWERED:
            keys.append(_gone(target))
        return [Group(key, "", self.within) for key in keys]


def _told(signal: Signal) -> tuple[str | None, str]:
    """Return which target a look's signal is about, and by which check; None for another's."""
    hook, _, target = signal.source.partition("/")
    return (target if hook == HOOK and target else None), signal.key.partition(":")[0]


def _gone(target: str) -> str:
    return short(f"gone {target}")


def _leans(target: str) -> str:
    return short(f"needs {target}")
