"""What a look at a watched database makes of what was filed of it before; pure.

1. A finding at the level or above is filed when it is new or its severity has changed, and again
   every few hours: an issue that somebody closed too early comes back.
2. It ends when it is gone, is less bad than the level, or was accepted; and only when its check was
   asked and saw everything. What could not be looked at neither begins nor ends anything.
3. A database of which nothing could be seen is trouble of its own, from the second look in a row
   on: a restart or a lost packet is over by then, for the second look comes soon. One look that
   sees something again ends it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fettle.model.diagnosis import Diagnosis
from fettle.model.finding import Finding, Unknown
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.watched import Filed, Place, Watched

HOOK = "checks"
UNREACHABLE = "unreachable"
UNSEEN = "unseen"

_LOOKS = 2
# As often as Alertmanager repeats what goes on; an issue that still is open only counts it.
_AGAIN = timedelta(hours=4)


@dataclass(frozen=True)
class Judged:
    """What is so now, and what is to be filed."""

    now: Watched
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True)
class _Trouble:
    """Something that goes on: the signal that tells of it, and its severity."""

    key: str
    severity: Severity
    signal: Signal


def source(database: str) -> str:
    """Return the source of the signals about a database."""
    return f"{HOOK}/{database}"


def is_of_a_check(source_: str) -> bool:
    """Whether signals of a source are what Fettle's own checks found."""
    return source_.startswith(f"{HOOK}/")


def judged(before: Watched, diagnosis: Diagnosis, place: Place) -> Judged:
    """Return what a look comes to."""
    at = diagnosis.started_at
    blind = _blind(diagnosis, place)
    missed = before.missed + 1 if blind else 0
    troubles: dict[str, _Trouble] = {}
    for one in _found(diagnosis, place):
        troubles.setdefault(one.key, one)
    if blind is not None and (missed >= _LOOKS or blind.key in before.firing):
        troubles[blind.key] = blind
    ended = {
        key: why
        for key in before.firing.keys() - troubles.keys()
        if (why := _ended(key, diagnosis, place)) is not None
    }
    fresh = {
        key: one
        for key, one in troubles.items()
        if _is_due(before.firing.get(key), one.severity, at)
    }
    firing = {key: filed for key, filed in before.firing.items() if key not in ended}
    firing |= {key: Filed(one.signal.title, one.severity, at) for key, one in fresh.items()}
    ends = [end(place, key, before.firing[key], why) for key, why in sorted(ended.items())]
    signals = (*(one.signal for one in fresh.values()), *ends)
    return Judged(Watched(firing, missed), signals)


def is_first_miss(watched: Watched) -> bool:
    """Whether nothing could be seen once, so that the next look is to come soon."""
    return 0 < watched.missed < _LOOKS


def end(place: Place, key: str, filed: Filed, why: str) -> Signal:
    """Return what ends something that goes on."""
    return replace(_signal(place, key, filed.title), firing=False, text=why)


def _is_due(filed: Filed | None, severity: Severity, at: datetime) -> bool:
    return filed is None or filed.severity is not severity or at - filed.at >= _AGAIN


def _found(diagnosis: Diagnosis, place: Place) -> Iterator[_Trouble]:
    """Yield the findings to be filed, the worst first: of the same key that one counts."""
    for finding in diagnosis.findings:
        if finding.severity >= place.level:
            yield _Trouble(finding.key, finding.severity, _of_finding(finding, place))


def _of_finding(finding: Finding, place: Place) -> Signal:
    parts = [finding.description]
    if finding.impact:
        parts.append(f"Why it matters: {finding.impact}")
    if finding.recommendations:
        parts.append("\n".join(["What to do:", *finding.recommendations]))
    signal = _signal(place, finding.key, f"{finding.title}: {finding.subject}", finding.severity)
    labels = {"check": finding.check, "subject": finding.subject, "category": finding.category}
    return replace(
        signal,
        text="\n\n".join(parts),
        group=finding.check,
        labels={**signal.labels, **labels},
    )


def _signal(place: Place, key: str, title: str, severity: Severity | None = None) -> Signal:
    # without moments of their own: signals are kept in the order in which they hold
    return Signal(
        source(place.database),
        SignalKind.CHECK,
        key,
        firing=True,
        title=title,
        severity=severity,
        service=place.service,
        labels={"database": place.database},
    )


def _blind(diagnosis: Diagnosis, place: Place) -> _Trouble | None:
    """Return what hindered seeing anything at all."""
    if (gap := diagnosis.unreachable) is not None:
        severity = Severity.CRITICAL if place.critical else Severity.HIGH
        return _unseen(
            place, UNREACHABLE, severity, f"The database {place.database} cannot be reached", gap
        )
    if not diagnosis.outcomes or any(
        one.clean or one.findings or one.measurements for one in diagnosis.outcomes
    ):
        return None
    (_, gap) = diagnosis.unknown[0]
    return _unseen(
        place, UNSEEN, Severity.MEDIUM, f"Nothing can be seen in the database {place.database}", gap
    )


def _unseen(place: Place, key: str, severity: Severity, title: str, gap: Unknown) -> _Trouble:
    signal = _signal(place, key, title, severity)
    text = gap.reason if gap.remedy is None else f"{gap.reason}\n\nWhat to do: {gap.remedy}"
    return _Trouble(key, severity, replace(signal, text=text, group=key))


def _ended(key: str, diagnosis: Diagnosis, place: Place) -> str | None:
    """Return why something that is not found now has ended; None when that is not known."""
    if key in (UNREACHABLE, UNSEEN):
        return _seen_again(key, diagnosis, place)
    for entry in diagnosis.accepted:
        if entry.finding.key == key:
            return f"It was accepted: {entry.reason}"
    for finding in diagnosis.findings:
        if finding.key == key:
            return f"It is {finding.severity} now: {finding.description}"
    check = key.partition(":")[0]
    outcomes = [one for one in diagnosis.outcomes if one.check == check]
    if not outcomes or any(one.unknown for one in outcomes):
        return None
    return "It was looked at, and is gone."


def _seen_again(key: str, diagnosis: Diagnosis, place: Place) -> str | None:
    if diagnosis.unreachable is not None:
        return None
    if key == UNREACHABLE:
        return "It is reached again."
    return None if _blind(diagnosis, place) else "It is seen again."
