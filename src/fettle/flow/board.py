"""Signals, taken one after the other: what they make of alerts, and alerts of issues.

Everything that a group of signals touches lies on a board in memory; each signal is heard
(intake.hear), hushed (intake.hush), joined (intake.join) or classified (triage.classify), in the
order in which they came. What the board holds then is kept at once (flow.absorb).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from fettle.flow.came import Acknowledged, Came
from fettle.intake import checked, hear, hush, join
from fettle.intake.hear import Change
from fettle.intake.hush import Hushing
from fettle.intake.join import Group
from fettle.intake.leaning import Leaning
from fettle.model.alert import Alert, Outcome
from fettle.model.classification import By as DecidedBy
from fettle.model.classification import Classification
from fettle.model.issue import Entry, Issue, Milestones, Moved, Status
from fettle.model.notification import Event
from fettle.model.review import Evidence
from fettle.model.signal import Signal
from fettle.store.alerts import Key
from fettle.triage import moves
from fettle.triage.assign import Assigned
from fettle.triage.moves import By
from fettle.triage.worsen import is_worse, worsened


@dataclass(frozen=True)
class Rules:
    """How signals are taken: the limits of alerts, how long groups take more, who works on what."""

    limits: hear.Limits
    group_within: timedelta
    reopen_within: timedelta
    classify: Callable[[Signal], Classification]
    assigned: Callable[[Classification], Assigned]
    leaning: Leaning = field(default_factory=Leaning)


@dataclass(frozen=True)
class Taken:
    """What came of a signal, and why; `issue` is its place on the board."""

    came: Came
    outcome: Outcome
    why: str
    issue: int | None


@dataclass
class Matter:
    """An issue on the board, and what was decided about it; `opened` is whether it is new."""

    moved: Moved
    opened: bool = False

    @property
    def issue(self) -> Issue:
        """The issue as it is by now."""
        return self.moved.issue

    def take(self, more: Moved) -> None:
        """Let one more thing have been decided; the last news count, of an opening nothing else."""
        news = more.news or self.moved.news
        if self.opened and news is Event.CHANGED:
            news = Event.OPENED
        entries = (*self.moved.entries, *more.entries)
        self.moved = Moved(more.issue, entries, (*self.moved.clocks, *more.clocks), news)

    def note(self, entry: Entry, **changes: object) -> None:
        """Write one more line, and change what goes with it.

        When it was changed is when somebody last did something about it: what alerts say is none.
        """
        issue = replace(self.issue, **changes)  # type: ignore[arg-type] # fields, by name
        self.take(Moved(issue, (entry,)))


@dataclass
class Board:
    """What lies on it: alerts by source and key, issues by number (new ones below 0), and groups.

    `before` are the alerts as they were laid, `joined` the groups that are another issue's since.
    `going_on` counts the alerts of each issue that go on.
    """

    rules: Rules
    hushing: Hushing
    alerts: dict[Key, Alert] = field(default_factory=dict)
    before: dict[Key, Alert] = field(default_factory=dict)
    matters: dict[int, Matter] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    joined: dict[str, int] = field(default_factory=dict)
    going_on: Counter[int] = field(default_factory=Counter)
    made: dict[int, Classification] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    def lay_alerts(self, found: Mapping[Key, Alert]) -> None:
        """Lay alerts on the board as they stand."""
        self.alerts |= found
        self.before |= found

    def lay(self, found: Iterable[Issue], going_on: Mapping[int, int]) -> None:
        """Lay issues on the board, with how many of their alerts go on."""
        for issue in found:
            self.matters.setdefault(issue.number, Matter(Moved(issue)))
        self.going_on.update(
            {number: many for number, many in going_on.items() if number not in self.going_on}
        )

    def prepare(self, came: Sequence[Came]) -> set[str]:
        """Classify what may open or join an issue; return the groups that it may join."""
        keys: set[str] = set()
        for one in came:
            alert = self.alerts.get(one.key)
            known = alert is not None and alert.firing and alert.issue is not None
            if one.signal.firing and not known:
                made = self.made[id(one)] = self.rules.classify(one.signal)
                leaning = self.rules.leaning
                beside = (*leaning.joins(one.signal), *leaning.takes(one.signal))
                keys |= {group.key for group in (*self._groups(one, made), *beside)}
        return keys

    def take(self, came: Came) -> None:
        """Take one signal."""
        before = self.alerts.get(came.key)
        heard = hear.hear(before, came.signal, came.at, self.rules.limits, replayed=came.replayed)
        if came.again and before is not None:
            heard = hear.Heard(before, Change.REPEATED)
        self._put(heard.alert, before)
        self._note_flapping(came, heard.alert, before)
        outcome, why = self._outcome(came, heard, before)
        if not (came.again and outcome.suppresses):
            issue = self.alerts[came.key].issue
            self.taken.append(Taken(came, outcome, why, issue))

    def _outcome(self, came: Came, heard: hear.Heard, before: Alert | None) -> tuple[Outcome, str]:
        match heard.change:
            case Change.LATE:
                return Outcome.LATE, "it tells of what is over already"
            case Change.UNMATCHED:
                return Outcome.UNMATCHED, "it ends what never began here, or is over already"
            case Change.ENDED:
                return self._ended(came, heard.alert)
            case Change.REPEATED if heard.alert.issue is not None:
                return self._repeated(came, heard.alert, before)
        return self._began(came, heard.alert, before)

    # What goes on

    def _began(self, came: Came, alert: Alert, before: Alert | None) -> tuple[Outcome, str]:
        own = self._live(alert.issue)
        found = hush.hushed(
            came.signal, came.at, self.hushing, lambda signal: self.rules.classify(signal).services
        )
        if alert.flapping and own is not None:
            if found is None and self._is_news(came, before, own.issue.classification):
                self._worsen(own, self._judged(came, before), came)
            return Outcome.FLAPPING, "it begins and ends over and over"
        if found is not None:
            self._belong(alert, None)
            return found.outcome, found.why
        made = self._judged(came)
        if own is not None:
            return self._join(came, alert, own, made, "it fires again")
        if (again := self._over_since(alert, came.at)) is not None:
            return self._reopen(came, alert, again, made)
        for group in (*self._groups(came, made), *self.rules.leaning.joins(came.signal)):
            matter = self._live(self.groups.get(group.key))
            if matter is not None and join.takes(matter.issue, group, came.at):
                return self._join(came, alert, matter, made, group.why)
        return self._open(came, alert, made)

    def _groups(self, came: Came, made: Classification) -> tuple[Group, ...]:
        return join.groups_of(came.signal, made, self.rules.group_within)

    def _take_more(self, came: Came, made: Classification, number: int) -> None:
        """Let an issue take what is like a signal, unless another one that goes on does."""
        for group in (*self._groups(came, made), *self.rules.leaning.takes(came.signal)):
            taking = self._live(self.groups.get(group.key))
            if taking is None or not join.takes(taking.issue, group, came.at):
                self.groups[group.key] = self.joined[group.key] = number

    def _open(self, came: Came, alert: Alert, made: Classification) -> tuple[Outcome, str]:
        signal, at = came.signal, came.at
        given = self.rules.assigned(made)
        number = -1 - len(self.matters)
        issue = Issue(
            number,
            signal.title,
            signal.text,
            Status.NEW,
            made,
            Milestones(started=min(signal.started_at or at, at), detected=at),
            at,
            at,
            at,
            team=given.team,
            group=self._groups(came, made)[-1].key,
            signals=1,
        )
        why = f"{signal.source}: {signal.title}"
        detail = {"source": signal.source, "key": signal.key, "team": given.reason}
        matter = Matter(moves.opened(issue, By(signal.source, at), why, detail), opened=True)
        self.matters[number] = matter
        self._take_more(came, made, number)
        self._belong(alert, number)
        return Outcome.OPENED, "nothing that is open takes it"

    def _join(
        self, came: Came, alert: Alert, matter: Matter, made: Classification, why: str
    ) -> tuple[Outcome, str]:
        signal = came.signal
        entry = Entry(
            "joined", signal.source, came.at, signal.title, {"key": signal.key, "why": why}
        )
        matter.note(entry, signals=matter.issue.signals + 1)
        self._take_more(came, made, matter.issue.number)
        self._belong(alert, matter.issue.number)
        self._worsen(matter, made, came)
        return Outcome.JOINED, why

    def _reopen(
        self, came: Came, alert: Alert, matter: Matter, made: Classification
    ) -> tuple[Outcome, str]:
        why = f"it came back: {came.signal.title}"
        matter.take(moves.reopen(matter.issue, By(came.signal.source, came.at), why))
        matter.note(
            Entry(
                "joined", came.signal.source, came.at, came.signal.title, {"why": "it came back"}
            ),
            signals=matter.issue.signals + 1,
        )
        self._take_more(came, made, matter.issue.number)
        self._belong(alert, matter.issue.number)
        self._worsen(matter, made, came)
        return Outcome.REOPENED, "it came back soon after it was over"

    def _repeated(self, came: Came, alert: Alert, before: Alert | None) -> tuple[Outcome, str]:
        matter = self.matters[alert.issue or 0]
        if self._goes_on_after_all(matter.issue, came.at):
            return self._reopen(came, alert, matter, self._judged(came))
        if self._is_news(came, before, matter.issue.classification):
            if not matter.issue.status.is_live:  # what nobody works on swallows nothing worse
                return self._began(came, alert, before)
            self._worsen(matter, self._judged(came, before), came)
        return Outcome.REPEATED, "it goes on"

    def _goes_on_after_all(self, issue: Issue, at: datetime) -> bool:
        """Whether people said that it is over, and a while later it still is not."""
        if issue.status not in (Status.RESOLVED, Status.IN_REVIEW, Status.CLOSED):
            return False
        over = issue.milestones.resolved or issue.changed_at
        return at - over > self.rules.limits.calm

    def _note_flapping(self, came: Came, alert: Alert, before: Alert | None) -> None:
        """Write down that an alert has begun to flap."""
        matter = self._live(alert.issue)
        if matter is None or not alert.flapping or (before is not None and before.flapping):
            return
        text = f"it has changed {len(alert.changes)} times; it stays until it has been calm"
        matter.note(Entry("flapping", came.signal.source, came.at, text))

    def _worsen(self, matter: Matter, made: Classification, came: Came) -> None:
        """Let an issue be as bad as what has joined it, and about as much."""
        was = matter.issue.classification
        now = worsened(was, made)
        if is_worse(now, was):
            how = "worse" if now.severity > was.severity else "more urgent"
            why = f"{came.signal.source} has become {how}: {came.signal.title}"
            matter.take(moves.reclassify(matter.issue, By(came.signal.source, came.at), now, why))
        elif now != was:
            matter.take(Moved(replace(matter.issue, classification=now)))

    # What ends

    def _ended(self, came: Came, alert: Alert) -> tuple[Outcome, str]:
        matter = self._live(alert.issue)
        if matter is None:
            return Outcome.RESOLVED, "it has ended"
        if alert.flapping:
            return Outcome.FLAPPING, "it has ended, and begins and ends over and over"
        by = By(came.signal.source, came.at)
        matter.note(Entry("ended", by.actor, by.at, alert.title, {"key": alert.key}))
        self._resolve_if_over(matter, by)
        return Outcome.RESOLVED, "it has ended"

    def _resolve_if_over(self, matter: Matter, by: By) -> None:
        """Resolve an issue of which nothing goes on any more."""
        if self.going_on[matter.issue.number] <= 0:
            clean = checked.is_of_a_check(by.actor)
            kind = Evidence.CHECK_CLEAN if clean else Evidence.ALERTS_ENDED
            matter.take(moves.subside(matter.issue, by, "every alert of it has ended", kind))

    def calm(self, now: datetime) -> None:
        """Believe the alerts again that have been calm for a while."""
        for before in list(self.alerts.values()):
            alert = hear.calmed(before, now, self.rules.limits)
            if alert is None:
                continue
            self._put(alert, before)
            matter = self._live(alert.issue)
            if matter is not None:
                by = By(alert.source, now)
                matter.note(Entry("calm", by.actor, now, f"{alert.title} has been calm since"))
                if not alert.firing:
                    self._resolve_if_over(matter, by)

    def acknowledge(self, told: Acknowledged) -> None:
        """Let the issue of an alert be taken that somebody has taken at its source."""
        alert = self.alerts.get(told.key)
        if alert is None or (told.replayed and told.at < alert.seen_at):
            return
        matter = self._live(alert.issue)
        if matter is not None:
            matter.take(moves.acknowledge(matter.issue, By(told.key[0], told.at)))

    # What lies on the board

    def _put(self, alert: Alert, before: Alert | None) -> None:
        self.alerts[alert.source, alert.key] = alert
        self.hushing.inhibiting.hear(alert)
        was = before is not None and before.goes_on
        if alert.issue is not None:
            self.going_on[alert.issue] += alert.goes_on - was

    def _belong(self, alert: Alert, issue: int | None) -> None:
        """Let an alert belong to an issue, or to none."""
        if alert.issue is not None and alert.goes_on:
            self.going_on[alert.issue] -= 1
        if issue is not None and alert.goes_on:
            self.going_on[issue] += 1
        key = alert.source, alert.key
        self.alerts[key] = replace(self.alerts[key], issue=issue)

    def _live(self, number: int | None) -> Matter | None:
        matter = None if number is None else self.matters.get(number)
        return matter if matter is not None and matter.issue.status.is_live else None

    def _over_since(self, alert: Alert, at: datetime) -> Matter | None:
        """Return the issue of an alert that was resolved so shortly ago that it is reopened."""
        matter = None if alert.issue is None else self.matters.get(alert.issue)
        if matter is None or matter.issue.status not in (Status.RESOLVED, Status.IN_REVIEW):
            return None
        resolved = matter.issue.milestones.resolved
        soon = resolved is not None and at - resolved <= self.rules.reopen_within
        return matter if soon else None

    def _judged(self, came: Came, since: Alert | None = None) -> Classification:
        """Classify what a signal says; its alert knows it, and how bad it was `since` it began."""
        made = self.made.get(id(came)) or self.rules.classify(came.signal)
        self.made[id(came)] = made
        worst = made.severity if since is None else max(made.severity, since.worst)
        alert = self.alerts[came.key]
        self.alerts[came.key] = replace(alert, judged=worst, said=_said(came.signal))
        return made

    def _is_news(self, came: Came, before: Alert | None, was: Classification) -> bool:
        """Whether what is said again is worse than its issue, by its source or by what it says.

        What a person knew and judged is no news.
        """
        by_person = was.by is DecidedBy.PERSON
        known = before.worst if before is not None and by_person else was.severity
        least = max(was.severity, known)
        if came.signal.severity is not None and came.signal.severity > least:
            return True
        if before is None or before.said == _said(came.signal):
            return False
        made = self._judged(came, before)
        if before.judged is None:
            return not by_person and is_worse(made, was)
        return made.severity > before.judged and is_worse(made, was)

    @property
    def changed_alerts(self) -> list[Alert]:
        """The alerts that stand otherwise than they were laid."""
        return [one for key, one in self.alerts.items() if one != self.before.get(key)]

    @property
    def changed(self) -> Iterator[Matter]:
        """The issues about which something was decided."""
        return (one for one in self.matters.values() if one.moved.entries)


def _said(signal: Signal) -> str:
    """Return a digest of what a signal says of how bad it is."""
    said = (signal.severity, signal.title, signal.text, signal.symptoms, signal.facts)
    return blake2b(repr(said).encode(), digest_size=8).hexdigest()


def issues_of(alerts: Iterable[Alert]) -> set[int]:
    """Return the numbers of the issues that alerts belong to."""
    return {alert.issue for alert in alerts if alert.issue is not None}
