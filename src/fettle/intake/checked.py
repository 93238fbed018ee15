"""What a look at a watched target makes of what was filed of it before; pure.

1. A finding at the level or above is filed when it is new or its severity has changed, and again
   every few hours: an issue that somebody closed too early comes back. Of a database at once: it
   says how it is. Of anything else when so many looks in a row have seen it, and the second one
   comes soon: figures of a moment pass.
2. It ends when it is gone (below the level that its check says ends it), is less bad than the level
   that is filed, or was accepted; and only when its check was asked and saw everything, so many
   looks in a row. Of several sources each ends what it found itself, whatever another one cannot
   say. What came back within hours must be gone for twice as many looks each time: what comes and
   goes is one piece of trouble that goes on. What could not be looked at neither begins nor ends
   anything; but what nobody has told of for a day is over.
3. A target of which nothing could be seen is trouble of its own, from the second look in a row on:
   a restart or a lost packet is over by then, for the second look comes soon. A look that sees
   something again ends it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fettle.model.diagnosis import Diagnosis, Heard
from fettle.model.finding import Finding, Unknown
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.target import Kind
from fettle.model.watched import MISSED_FOR, Ended, Filed, Pending, Place, Watched

HOOK = "checks"
UNREACHABLE = "unreachable"
UNSEEN = "unseen"
# The checks whose findings say that a target gave no answer.
UNANSWERED = frozenset({UNREACHABLE, "dependency_unavailable", "name_lookup_failing", "site_down"})

_LOOKS = 2
# As often as Alertmanager repeats what goes on; an issue that still is open only counts it.
_AGAIN = timedelta(hours=4)
# As long as people remember that it was there before, on the same shift.
_LATELY = timedelta(hours=6)
_MOST_DOUBLINGS = 4


@dataclass(frozen=True)
class Judged:
    """What is so now, and what is to be filed; `soon`: the next look is to come soon."""

    now: Watched
    signals: tuple[Signal, ...] = ()
    soon: bool = False


@dataclass(frozen=True)
class _Trouble:
    """Something that goes on: the signal that tells of it, and its severity.

    `sure`: it is told of at once, however many looks have seen it.
    """

    key: str
    severity: Severity
    signal: Signal
    sure: bool = False


def source(target: str) -> str:
    """Return the source of the signals about a target."""
    return f"{HOOK}/{target}"


def is_of_a_check(source_: str) -> bool:
    """Whether signals of a source are what Fettle's own checks found."""
    return source_ == HOOK or source_.startswith(f"{HOOK}/")


def is_unanswered(key: str) -> bool:
    """Whether what goes on under a key is that a target gives no answer."""
    return _check(key) in UNANSWERED


def is_away(diagnosis: Diagnosis, place: Place) -> bool:
    """Whether a look got no answer from its target at all."""
    if place.kind is Kind.DATABASE:
        return diagnosis.unreachable is not None
    return any(is_unanswered(one.key) for one in diagnosis.findings)


def judged(
    before: Watched, diagnosis: Diagnosis, place: Place, asked: Collection[str] = ()
) -> Judged:
    """Return what a look comes to; `asked` are the checks of which anything would be known."""
    blind = _blind(diagnosis, place)
    missed = before.missed + 1 if blind else 0
    troubles: dict[str, _Trouble] = {}
    for one in _found(diagnosis, place):
        troubles.setdefault(one.key, one)
    if blind is not None and (missed >= _LOOKS or blind.key in before.firing):
        troubles[blind.key] = blind
    judging = _Judging(before, diagnosis, place)
    for trouble in troubles.values():
        judging.see(trouble)
    held = {key for outcome in diagnosis.outcomes for key in outcome.lingering}
    for key in {*before.firing, *before.pending} - troubles.keys():
        if key in held and judging.hold(key):
            continue
        accepted, why = _ended(key, judging, place)
        if why is None and _check(key) in asked and _is_forgotten(key, before, diagnosis):
            why = "Nobody has told of it for a day: whether it is so nobody knows."
        judging.miss(key, why, at_once=accepted)
    return judging.judged(missed, _told(before, diagnosis))


@dataclass
class _Judging:
    """What was so before, and what becomes of it, key by key."""

    before: Watched
    diagnosis: Diagnosis
    place: Place
    soon: bool = False
    firing: dict[str, Filed] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    begun: list[Signal] = field(default_factory=list)
    over: dict[str, Signal] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When it was looked."""
        return self.diagnosis.started_at

    def see(self, trouble: _Trouble) -> None:
        """Let something have been seen."""
        key, filed = trouble.key, self.before.firing.get(trouble.key)
        by = self.by(key)
        if filed is not None and filed.severity is trouble.severity:
            again = self.at - filed.at >= _AGAIN
            self.firing[key] = replace(filed, clean=0, at=self.at if again else filed.at, by=by)
            if again:
                self.begun.append(trouble.signal)
            return
        pending = self.before.pending.get(key)
        looks = 1 if pending is None else pending.looks + 1
        if looks >= self.place.damping.raise_after or trouble.sure:
            times = self._times(key) if filed is None else filed.times
            self.firing[key] = Filed(
                trouble.signal.title, trouble.severity, self.at, times=times, by=by
            )
            self.begun.append(trouble.signal)
            return
        self.pending[key], self.soon = Pending(looks, by), True
        if filed is not None:
            self.firing[key] = replace(filed, clean=0, by=by)

    def by(self, key: str) -> tuple[str, ...]:
        """Return the sources by which something is so: that show it, or did and say nothing new."""
        shown = [one.source for one in self._heard(key) if key in one.shows]
        return tuple(dict.fromkeys((*shown, *self._left(key))))

    def is_over(self, key: str) -> bool:
        """Whether each source that found something was heard, and shows nothing of it now."""
        return bool(self._found_by(key)) and not self._left(key)

    def _left(self, key: str) -> list[str]:
        """Return the sources that found something, and are not known to be rid of it."""
        heard = self._heard(key)
        well = {one.source for one in heard if one.whole and key not in one.shows}
        well -= {one.source for one in heard if not one.whole or key in one.shows}
        return [one for one in self._found_by(key) if one not in well]

    def _heard(self, key: str) -> list[Heard]:
        check = _check(key)
        return [
            one for told in self.diagnosis.outcomes if told.check == check for one in told.heard
        ]

    def _found_by(self, key: str) -> tuple[str, ...]:
        before = self.before.firing.get(key), self.before.pending.get(key)
        return tuple(dict.fromkeys(name for one in before if one for name in one.by))

    def hold(self, key: str) -> bool:
        """Let something be less bad than what raises it, and too bad for it to be over."""
        filed = self.before.firing.get(key)
        if filed is not None:
            self.firing[key] = replace(filed, clean=0)
        return filed is not None

    def miss(self, key: str, why: str | None, *, at_once: bool) -> None:
        """Let something not have been seen: because it is gone, `why` says, or nobody knows."""
        filed = self.before.firing.get(key)
        if why is None and key in self.before.pending:
            self.pending[key] = self.before.pending[key]
        if filed is None:
            return
        clean = filed.clean + (why is not None)
        if why is not None and (at_once or clean >= self._enough(key, filed)):
            self.over[key] = end(self.place, key, filed, why)
            self.ended[key] = Ended(self.at, filed.times)
        else:
            self.firing[key] = replace(filed, clean=clean)

    def judged(self, missed: int, told: Mapping[str, datetime]) -> Judged:
        """Return what it comes to; ends come after beginnings, by their keys."""
        lately = {
            key: one
            for key, one in self.before.ended.items()
            if self._is_lately(one) and key not in self.firing
        }
        now = Watched(self.firing, missed, self.pending, {**lately, **self.ended}, told)
        ends = (signal for _, signal in sorted(self.over.items()))
        return Judged(now, (*self.begun, *ends), self.soon or 0 < missed < _LOOKS)

    def _times(self, key: str) -> int:
        """Return how often something that begins has begun lately."""
        ended = self.before.ended.get(key)
        return ended.times + 1 if ended is not None and self._is_lately(ended) else 1

    def _is_lately(self, ended: Ended) -> bool:
        return abs(self.at - ended.at) <= _LATELY

    def _enough(self, key: str, filed: Filed) -> int:
        """Return how many looks in a row must have missed something that goes on."""
        after = 1 if key in (UNREACHABLE, UNSEEN) else self.place.damping.clear_after
        return int(after * 2 ** min(filed.times - 1, _MOST_DOUBLINGS))


def end(place: Place, key: str, filed: Filed, why: str) -> Signal:
    """Return what ends something that goes on."""
    return replace(_signal(place, key, filed.title), firing=False, text=why)


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
    title = f"{finding.title}: {finding.subject}"
    if finding.subject != place.target and place.kind is not Kind.DATABASE:
        title = f"{place.target}: {title}"
    signal = _signal(place, finding.key, title, finding.severity)
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
        source(place.target),
        SignalKind.CHECK,
        key,
        firing=True,
        title=title,
        severity=severity,
        service=place.service,
        labels=_labels(key, place),
    )


def _labels(key: str, place: Place) -> dict[str, str]:
    labels = {str(place.kind): place.target}
    if is_unanswered(key):
        labels["answer"] = "none"
    return labels if place.on is None else {**labels, "on": place.on}


def _blind(diagnosis: Diagnosis, place: Place) -> _Trouble | None:
    """Return what hindered seeing anything at all.

    A database that is not reached is down; of anything else its sources say so, and where they say
    nothing it is they that are to be seen to.
    """
    gap = diagnosis.unreachable
    if gap is not None and place.kind is Kind.DATABASE:
        severity = Severity.CRITICAL if place.critical else Severity.HIGH
        title = f"The database {place.target} cannot be reached"
        return _unseen(place, UNREACHABLE, severity, title, gap)
    if gap is None:
        if not diagnosis.outcomes or any(
            one.clean or one.findings or one.measurements for one in diagnosis.outcomes
        ):
            return None
        (_, gap), *_ = diagnosis.unknown
    title = f"Nothing can be seen {'in' if place.kind is Kind.DATABASE else 'of'} the "
    return _unseen(place, UNSEEN, Severity.MEDIUM, f"{title}{place.kind} {place.target}", gap)


def _unseen(place: Place, key: str, severity: Severity, title: str, gap: Unknown) -> _Trouble:
    signal = _signal(place, key, title, severity)
    text = gap.reason if gap.remedy is None else f"{gap.reason}\n\nWhat to do: {gap.remedy}"
    return _Trouble(key, severity, replace(signal, text=text, group=key), sure=True)


def _ended(key: str, judging: _Judging, place: Place) -> tuple[bool, str | None]:
    """Return whether something that is not found now was accepted, and why it has ended.

    None: that it has is not known.
    """
    diagnosis = judging.diagnosis
    if key in (UNREACHABLE, UNSEEN):
        return False, _seen_again(key, diagnosis, place)
    for entry in diagnosis.accepted:
        if entry.finding.key == key:
            return True, f"It was accepted: {entry.reason}"
    for finding in diagnosis.findings:
        if finding.key == key:
            return False, f"It is {finding.severity} now: {finding.description}"
    outcomes = [one for one in diagnosis.outcomes if one.check == _check(key)]
    if not outcomes or (any(one.unknown for one in outcomes) and not judging.is_over(key)):
        return False, None
    return False, "It was looked at, and is gone."


def _told(before: Watched, diagnosis: Diagnosis) -> Mapping[str, datetime]:
    """Return when each check judged something last: of two days, or since something goes on."""
    at = diagnosis.started_at
    going_on = {_check(key) for key in before.firing}
    kept = {
        check: one
        for check, one in before.told.items()
        if at - one <= 2 * MISSED_FOR or check in going_on
    }
    judged_now = (one for one in diagnosis.outcomes if one.findings or one.measurements)
    return kept | {one.check: at for one in judged_now}


def _is_forgotten(key: str, before: Watched, diagnosis: Diagnosis) -> bool:
    """Whether nobody has told anything for a day of what a check judges."""
    at = before.told.get(_check(key))
    came = {outcome.check for outcome in diagnosis.outcomes if not outcome.silent}
    return at is not None and diagnosis.started_at - at > MISSED_FOR and _check(key) not in came


def _check(key: str) -> str:
    return key.partition(":")[0]


def _seen_again(key: str, diagnosis: Diagnosis, place: Place) -> str | None:
    if diagnosis.unreachable is not None:
        return None
    if key == UNREACHABLE:
        return "It is reached again."
    return None if _blind(diagnosis, place) else "It is seen again."
